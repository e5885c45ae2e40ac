import os
from pathlib import Path

import pytest

from engine.errors import WorkflowInvalidError, WorkflowNotFoundError
from engine.library import LOOK_AGAIN_SECONDS, MAX_KEPT
from tests.unit.engine.documents import StoppedClock, ids, library, workflow, write


def test_json_and_yaml_documents_of_nested_folders_are_listed_by_id(tmp_path: Path) -> None:
    write(tmp_path, "b.json", workflow("beta"))
    write(tmp_path, "deep/er/a.json", workflow("alpha", tags=["x"], category="review"))
    (tmp_path / "c.yml").write_text("id: gamma\nname: G\ndescription: D\nversion: 1.0.0\nsteps:\n"
                                    "  - {id: one-step, title: T, prompt: P}\n")  # fmt: skip
    listing = library(tmp_path).listing()
    assert [summary.id for summary in listing.summaries] == ["alpha", "beta", "gamma"]
    first = listing.summaries[0]
    assert (first.path, first.category, first.tags, first.valid) == ("deep/er/a.json", "review", ("x",), True)
    assert (listing.valid, listing.invalid, listing.passed_over) == (3, 0, {})


def test_hidden_names_and_other_endings_are_not_read(tmp_path: Path) -> None:
    write(tmp_path, ".hidden.json", workflow("hidden"))
    write(tmp_path, ".git/a.json", workflow("in-git"))
    write(tmp_path, "notes.txt", workflow("notes"))
    assert ids(library(tmp_path)) == []


def test_an_entry_holds_the_document_and_its_definition(tmp_path: Path) -> None:
    write(tmp_path, "a.json", workflow("alpha"))
    entry = library(tmp_path).entry("alpha")
    assert entry.document == workflow("alpha")
    assert entry.summary.source == tmp_path.name
    assert entry.workflow is library(tmp_path).entry("alpha").workflow or entry.workflow is not None


def test_an_entry_asked_for_twice_is_built_once(tmp_path: Path) -> None:
    write(tmp_path, "a.json", workflow("alpha"))
    found = library(tmp_path)
    assert found.entry("alpha") is found.entry("alpha")


def test_an_unknown_id_names_the_closest_ones(tmp_path: Path) -> None:
    write(tmp_path, "a.json", workflow("code-review"))
    with pytest.raises(WorkflowNotFoundError) as refused:
        library(tmp_path).entry("code-reviev")
    assert refused.value.closest == ("code-review",)


def test_an_edit_shows_on_the_next_call_of_entry(tmp_path: Path) -> None:
    path = write(tmp_path, "a.json", workflow("alpha"))
    found = library(tmp_path)
    assert found.entry("alpha").document["name"] == "Name of alpha"
    write(tmp_path, path.name, workflow("alpha", name="Edited"))
    assert found.entry("alpha").document["name"] == "Edited"


