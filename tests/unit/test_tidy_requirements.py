"""The hashed requirement files hold what pyproject.toml asks for, each with a hash, and name no place to fetch from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.unit.tidy.sources import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = PROJECT["project"]["dependencies"]
FILES = {
    "requirements-build.txt": PROJECT["build-system"]["requires"],
    "requirements.txt": RUNTIME,
    "requirements-dev.txt": RUNTIME + PROJECT["project"]["optional-dependencies"]["dev"],
}
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+) \\$((?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?$)+)", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    """Give the version each package is pinned to; only pins that carry hashes count."""
    return {canonicalize_name(found[1]): found[2] for found in PIN.finditer(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_a_pin_with_hashes(name: str) -> None:
    rest = PIN.sub("", (ROOT / name).read_text(encoding="utf-8"))
    assert [line for line in rest.splitlines() if line and not line.startswith("#")] == []


@pytest.mark.parametrize("name", FILES)
def test_every_dependency_is_pinned_within_its_range(name: str) -> None:
    pinned = pins(ROOT / name)
    for wanted in map(Requirement, FILES[name]):
        version = pinned.get(canonicalize_name(wanted.name))
        assert version is not None, f"{wanted} is missing from {name}: run `make lock`"
        assert wanted.specifier.contains(version), f"{name} pins {version}, but {wanted} is asked for: run `make lock`"


def test_the_tests_run_on_the_versions_users_get() -> None:
    users, tests = pins(ROOT / "requirements.txt"), pins(ROOT / "requirements-dev.txt")
    assert {name: tests.get(name) for name in users} == users


def test_a_source_package_finds_what_builds_it() -> None:
    assert {"setuptools", "hatchling"} <= set(pins(ROOT / "requirements-build.txt"))
