import os
from pathlib import Path

import pytest

from engine import library_phased
from engine.errors import WorkflowInvalidError
from schema.values import Json
from tests.unit.engine.documents import library
from tests.unit.engine.folders import folder, metadata, write_folder


def look(root: Path, name: str = "look_v1", **keys: Json) -> Path:
    """Write a sound phased folder below a source."""
    return write_folder(root / name, folder(metadata(**keys)))


def test_a_broken_folder_is_listed_with_its_findings_and_harms_no_other(tmp_path: Path) -> None:
    look(tmp_path)
    write_folder(tmp_path / "bad", {"metadata.json": b"{"})
    listing = library(tmp_path).listing()
    assert (listing.valid, listing.invalid) == (1, 1)
    bad = listing.summaries[0]
    assert (bad.id, bad.name, bad.guessed) == ("bad", "bad", True)
    assert [each.severity.value for each in bad.problems] == ["critical"]
    with pytest.raises(WorkflowInvalidError):
        library(tmp_path).entry("bad")


def test_a_gate_that_cannot_be_honoured_makes_the_folder_invalid(tmp_path: Path) -> None:
    write_folder(tmp_path / "look_v1", folder(None, {"phases/1/gate-definition.yaml": "checkpoint: {}"}))
    (summary,) = library(tmp_path).listing().summaries
    assert not summary.valid
    assert summary.problems[0].line == 1


@pytest.mark.requirement("FOLD-5")
def test_a_link_that_leaves_the_folder_is_refused_and_makes_it_invalid(tmp_path: Path) -> None:
    outside = tmp_path / "secret.md"
    outside.write_text("secret")
    root = look(tmp_path / "source")
    (root / "phases" / "1" / "task-2-x.md").symlink_to(outside)
    (root / "phases" / "2").symlink_to(tmp_path)
    (summary,) = library(tmp_path / "source").listing().summaries
    assert not summary.valid
    assert [each.rule for each in summary.problems[:2]] == ["path-escape", "path-escape"]
    assert "secret" not in "".join(each.message for each in summary.problems)
    (root / "phases" / "1" / "task-2-x.md").unlink()
    (root / "phases" / "2").unlink()
    assert library(tmp_path / "source").listing().summaries[0].valid


def test_a_link_inside_the_folder_is_followed_and_a_circle_ends(tmp_path: Path) -> None:
    root = look(tmp_path)
    (root / "shared.md").write_text("# Task 2: Shared\n\nDo it.")
    (root / "phases" / "1" / "task-2-shared.md").symlink_to(root / "shared.md")
    (root / "core").symlink_to(root)
    found = library(tmp_path)
    assert found.listing().summaries[0].valid
    before = found.entry("look_v1").summary.hash
    (root / "shared.md").write_text("# Task 2: Shared\n\nDo it anew.")
    assert found.entry("look_v1").summary.hash != before


def test_a_page_too_large_to_read_makes_the_folder_invalid_until_it_is_smaller(tmp_path: Path) -> None:
    root = look(tmp_path)
    found = library(tmp_path)
    assert found.listing().invalid == 0
    (root / "phases" / "1" / "task-1-read.md").write_bytes(b"x" * 1_000_001)
    (summary,) = found.listing().summaries
    assert (summary.valid, summary.problems[0].rule) == (False, "too-large")
    (root / "phases" / "1" / "task-1-read.md").write_text("Do.")
    assert found.listing().invalid == 0


def test_folders_with_too_many_files_bytes_or_levels_are_invalid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = look(tmp_path)
    deep = root.joinpath(*["d"] * 10)
    deep.mkdir(parents=True)
    assert library(tmp_path).listing().summaries[0].problems[0].rule == "too-deep"
    monkeypatch.setattr(library_phased, "MAX_FILES", 1)
    assert "too-many-files" in [each.rule for each in library(tmp_path).listing().summaries[0].problems]
    monkeypatch.setattr(library_phased, "MAX_BYTES", 10)
    assert "too-large" in [each.rule for each in library(tmp_path).listing().summaries[0].problems]


def test_a_folder_that_cannot_be_listed_makes_the_document_invalid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = look(tmp_path)
    found = library(tmp_path)
    (root / "core").mkdir()
    real = os.listdir

    def refusing(path: str) -> list[str]:
        if path.endswith("core"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "listdir", refusing)
    (summary,) = found.listing().summaries
    assert (summary.valid, summary.problems[0].rule) == (False, "unreadable-folder")


def test_pipes_hidden_names_and_pictures_are_never_opened(tmp_path: Path) -> None:
    root = look(tmp_path)
    (root / ".git").mkdir()
    (root / ".git" / "x.md").write_text("x")
    (root / "plan.png").write_bytes(b"\x89PNG")
    found = library(tmp_path)
    assert found.entry("look_v1").document["extra"] == {"files": ["plan.png"]}
    os.mkfifo(root / "phases" / "1" / "task-3-pipe.md")
    (summary,) = found.listing().summaries
    assert (summary.valid, summary.problems[0].rule) == (False, "not-a-file")
