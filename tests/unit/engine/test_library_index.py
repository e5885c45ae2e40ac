import os
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from engine import index
from engine.index import MAX_INDEX_FILES, SAVE_AFTER, Index
from engine.library import Library
from engine.library_model import Wanted
from engine.sources import Source
from schema.values import JsonObject
from tests.unit.engine.documents import StoppedClock, ids, library, workflow, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a source with documents of every kind."""
    source = tmp_path / "source"
    write(source, "a.json", workflow("alpha", tags=["x", "y"]))
    inputs: JsonObject = {
        "app": {"type": "string", "description": "What to deploy"},
        "dry": {"type": "boolean", "default": True},
    }
    write(source, "sub/b.json", workflow("beta", inputs=inputs))
    write(source, "sub/old.json", {key: each for key, each in workflow("older").items() if key != "version"})
    write(source, "bad.json", {"id": "bad-one", "steps": 1})
    write(source, "package.json", {"name": "x"})
    (source / "broken.json").write_text("{")
    return source


def index_file(home: Path) -> Path:
    """Give the one index file."""
    (path,) = (home / "library").iterdir()
    return path


def forbid_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every look into a document fail."""

    def refuse(*_: object) -> None:
        raise AssertionError("a document was read")

    monkeypatch.setattr("engine.library_shelf.read_bytes", refuse)


def test_an_unchanged_restart_reads_no_document_and_lists_the_same(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = library(folder, home=tmp_path).listing()
    forbid_reading(monkeypatch)
    again = library(folder, home=tmp_path).listing()
    assert list(again.summaries) == list(first.summaries)
    assert again._replace(summaries=first.summaries) == first
    assert again.summaries[-1].problems
    wanted = (Wanted("app", "What to deploy", required=True), Wanted("dry", "", required=False))
    assert again.summaries[2].inputs == wanted


def test_an_entry_after_a_restart_is_built_from_its_file(folder: Path, tmp_path: Path) -> None:
    library(folder, home=tmp_path).listing()
    assert library(folder, home=tmp_path).entry("alpha").document == workflow("alpha", tags=["x", "y"])


def test_what_changed_between_two_runs_is_seen(folder: Path, tmp_path: Path) -> None:
    library(folder, home=tmp_path).listing()
    write(folder, "a.json", workflow("alpha", name="Edited", version="1.0.1"))
    (folder / "sub" / "b.json").unlink()
    write(folder, "sub/c.json", workflow("gamma"))
    listing = library(folder, home=tmp_path).listing()
    assert [each.id for each in listing.summaries] == ["alpha", "bad-one", "broken", "gamma", "older"]
    assert listing.summaries[0].name == "Edited"


def test_the_index_is_readable_by_its_owner_only(folder: Path, tmp_path: Path) -> None:
    library(folder, home=tmp_path / "home").listing()
    assert index_file(tmp_path / "home").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "home" / "library").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("spoil", [
    lambda _: b"",
    lambda _: b"not an index at all",
    lambda content: content[:-1],
    lambda content: content[:200] + b"\x00" + content[201:],
    lambda content: content + b" ",
    lambda _: bytes(1000),
])  # fmt: skip
def test_a_damaged_index_is_ignored_and_made_anew(
    folder: Path, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    first = library(folder, home=tmp_path / "home").listing()
    path = index_file(tmp_path / "home")
    whole = path.read_bytes()
    path.write_bytes(spoil(whole))
    assert list(library(folder, home=tmp_path / "home").listing().summaries) == list(first.summaries)
    assert path.read_bytes() == whole


def test_an_index_of_the_right_checksum_but_another_shape_is_ignored(folder: Path, tmp_path: Path) -> None:
    first = library(folder, home=tmp_path / "home").listing()
    path = index_file(tmp_path / "home")
    for body in (orjson.dumps([1]), orjson.dumps([[1] * 11]), orjson.dumps({}) + b"\n", b"[[\n"):
        path.write_bytes(index._head(body) + b"\n" + body)
        assert list(library(folder, home=tmp_path / "home").listing().summaries) == list(first.summaries)


def test_an_index_written_by_other_code_is_ignored(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library(folder, home=tmp_path).listing()
    monkeypatch.setattr(index, "code_fingerprint", lambda: "other")
    forbid_reading(monkeypatch)
    with pytest.raises(AssertionError, match="a document was read"):
        library(folder, home=tmp_path).listing()


def test_an_index_too_large_to_be_ours_is_not_read(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library(folder, home=tmp_path).listing()
    monkeypatch.setattr(index, "MAX_INDEX_BYTES", 10)
    assert Index(tmp_path, [Source(folder.name, str(folder))]).load() == {}


def test_an_index_that_names_paths_outside_the_sources_opens_none_of_them(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write(other, "secret.json", workflow("secret"))
    home = tmp_path / "home"
    library(other, home=home).listing()
    foreign = index_file(home)
    ours = Index(home, [Source(folder.name, str(folder))])._path
    foreign.rename(ours)
    assert "secret" not in ids(library(folder, home=home))


def test_two_workspaces_keep_an_index_each_and_old_ones_are_dropped(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for number in range(MAX_INDEX_FILES + 3):
        Library([Source(f"path-{number}", str(folder))], home, StoppedClock()).listing()
    assert len(list((home / "library").iterdir())) == MAX_INDEX_FILES


def test_the_index_is_written_again_only_after_many_edits(folder: Path, tmp_path: Path) -> None:
    found = library(folder, home=tmp_path / "home")
    found.listing()
    path = index_file(tmp_path / "home")
    whole = path.read_bytes()
    for number in range(SAVE_AFTER):
        assert path.read_bytes() == whole
        write(folder, "a.json", workflow("alpha", name=f"Edit {number}"))
        found.listing()
    assert path.read_bytes() != whole


def test_a_home_that_cannot_be_written_costs_nothing_but_speed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    assert len(library(folder, home=tmp_path / "home").listing().summaries) == 5


def test_documents_written_this_very_moment_are_looked_at_again_by_the_next_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = StoppedClock((folder / "a.json").stat().st_ctime)
    write(folder, "late.json", workflow("late-one", name="Old"))
    os.utime(folder / "a.json", (1, 1))
    library(folder, home=tmp_path, clock=clock).listing()
    write(folder, "late.json", workflow("late-one", name="New"))
    names = {each.id: each.name for each in library(folder, home=tmp_path).listing().summaries}
    assert names["late-one"] == "New"
