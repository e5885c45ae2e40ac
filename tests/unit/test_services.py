"""The gate in front of tests that need an outside program."""

from pathlib import Path

import pytest

from tests import services


def test_a_missing_service_is_a_named_skip_on_a_users_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUIRE_SERVICES", raising=False)
    with pytest.raises(pytest.skip.Exception, match="npm package no-such-package is missing: run"):
        services.node_package("no-such-package", "index.js")


def test_a_missing_service_is_a_failure_where_services_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUIRE_SERVICES", "1")
    with pytest.raises(pytest.fail.Exception, match="npm package no-such-package is missing"):
        services.node_package("no-such-package", "index.js")


@pytest.mark.parametrize(
    ("version", "new_enough"), [("v22.1.0", True), ("v24.0.0", True), ("v20.20.2", False), ("?", False)]
)
def test_only_a_node_of_the_suites_version_counts(tmp_path: Path, version: str, *, new_enough: bool) -> None:
    binary = tmp_path / "node"
    binary.write_text(f"#!/bin/sh\necho '{version}'\n")
    binary.chmod(0o755)
    assert services.is_new_enough(str(binary)) is new_enough


def test_a_node_that_is_not_there_does_not_count(tmp_path: Path) -> None:
    assert services.is_new_enough(str(tmp_path / "node")) is False