def test_an_edit_of_equal_size_and_time_shows_while_the_clock_could_hide_it(tmp_path: Path) -> None:
    path = write(tmp_path, "a.json", workflow("alpha", name="Old"))
    status = path.stat()
    found = library(tmp_path, clock=StoppedClock(status.st_mtime))
    assert found.entry("alpha").document["name"] == "Old"
    write(tmp_path, "a.json", workflow("alpha", name="New"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert found.entry("alpha").document["name"] == "New"
    assert found.listing().summaries[0].name == "New"


def test_an_edit_whose_time_was_set_back_shows_because_the_change_time_moved(tmp_path: Path) -> None:
    path = write(tmp_path, "a.json", workflow("alpha", name="Old"))
    found = library(tmp_path)
    status = path.stat()
    assert found.entry("alpha").document["name"] == "Old"
    replacement = write(tmp_path, "new.txt", workflow("alpha", name="New"))
    os.utime(replacement, ns=(status.st_atime_ns, status.st_mtime_ns))
    replacement.replace(path)
    assert found.entry("alpha").document["name"] == "New"


def test_added_deleted_and_renamed_documents_show_on_the_next_call(tmp_path: Path) -> None:
    path = write(tmp_path, "a.json", workflow("alpha"))
    found = library(tmp_path)
    assert ids(found) == ["alpha"]
    write(tmp_path, "sub/b.json", workflow("beta"))
    assert found.entry("beta").summary.path == "sub/b.json"
    path.rename(tmp_path / "sub" / "renamed.json")
    assert found.entry("alpha").summary.path == "sub/renamed.json"
    (tmp_path / "sub" / "b.json").unlink()
    with pytest.raises(WorkflowNotFoundError):
        found.entry("beta")
    assert ids(found) == ["alpha"]


def test_a_stronger_document_that_appears_wins_on_the_next_call(tmp_path: Path) -> None:
    weak, strong = tmp_path / "weak", tmp_path / "strong"
    write(weak, "a.json", workflow("alpha", name="Weak"))
    found = library(weak, strong)
    assert found.entry("alpha").document["name"] == "Weak"
    write(strong, "deep/a.json", workflow("alpha", name="Strong"))
    assert found.entry("alpha").document["name"] == "Strong"
    (strong / "deep" / "a.json").unlink()
    assert found.entry("alpha").document["name"] == "Weak"


def test_a_file_that_takes_the_id_of_another_in_place_shows_in_the_list_at_once(tmp_path: Path) -> None:
    weak, strong = tmp_path / "weak", tmp_path / "strong"
    write(weak, "a.json", workflow("alpha", name="Weak"))
    write(strong, "b.json", workflow("beta"))
    found = library(weak, strong)
    found.entry("alpha")
    write(strong, "b.json", workflow("alpha", name="Thief"))
    assert [summary.name for summary in found.listing().summaries] == ["Thief"]
    assert found.entry("alpha").document["name"] == "Thief"


def test_a_file_that_takes_the_id_of_another_in_place_shows_in_entry_after_a_moment(tmp_path: Path) -> None:
    weak, strong = tmp_path / "weak", tmp_path / "strong"
    write(weak, "a.json", workflow("alpha", name="Weak"))
    write(strong, "b.json", workflow("beta"))
    clock = StoppedClock()
    found = library(weak, strong, clock=clock)
    found.entry("alpha")
    write(strong, "b.json", workflow("alpha", name="Thief"))
    clock.passed += LOOK_AGAIN_SECONDS
    assert found.entry("alpha").document["name"] == "Thief"


def test_a_broken_document_is_listed_with_its_findings_and_cannot_be_used(tmp_path: Path) -> None:
    write(tmp_path, "good.json", workflow("good"))
    (tmp_path / "broken.json").write_text('{"id": "broken",\n "name": }')
    listing = library(tmp_path).listing()
    assert (listing.valid, listing.invalid) == (1, 1)
    broken = listing.summaries[0]
    assert (broken.id, broken.valid, broken.guessed, broken.problems[0].line) == ("broken", False, True, 2)
    with pytest.raises(WorkflowInvalidError) as refused:
        library(tmp_path).entry("broken")
    assert refused.value.findings == broken.problems


def test_a_document_that_breaks_is_refused_and_works_again_once_mended(tmp_path: Path) -> None:
    write(tmp_path, "a.json", workflow("alpha"))
    found = library(tmp_path)
    found.entry("alpha")
    write(tmp_path, "a.json", {**workflow("alpha"), "steps": []})
    with pytest.raises(WorkflowInvalidError):
        found.entry("alpha")
    write(tmp_path, "a.json", workflow("alpha"))
    assert found.entry("alpha").document == workflow("alpha")


def test_a_parsed_document_that_fails_keeps_its_id_and_name(tmp_path: Path) -> None:
    write(tmp_path, "x.json", {"id": "mine", "name": "Mine", "tags": ["a", 1], "steps": 3})
    summary = library(tmp_path).listing().summaries[0]
    assert (summary.id, summary.name, summary.tags, summary.valid) == ("mine", "Mine", ("a",), False)


def test_generation_moves_exactly_when_something_changed(tmp_path: Path) -> None:
    write(tmp_path, "a.json", workflow("alpha"))
    found = library(tmp_path)
    assert found.generation == 0
    before = found.listing()
    assert found.listing() is before
    (tmp_path / "a.json").touch()
    assert found.listing() is before
    write(tmp_path, "a.json", workflow("alpha", name="Edited"))
    assert found.listing().generation == before.generation + 1
    (tmp_path / "phased").mkdir()
    (tmp_path / "phased" / "metadata.json").write_text("{}")
    assert found.listing().generation == before.generation + 2


def test_what_is_no_workflow_is_passed_over_and_counted(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text("name: no namespace here\nother: 1\n")
    write(tmp_path, "package.json", {"name": "x", "scripts": {}})
    write(tmp_path, "list.json", [1, 2])
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    listing = library(tmp_path).listing()
    assert len(listing.summaries) == 0
    assert listing.passed_over == {"no-workflow": 4}


def test_a_document_with_an_id_and_the_keys_of_automation_is_judged_as_native(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("id: abc\nname: team:deploy\ndescription: d\ndefault_state: {}\nsteps: []\n")
    assert library(tmp_path).listing().invalid == 1


def test_a_missing_folder_is_watched_and_named_only_where_somebody_asked_for_it(tmp_path: Path) -> None:
    found = library(tmp_path / "later" / "still")
    assert found.listing().findings == ()
    assert found.generation == 1
    write(tmp_path / "later" / "still", "a.json", workflow("alpha"))
    assert found.entry("alpha").summary.id == "alpha"


def test_definitions_kept_are_bounded(tmp_path: Path) -> None:
    for number in range(MAX_KEPT + 5):
        write(tmp_path, f"{number}.json", workflow(f"flow-{number}"))
    found = library(tmp_path)
    for number in range(MAX_KEPT + 5):
        found.entry(f"flow-{number}")
    assert len(found._kept) == MAX_KEPT
    assert found.entry("flow-0").summary.id == "flow-0"


def test_a_folder_that_goes_while_it_is_walked_costs_only_its_documents(tmp_path: Path) -> None:
    write(tmp_path, "a.json", workflow("alpha"))
    write(tmp_path, "sub/b.json", workflow("beta"))
    found = library(tmp_path)
    assert ids(found) == ["alpha", "beta"]
    (tmp_path / "sub" / "b.json").unlink()
    (tmp_path / "sub").rmdir()
    assert found.entry("alpha").summary.valid
    assert ids(found) == ["alpha"]


def test_a_document_that_changes_at_every_look_is_refused_for_the_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.json", workflow("alpha"))
    found = library(tmp_path)
    found.listing()
    monkeypatch.setattr("engine.library.digest_of", lambda _: "another")
    with pytest.raises(WorkflowInvalidError) as refused:
        found.entry("alpha")
    assert refused.value.findings[0].rule == "still-changing"


def test_a_document_that_is_none_any_more_when_it_is_built_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.json", workflow("alpha"))
    monkeypatch.setattr("engine.library.reread", lambda *_: None)
    with pytest.raises(WorkflowInvalidError):
        library(tmp_path).entry("alpha")


def test_summaries_can_be_had_one_by_one_or_in_pieces(tmp_path: Path) -> None:
    for name in ("alpha", "beta", "gamma"):
        write(tmp_path, f"{name}.json", workflow(name))
    summaries = library(tmp_path).listing().summaries
    assert [each.id for each in summaries[1:]] == ["beta", "gamma"]
    assert (summaries[0].id, summaries[-1].id, len(summaries)) == ("alpha", "gamma", 3)
