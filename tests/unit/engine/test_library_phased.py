import os
from pathlib import Path
from typing import Final

import orjson
import pytest

from engine import library_phased
from engine.library import Library
from schema.values import Json, JsonObject
from tests.unit.engine.documents import StoppedClock, ids, library, workflow, write
from tests.unit.engine.folders import GATE, folder, metadata, write_folder

NESTED: Final[dict[str, str | None]] = {"phases/1/nested/inner.json": '{"id": "inner", "steps": []}'}


def look(root: Path, name: str = "look_v1", **keys: Json) -> Path:
    """Write a sound phased folder below a source."""
    return write_folder(root / name, folder(metadata(**keys)))


def test_a_phased_folder_is_one_document_with_its_counts_and_category(tmp_path: Path) -> None:
    look(tmp_path, estimated_duration="1 hour", aliases=["look"])
    (summary,) = library(tmp_path).listing().summaries
    assert (summary.id, summary.path, summary.category, summary.valid) == (
        "look_v1",
        "look_v1/metadata.json",
        "default",
        True,
    )
    assert (summary.phases, summary.estimated_duration, summary.aliases) == (1, "1 hour", ("look",))
    assert library(tmp_path).listing().passed_over == {}


def test_nothing_in_a_phased_folder_is_read_as_anything_else(tmp_path: Path) -> None:
    write_folder(tmp_path / "look_v1", folder(None, NESTED))
    write_folder(tmp_path / "look_v1" / "supporting-docs" / "other", folder(metadata(workflow_type="other_v1")))
    assert ids(library(tmp_path)) == ["look_v1"]


def test_steps_and_phases_are_counted_for_native_documents_too(tmp_path: Path) -> None:
    write(tmp_path, "a.json", workflow("alpha", estimatedDuration="2 h", aliases=["first"]))
    steps: list[Json] = [
        {"type": "loop", "id": "loop-one", "title": "L", "loop": {"type": "for", "count": 2, "maxIterations": 2},
         "body": "inner-one"},
        {"id": "inner-one", "title": "I", "prompt": "Do."},
    ]  # fmt: skip
    write(tmp_path, "b.json", workflow("beta", steps=steps))
    alpha, beta = library(tmp_path).listing().summaries
    assert (alpha.phases, alpha.estimated_duration, alpha.aliases, beta.phases) == (1, "2 h", ("first",), 1)


def test_an_entry_of_a_phased_folder_holds_the_document_and_is_built_once(tmp_path: Path) -> None:
    look(tmp_path)
    found = library(tmp_path)
    entry = found.entry("look_v1")
    assert entry.document["id"] == "look_v1"
    assert entry.workflow.is_phased
    assert entry.dynamic is None
    assert found.entry("look_v1") is entry


@pytest.mark.requirement("FOLD-4")
@pytest.mark.parametrize("path", ["phases/1/task-1-read.md", "phases/1/phase.md", "metadata.json", "core/words.md"])
def test_an_edit_of_any_page_shows_on_the_next_call(tmp_path: Path, path: str) -> None:
    root = look(tmp_path)
    (root / "core").mkdir()
    (root / "core" / "words.md").write_text("old")
    found = library(tmp_path)
    before = found.entry("look_v1").summary
    content = orjson.dumps(metadata(name="New")) if path == "metadata.json" else b"# Task 1: New\n\nDo it anew.\n"
    (root / path).write_bytes(content)
    after = found.entry("look_v1").summary
    assert after.hash != before.hash
    assert found.listing().summaries[0].hash == after.hash


def test_a_page_that_comes_or_goes_shows_on_the_next_call(tmp_path: Path) -> None:
    root = look(tmp_path)
    found = library(tmp_path)
    assert "gate" not in first_phase(found)
    (root / "phases" / "1" / "gate-definition.yaml").write_text(GATE)
    assert "gate" in first_phase(found)
    (root / "phases" / "1" / "gate-definition.yaml").unlink()
    assert "gate" not in first_phase(found)


def first_phase(found: Library) -> JsonObject:
    """Give the first phase of the document as it is now."""
    phases = found.entry("look_v1").document["phases"]
    assert isinstance(phases, list)
    first = phases[0]
    assert isinstance(first, dict)
    return first


