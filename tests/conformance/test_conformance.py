"""The official conformance suite against the fixtures and against the product, over our own HTTP transport."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.suite import Found, complaints, counted, run_everything, run_requirements, run_scenario, scored
from tests.serving import FIXTURES, PRODUCT, http_server

REVISIONS = ("2025-11-25", "2026-07-28")
BEYOND_THE_SCORE = {
    "2025-11-25": ("json-schema-2020-12", "server-sse-polling"),
    "2026-07-28": ("json-schema-2020-12", "http-header-validation", "http-custom-header-server-validation"),
}
FREE_OF_FIXTURES = {
    "2025-11-25": (
        "server-initialize",
        "logging-set-level",
        "ping",
        "tools-list",
        "server-sse-multiple-streams",
        "resources-list",
        "prompts-list",
        "dns-rebinding-protection",
    ),
    "2026-07-28": (
        "tools-list",
        "server-sse-multiple-streams",
        "resources-list",
        "sep-2164-resource-not-found",
        "prompts-list",
        "dns-rebinding-protection",
        "caching",
        "input-required-result-unsupported-methods",
        "http-header-validation",
    ),
}


@pytest.fixture(scope="module")
def fixture_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with http_server(FIXTURES, tmp_path_factory.mktemp("fixtures")) as base:
        yield f"{base}/mcp"


@pytest.fixture(scope="module")
def product_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with http_server((*PRODUCT, "--http"), tmp_path_factory.mktemp("product")) as base:
        yield f"{base}/mcp"


@pytest.mark.requirement("MCP-7")
@pytest.mark.parametrize("revision", REVISIONS)
def test_every_scored_scenario_of_a_revision_passes(
    fixture_url: str, revision: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run_requirements(fixture_url, revision, tmp_path)
    required = scored(revision)
    counts = {name: found[name] for name in required if name in found}
    with capsys.disabled():
        sys.stdout.write(f"\nconformance {revision}: {counted(counts)} of {len(required)} scored scenarios\n")
    assert [name for name in required if name not in found] == []
    judged = (*required, *BEYOND_THE_SCORE[revision])
    assert [line for name in judged for line in complaints(name, found[name])] == []


def test_every_scenario_passes_at_the_wire_version_of_2025_06_18(fixture_url: str, tmp_path: Path) -> None:
    found = run_everything(fixture_url, "2025-06-18", tmp_path)
    assert {"server-initialize", "tools-call-sampling", "resources-subscribe"} <= set(found)
    assert [line for name, checks in found.items() for line in complaints(name, checks)] == []


def test_sessions_kept_in_memory_live_and_end_as_the_revision_says(tmp_path: Path) -> None:
    with http_server((*FIXTURES, "--sessions"), tmp_path) as base:
        checks = run_scenario(f"{base}/mcp", "2025-11-25", "server-session-lifecycle", tmp_path / "found")
    statuses = {check.id: check.status for check in checks}
    assert statuses.pop("wire-schema-valid", "SUCCESS") == "SUCCESS"
    assert statuses == {
        "server-session-initialized-accepted": "SUCCESS",
        "server-session-delete-accepted": "SUCCESS",
        "server-session-terminated-returns-404": "SUCCESS",
    }


@pytest.fixture(scope="module")
def of_product(product_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
    return {
        revision: run_everything(product_url, revision, tmp_path_factory.mktemp(revision)) for revision in REVISIONS
    }


@pytest.mark.requirement("MCP-7")
@pytest.mark.parametrize(
    ("revision", "scenario"), [(revision, name) for revision in REVISIONS for name in FREE_OF_FIXTURES[revision]]
)
def test_the_product_passes_a_scenario_that_needs_no_fixture(
    of_product: dict[str, Found], revision: str, scenario: str
) -> None:
    checks = of_product[revision][scenario]
    assert any(check.status == "SUCCESS" for check in checks)
    assert complaints(scenario, checks) == []
