"""Every engine module is either core or shell; the import contracts and the coverage bar agree on which."""

import fnmatch
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.unit.tidy.sources import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
CORE_CONTRACT = next(each for each in CONTRACTS if "engine's core" in each["name"])
CORE = set(CORE_CONTRACT["source_modules"])
SHELL = {name for name in CORE_CONTRACT["forbidden_modules"] if name.startswith("engine.")}
LINT_SECONDS = 60  # the graph of a few files; generous on a busy machine

TINY_RULES = """
[tool.importlinter]
root_packages = ["top"]
include_external_packages = true
[[tool.importlinter.contracts]]
name = "only the gate opens the database"
type = "protected"
protected_modules = ["sqlite3"]
allowed_importers = ["top.gate"]
[[tool.importlinter.contracts]]
name = "the core waits for nothing"
type = "forbidden"
source_modules = ["top.core"]
forbidden_modules = ["asyncio"]
"""


def engine_modules() -> set[str]:
    entries = (path for path in (ROOT / "engine").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file())
    return {f"engine.{path.stem}" for path in entries} - {"engine.__init__"}


def test_every_engine_module_is_core_or_shell() -> None:
    assert not CORE & SHELL
    assert engine_modules() == CORE | SHELL


def test_the_full_coverage_bar_leaves_out_the_shell_and_nothing_else() -> None:
    found = re.search(r"^SHELL_OF_ENGINE := (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    patterns = [pattern.removesuffix(".py").removesuffix("/*") for pattern in found[1].split(",")]
    names = {name: name.replace(".", "/") for name in engine_modules()}
    left_out = {name for name, path in names.items() if any(fnmatch.fnmatch(path, pattern) for pattern in patterns)}
    assert left_out == SHELL


@pytest.mark.parametrize(
    ("core", "broken"),
    [
        ("import asyncio", "the core waits for nothing"),
        ("import sqlite3", "only the gate opens the database"),
        ("", ""),
    ],
)
def test_the_two_kinds_of_contract_we_use_bite(tmp_path: Path, core: str, broken: str) -> None:
    package = tmp_path / "top"
    package.mkdir()
    for name, text in {"__init__": "", "core": core, "gate": "import sqlite3", "rim": "import asyncio"}.items():
        (package / f"{name}.py").write_text(f"{text}\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TINY_RULES, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "", "PYTHONUTF8": "1"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=LINT_SECONDS
    )
    assert [line for line in done.stdout.splitlines() if line.endswith(" BROKEN")] == (
        [f"{broken} BROKEN"] if broken else []
    )
    assert f"Contracts: {1 if broken else 2} kept" in done.stdout