def test_an_edit_in_the_same_moment_shows_although_time_and_size_stay(tmp_path: Path) -> None:
    root = look(tmp_path)
    page = root / "phases" / "1" / "task-1-read.md"
    page.write_text("Read A.")
    status = page.stat()
    found = library(tmp_path, clock=StoppedClock(status.st_mtime))
    before = found.entry("look_v1").summary.hash
    page.write_text("Read B.")
    os.utime(page, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert found.entry("look_v1").summary.hash != before


def test_an_unchanged_folder_is_not_read_again_neither_in_a_run_nor_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, home = tmp_path / "source", tmp_path / "home"
    look(source, aliases=["look-one"])
    write_folder(source / "other", folder(metadata(workflow_type="other_v1")))
    found = library(source, home=home)
    first = list(found.listing().summaries)
    monkeypatch.setattr(library_phased, "read_bytes", lambda *_: pytest.fail("a page was read"))
    assert list(found.listing().summaries) == first
    again = library(source, home=home)
    assert list(again.listing().summaries) == first
    monkeypatch.undo()
    assert again.entry("look-one").summary.id == "look_v1"


def test_what_changed_in_a_folder_between_two_runs_is_seen(tmp_path: Path) -> None:
    source, home = tmp_path / "source", tmp_path / "home"
    root = look(source)
    before = library(source, home=home).listing().summaries[0]
    (root / "phases" / "1" / "phase.md").write_text("# Phase 1: Anew\n")
    after = library(source, home=home).listing().summaries[0]
    assert after.hash != before.hash


def test_a_folder_that_becomes_or_stops_being_phased_is_read_as_what_it_is(tmp_path: Path) -> None:
    write(tmp_path, "both/a.json", workflow("alpha"))
    found = library(tmp_path)
    assert ids(found) == ["alpha"]
    write_folder(tmp_path / "both", folder())
    assert ids(found) == ["look_v1"]
    (tmp_path / "both" / "metadata.json").unlink()
    assert ids(found) == ["alpha"]


def test_the_root_of_a_source_may_be_a_phased_folder_itself(tmp_path: Path) -> None:
    write_folder(tmp_path / "look_v1", folder())
    (summary,) = library(tmp_path / "look_v1").listing().summaries
    assert (summary.id, summary.path) == ("look_v1", "metadata.json")
    assert library(tmp_path / "look_v1").entry("look_v1").document["id"] == "look_v1"


def test_an_alias_finds_its_document_where_no_document_has_that_id(tmp_path: Path) -> None:
    look(tmp_path, aliases=["look-one", "alpha"])
    write(tmp_path, "a.json", workflow("alpha"))
    found = library(tmp_path)
    assert found.entry("look-one").summary.id == "look_v1"
    assert found.entry("alpha").summary.id == "alpha"


def test_an_alias_of_two_sources_leads_to_the_stronger_one(tmp_path: Path) -> None:
    write(tmp_path / "weak", "a.json", workflow("weak-one", aliases=["both"]))
    write(tmp_path / "strong", "a.json", workflow("strong-one", aliases=["both"]))
    assert library(tmp_path / "weak", tmp_path / "strong").entry("both").summary.id == "strong-one"


def test_an_edit_of_a_document_found_by_its_alias_shows_on_the_next_call(tmp_path: Path) -> None:
    root = look(tmp_path, aliases=["look-one"])
    found = library(tmp_path)
    assert found.entry("look-one").document["name"] == "Look"
    (root / "metadata.json").write_bytes(orjson.dumps(metadata(aliases=["look-one"], name="New")))
    assert found.entry("look-one").document["name"] == "New"


def test_a_native_document_and_a_folder_of_one_id_are_settled_by_source_then_version(tmp_path: Path) -> None:
    look(tmp_path / "weak", version="9.0.0")
    write(tmp_path / "strong", "a.json", workflow("look_v1", version="1.0.0"))
    (summary,) = library(tmp_path / "weak", tmp_path / "strong").listing().summaries
    assert (summary.path, summary.shadows) == ("a.json", ("weak 9.0.0 look_v1/metadata.json",))
    look(tmp_path / "strong", version="2.0.0")
    (summary,) = library(tmp_path / "weak", tmp_path / "strong").listing().summaries
    assert (summary.path, summary.version) == ("look_v1/metadata.json", "2.0.0")
    assert len(summary.shadows) == 2


def test_a_dynamic_entry_makes_and_checks_the_document_of_a_session(tmp_path: Path) -> None:
    listed: list[Json] = [{"phase_number": 1, "phase_name": "Look"}, {"phase_number": "2-N", "phase_name": "Work"}]
    about = metadata(phases=listed, dynamic_config={"source_path_key": "plan_path"})
    pages: dict[str, str | None] = {
        "phases/dynamic/phase-template.md": "[PHASE_NAME]",
        "phases/dynamic/task-template.md": "[TASK_NAME]",
    }
    write_folder(tmp_path / "look_v1", folder(about, pages))
    dynamic = library(tmp_path).entry("look_v1").dynamic
    assert dynamic is not None
    assert (dynamic.option, dynamic.file_name) == ("plan_path", "tasks.md")
    made = dynamic.render("## Phase 2: Go\n### Task 2.1: Run\n**Acceptance Criteria:**\n- [ ] fast\n")
    phases = made.document["phases"]
    assert isinstance(phases, list)
    assert len(phases) == 2
    assert [each.severity.value for each in made.findings] == ["minor"]
    assert dynamic.render("nothing").findings[0].severity.value == "critical"
