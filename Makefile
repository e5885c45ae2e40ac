# The two commands a newcomer needs are `make run` and `make test`; `make setup` is the part they share.
# Everything lands in .venv and comes from the hashed requirement files; `make clean` forgets it all.

PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
# The first of these that is 3.11 or newer is used; `make PYTHON=/path/to/python setup` chooses another.
PYTHON ?= python3 python3.13 python3.12 python3.11
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input
# Hashes are required for every file, what builds the source packages included: no build fetches anything of its own.
HASHED := $(PIP_INSTALL) --require-hashes --no-deps --no-build-isolation --use-pep517
LOCK := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --resolver=backtracking \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options --no-header --no-annotate
PIP_TOOLS := pip-tools==7.6.2
# The shell around the engine's core touches files, clocks and other processes; the overall bar is enough for it.
# The same modules stand in pyproject.toml as what the core may not import; a test keeps the two lists equal.
SHELL_OF_ENGINE := engine/admission.py,engine/archive*.py,engine/beginning.py,engine/child_pins.py,engine/clock.py,engine/clockwork.py,engine/command_*.py,engine/formats/*,engine/held.py,engine/importing.py,engine/index.py,engine/library*.py,engine/logbook.py,engine/pinned.py,engine/projection.py,engine/retention.py,engine/review.py,engine/runner*.py,engine/sources.py,engine/store/*,engine/workspace.py
CORE := engine/*,schema/*,tools/arguments.py

.PHONY: help setup setup-dev run test lint types imports unit lock wheel clean

help:
	@echo "make run    serve on http://127.0.0.1:$(PORT) (PORT=9000 make run for another port)"
	@echo "make test   style, types, import contracts, tests and coverage bars"
	@echo "make setup  only build $(VENV), with $(BIN)/workflow-lookup in it"
	@echo "make setup-dev  also what the tests need"
	@echo "make lock   write the hashed requirement files anew from pyproject.toml"
	@echo "make wheel  build dist/*.whl"
	@echo "make clean  remove $(VENV) and every cache"

setup: $(VENV)/.project

setup-dev: $(VENV)/.project $(VENV)/.dev

run: setup
	@exec $(BIN)/workflow-lookup serve --http --host 127.0.0.1 --port $(PORT)

test: lint types imports unit

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup-dev
	$(BIN)/mypy

imports: setup-dev
	$(BIN)/lint-imports

unit: setup-dev
	$(BIN)/pytest --cov --cov-report=
	$(BIN)/coverage report
	$(BIN)/coverage report --include='$(CORE)' --omit='$(SHELL_OF_ENGINE)' --fail-under=100

wheel: setup-dev
	$(BIN)/python -m build --wheel --no-isolation

lock: setup
	$(PIP_INSTALL) $(PIP_TOOLS)
	printf 'hatchling>=1.27\nsetuptools>=80\n' | $(LOCK) --output-file requirements-build.txt -
	$(LOCK) --output-file requirements.txt pyproject.toml
	$(LOCK) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* dist build

$(BIN)/python:
	@set -eu; \
	chosen=; \
	for candidate in $(PYTHON); do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then chosen=$$candidate; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
		echo "workflowlookup needs Python 3.11 or newer; none of these is: $(PYTHON)." >&2; \
		echo "Install one (Debian, Ubuntu: apt install python3 python3-venv), or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; \
		exit 1; \
	fi; \
	echo "Building $(VENV) with $$("$$chosen" --version)"; \
	if "$$chosen" -m venv --clear $(VENV) >/dev/null 2>&1; then exit 0; fi; \
	if "$$chosen" -m venv --clear --without-pip $(VENV) >/dev/null 2>&1; then \
		for wheel in /usr/share/python-wheels/pip-*.whl; do \
			if [ -f "$$wheel" ] && $@ "$$wheel/pip" install -qq --no-index "$$wheel"; then exit 0; fi; \
		done; \
		if "$$chosen" -m pip --python $@ install -qq pip; then exit 0; fi; \
	fi; \
	rm -rf $(VENV); \
	echo "This Python cannot make a virtual environment: its venv or ensurepip module is missing." >&2; \
	echo "Debian, Ubuntu: apt install python3-venv; Fedora: dnf install python3-pip; then run make again." >&2; \
	exit 1

# A stamp is written only after its install succeeded, so an interrupted setup continues where it stopped.
$(VENV)/.runtime: requirements-build.txt requirements.txt | $(BIN)/python
	@echo "Installing the runtime requirements"
	@$(HASHED) -r requirements-build.txt
	@$(HASHED) -r requirements.txt
	@touch $@

$(VENV)/.project: pyproject.toml $(VENV)/.runtime
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing what the tests need"
	@$(HASHED) -r requirements-dev.txt
	@touch $@
