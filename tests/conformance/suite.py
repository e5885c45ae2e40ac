"""Runs the official conformance suite against a server and reads what it found.

Above: tests.conformance.test_conformance. Below: tests.services, the npm package.
"""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from tests.services import node, node_package

PACKAGE: Final = "@modelcontextprotocol/conformance"
SUITE_TIMEOUT_S: Final = 240  # seconds for one revision, the slow unscored scenarios included
SCENARIO_TIMEOUT_MS: Final = 20_000  # one scenario, on a loaded machine
RESULT_FOLDER: Final = re.compile(r"server-(.+)-\d{4}-\d\d-\d\dT.+")
BAD: Final = ("FAILURE", "WARNING")


class Check(NamedTuple):
    """One check of a scenario; `status` is the suite's word, `said` its message where it is not content."""

    id: str
    status: str
    said: str


Found = Mapping[str, tuple[Check, ...]]


def scored(revision: str) -> tuple[str, ...]:
    """Give the server scenarios that count for a revision, in the suite's order."""
    text = node_package(PACKAGE, f"requirements/{revision}.yaml").read_text()
    return tuple(str(name) for name in yaml.safe_load(text)["server"])


def run_requirements(url: str, revision: str, output: Path) -> Found:
    """Run every scenario of a revision, scored or not; gives the checks by scenario."""
    return _run(output, "--url", url, "--requirements", revision)


def run_everything(url: str, revision: str, output: Path) -> Found:
    """Run every scenario that applies at a revision's wire version, whatever the score."""
    return _run(output, "--url", url, "--suite", "all", "--spec-version", revision)


def run_scenario(url: str, revision: str, scenario: str, output: Path) -> tuple[Check, ...]:
    """Run one scenario at a revision's wire version."""
    return _run(output, "--url", url, "--scenario", scenario, "--spec-version", revision)[scenario]


def _run(output: Path, *options: str) -> Found:
    """Run the suite and read its files; its exit code says nothing that they do not."""
    script = node_package(PACKAGE, "dist/index.js")
    command = [str(node()), str(script), "server", *options, "-o", str(output), "--timeout", str(SCENARIO_TIMEOUT_MS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SUITE_TIMEOUT_S, check=False)
    found = {_scenario(path.parent.name): _checks(path) for path in sorted(output.glob("server-*/checks.json"))}
    assert found, f"the suite wrote no results: {done.stdout[-1000:]}{done.stderr[-1000:]}"
    return found


def _scenario(folder: str) -> str:
    """Give the scenario a result folder is named after."""
    named = RESULT_FOLDER.fullmatch(folder)
    assert named, folder
    return named[1]


def _checks(path: Path) -> tuple[Check, ...]:
    """Read one scenario's checks."""
    raw: list[dict[str, object]] = json.loads(path.read_text())
    return tuple(Check(str(one["id"]), str(one["status"]), str(one.get("errorMessage") or "")) for one in raw)


def complaints(scenario: str, checks: tuple[Check, ...]) -> list[str]:
    """Give a line for every failure and warning."""
    return [f"{scenario}: {check.status} {check.id}: {check.said}" for check in checks if check.status in BAD]


def counted(found: Found) -> str:
    """Give the number of scenarios, and of checks by status."""
    by_status = Counter(check.status.lower() for checks in found.values() for check in checks)
    return f"{len(found)} scenarios, checks: " + ", ".join(
        f"{number} {status}" for status, number in sorted(by_status.items())
    )
