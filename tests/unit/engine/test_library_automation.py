"""Automation YAML in the library: found by name, given, remembered in the index, an edit at once."""

from pathlib import Path

import pytest

from engine.errors import WorkflowInvalidError
from engine.library import Library
from engine.sources import ordered_sources
from tests.unit.engine.documents import StoppedClock, ids, library, workflow, write

DEPLOY = """name: "team:deploy"
description: "Deploys."
version: "1.2.0"
steps:
  - id: "say"
    type: "user_message"
    message: "Hi"
"""


def put(path: Path, text: str = DEPLOY) -> Path:
    """Write a file and the folders it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_it_is_listed_and_given_by_its_name_and_by_the_name_of_its_file(tmp_path: Path) -> None:
    put(tmp_path / "release.yaml")
    found = library(tmp_path)
    (summary,) = found.listing().summaries
    assert (summary.id, summary.version, summary.valid, summary.phases) == ("team:deploy", "1.2.0", True, 1)
    assert summary.aliases == ("release",)
    assert found.listing().passed_over == {}
    entry = found.entry("team:deploy")
    assert entry.document["steps"] == [{"type": "message", "id": "say", "message": "Hi"}]
    assert [step.id for step in entry.workflow.steps] == ["say"]
    assert found.entry("release").summary.id == "team:deploy"


def test_one_that_cannot_be_honoured_is_listed_with_its_reasons_and_costs_no_other(tmp_path: Path) -> None:
    put(tmp_path / "bad.yaml", DEPLOY.replace("user_message", "user_mesage"))
    write(tmp_path, "good.json", workflow("alpha"))
    found = library(tmp_path)
    assert (found.listing().valid, found.listing().invalid) == (1, 1)
    bad = next(each for each in found.listing().summaries if not each.valid)
    assert (bad.id, bad.problems[0].rule, bad.problems[0].line) == ("team:deploy", "unknown-type", 6)
    with pytest.raises(WorkflowInvalidError):
        found.entry("team:deploy")


def test_one_without_a_name_has_the_name_of_its_file(tmp_path: Path) -> None:
    put(tmp_path / "release.yml", "default_state: {state: {}}\n" + DEPLOY[DEPLOY.index("description") :])
    assert ids(library(tmp_path)) == ["release"]


def test_an_edit_shows_on_the_next_call(tmp_path: Path) -> None:
    path = put(tmp_path / "release.yaml")
    found = library(tmp_path)
    assert found.entry("team:deploy").summary.version == "1.2.0"
    put(path, DEPLOY.replace("1.2.0", "1.3.0"))
    assert found.entry("team:deploy").summary.version == "1.3.0"


def test_an_unchanged_restart_reads_nothing_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "source" / "release.yaml")
    first = library(tmp_path / "source", home=tmp_path / "home").listing()

    def refuse(*_: object) -> None:
        raise AssertionError("a document was read")

    monkeypatch.setattr("engine.library_shelf.read_bytes", refuse)
    again = library(tmp_path / "source", home=tmp_path / "home").listing()
    assert list(again.summaries) == list(first.summaries)


def test_the_project_goes_before_the_user_s_own_folders(tmp_path: Path) -> None:
    project, home = tmp_path / "project", tmp_path / "home"
    put(home / ".aromcp/workflows/team:deploy.yaml")
    sources = ordered_sources(project, user_home=home, bundled=None)

    def version() -> str:
        return Library(sources, None, StoppedClock()).entry("team:deploy").summary.version

    assert version() == "1.2.0"
    put(home / ".workflowlookup/workflows/deploy.yaml", DEPLOY.replace("1.2.0", "1.1.0"))
    assert version() == "1.2.0"
    put(project / ".aromcp/workflows/team:deploy.yaml", DEPLOY.replace("1.2.0", "0.9.0"))
    assert version() == "0.9.0"
