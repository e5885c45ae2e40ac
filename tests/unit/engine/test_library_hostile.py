import os
import socket
from pathlib import Path

import pytest

from engine import library_scan
from engine.errors import WorkflowNotFoundError
from engine.library import Library
from engine.library_model import Summary
from engine.sources import Source, ordered_sources
from schema.values import Json
from tests.unit.engine.documents import StoppedClock, ids, library, workflow, write


def only(found: Library) -> Summary:
    """Give the one document that is listed."""
    (summary,) = found.listing().summaries
    return summary


def rules(found: Library) -> list[str]:
    """Give the rules of the source findings."""
    return [each.finding.rule for each in found.listing().findings]


def test_a_link_out_of_the_source_is_refused_and_never_opened(tmp_path: Path) -> None:
    secret = write(tmp_path / "outside", "secret.json", workflow("secret"))
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a.json").symlink_to(secret)
    (inside / "folder").symlink_to(tmp_path / "outside")
    (inside / "up").symlink_to("..")
    found = library(inside)
    refused = only(found)
    assert (refused.id, refused.valid, refused.problems[0].rule, refused.hash) == ("a", False, "path-escape", "")
    assert sorted((each.path, each.finding.rule) for each in found.listing().findings) == [
        ("folder", "path-escape"),
        ("up", "path-escape"),
    ]


def test_links_that_stay_inside_are_followed(tmp_path: Path) -> None:
    write(tmp_path, "real/a.json", workflow("alpha"))
    write(tmp_path, "notes.txt", workflow("beta"))
    (tmp_path / "b.json").symlink_to("notes.txt")
    (tmp_path / "again").symlink_to("real")
    found = library(tmp_path)
    assert ids(found) == ["alpha", "beta"]
    assert found.entry("beta").document == workflow("beta")
    write(tmp_path, "notes.txt", workflow("beta", name="Edited"))
    assert found.entry("beta").document["name"] == "Edited"


def test_a_link_swapped_to_lead_out_is_refused_on_the_next_call(tmp_path: Path) -> None:
    source = tmp_path / "source"
    write(source, "kept/a.txt", workflow("alpha"))
    write(tmp_path, "secret.txt", workflow("alpha", name="Secret"))
    (source / "a.json").symlink_to("kept/a.txt")
    found = library(source)
    assert found.entry("alpha").summary.valid
    (source / "a.json").unlink()
    (source / "a.json").symlink_to(tmp_path / "secret.txt")
    assert only(found).problems[0].rule == "path-escape"


def test_folders_that_lead_to_themselves_are_read_once(tmp_path: Path) -> None:
    write(tmp_path, "a/b/doc.json", workflow("alpha"))
    (tmp_path / "a" / "b" / "back").symlink_to(tmp_path / "a")
    (tmp_path / "self").symlink_to(".")
    assert ids(library(tmp_path)) == ["alpha"]


def test_links_that_lead_nowhere_are_findings(tmp_path: Path) -> None:
    (tmp_path / "loop.json").symlink_to("loop.json")
    (tmp_path / "gone.json").symlink_to("missing.json")
    (tmp_path / "harmless").symlink_to("missing")
    listing = library(tmp_path).listing()
    assert {(each.id, each.problems[0].rule) for each in listing.summaries} == {
        ("gone", "broken-link"),
        ("loop", "broken-link"),
    }


def test_a_workspace_folder_that_leads_out_of_the_workspace_is_not_read(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", "a.json", workflow("alpha"))
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "workflows").symlink_to(tmp_path / "elsewhere")
    found = Library(ordered_sources(workspace, bundled=None), None, StoppedClock())
    assert ids(found) == []
    assert rules(found) == ["path-escape"]


def test_pipes_and_sockets_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.yaml"))
        listing = library(tmp_path).listing()
    assert [(each.id, each.problems[0].rule) for each in listing.summaries] == [
        ("pipe", "not-a-file"),
        ("socket", "not-a-file"),
    ]


def test_a_pipe_put_in_the_place_of_a_listed_file_does_not_hang_the_reader(tmp_path: Path) -> None:
    path = write(tmp_path, "a.json", workflow("alpha"))
    found = library(tmp_path)
    found.listing()
    path.unlink()
    os.mkfifo(path)
    assert only(found).problems[0].rule == "not-a-file"


def test_a_file_of_100_mb_is_refused_without_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(100_000_000)

    def refuse(*_: object) -> int:
        raise AssertionError("the file was opened")

    monkeypatch.setattr(os, "open", refuse)
    assert only(library(tmp_path)).problems[0].rule == "too-large"


def test_a_file_that_grows_beyond_the_limit_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.json", workflow("alpha"))
    monkeypatch.setattr(os, "read", lambda *_: b" " * 600_000)
    assert only(library(tmp_path)).problems[0].rule == "too-large"


def test_a_file_that_grows_a_little_while_it_is_read_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "a.json", workflow("alpha"))
    whole = path.read_bytes()
    parts = iter([whole[:10], whole[10:], b""])
    monkeypatch.setattr(os, "read", lambda *_: next(parts))
    assert only(library(tmp_path)).valid


def test_a_file_that_may_not_be_read_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.json", workflow("alpha"))

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    problem = only(library(tmp_path)).problems[0]
    assert (problem.rule, problem.message) == ("unreadable-file", "the file cannot be read: Permission denied")
    assert str(tmp_path) not in str(problem)


def test_a_folder_that_may_not_be_read_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "sub/a.json", workflow("alpha"))
    real = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = library(tmp_path)
    assert ids(found) == []
    assert rules(found) == ["unreadable-folder"]


@pytest.mark.parametrize(("name", "content"), [
    ("binary.json", bytes(range(256)) * 40),
    ("nul.yaml", b"\x00" * 100),
    ("deep.json", b"[" * 500_000),
    ("deep.yaml", b"[" * 200_000),
    ("alias.yaml", b"a: &a [x, x]\nb: &b [*a, *a]\nsteps: [*b, *b]\n"),
    ("several.yaml", b"id: one\nsteps: []\n---\nid: two\nsteps: []\n"),
    ("half.json", b'{"id": "half", "steps": ['),
    ("surrogate.json", b'{"id": "\\ud800", "steps": []}'),
    ("python.yaml", b"steps: !!python/object/apply:os.system ['true']\n"),
    ("empty.json", b""),
    ("nan.json", b'{"id": "nan-nan", "steps": [NaN]}'),
])  # fmt: skip
def test_a_hostile_document_is_one_finding_and_costs_no_other(tmp_path: Path, name: str, content: bytes) -> None:
    write(tmp_path, "good.json", workflow("good"))
    (tmp_path / name).write_bytes(content)
    listing = library(tmp_path).listing()
    assert (listing.valid, listing.invalid) == (1, 1)
    broken = next(each for each in listing.summaries if not each.valid)
    assert broken.path == name
    assert broken.problems


def test_many_findings_of_one_document_are_bounded(tmp_path: Path) -> None:
    steps: list[Json] = [{"id": f"step-{number}", "title": 1, "prompt": 2} for number in range(200)]
    write(tmp_path, "a.json", {**workflow("alpha"), "steps": steps})
    problems = only(library(tmp_path)).problems
    assert len(problems) == 101
    assert problems[-1].rule == "more-findings"


def test_names_that_are_no_text_are_refused(tmp_path: Path) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/bad-\xff.json")).write_bytes(b"{}")
    write(tmp_path, "größe.json", workflow("alpha"))
    listing = library(tmp_path).listing()
    assert [(each.id, each.valid) for each in listing.summaries] == [("alpha", True), ("bad-\\udcff", False)]


def test_the_walk_stops_at_its_limits_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_scan, "MAX_DEPTH", 2)
    write(tmp_path, "1/2/a.json", workflow("shallow"))
    write(tmp_path, "1/2/3/b.json", workflow("deep"))
    found = library(tmp_path)
    assert ids(found) == ["shallow"]
    assert rules(found) == ["too-deep"]
    monkeypatch.setattr(library_scan, "MAX_ENTRIES", 3)
    for number in range(9):
        write(tmp_path / "many", f"{number}.json", workflow(f"flow-{number}"))
    many = library(tmp_path / "many")
    assert len(many.listing().summaries) == 3
    assert rules(many) == ["too-many-files"]


def test_a_missing_folder_somebody_named_is_a_finding(tmp_path: Path) -> None:
    source = Source("path-1", str(tmp_path / "typo"), expected=True)
    listing = Library([source], None, StoppedClock()).listing()
    assert [(each.source, each.finding.rule) for each in listing.findings] == [("path-1", "missing-folder")]


def test_files_that_vanish_between_the_listing_and_the_look_cost_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.json", workflow("alpha"))
    write(tmp_path, "b.json", workflow("beta"))
    write(tmp_path, "kept.txt", workflow("linked"))
    (tmp_path / "c.json").symlink_to("kept.txt")
    real = os.stat
    gone = {str(tmp_path / "b.json"), str(tmp_path / "kept.txt")}
    looks: list[str] = []

    def vanish(path: str, **keys: bool) -> os.stat_result:
        looks.append(str(path))
        if str(path) == str(tmp_path / "b.json") or (str(path) in gone and looks.count(str(path)) > 2):
            raise FileNotFoundError(2, "No such file or directory")
        return real(path, **keys)

    monkeypatch.setattr(os, "stat", vanish)
    listing = library(tmp_path).listing()
    assert [(each.id, each.valid) for each in listing.summaries] == [("alpha", True), ("c", False)]
    assert listing.summaries[1].problems[0].rule == "unreadable-file"


def test_a_folder_that_changes_hands_between_sources_is_told_anew(tmp_path: Path) -> None:
    weak, strong, workspace = tmp_path / "weak", tmp_path / "weak" / "strong", tmp_path / "workspace"
    write(strong, "a.json", workflow("alpha"))
    workspace.symlink_to(weak)
    sources = [Source("weak", str(weak)), Source("strong", str(strong), within=str(workspace))]
    found = Library(sources, None, StoppedClock())
    assert (only(found).source, only(found).path) == ("strong", "a.json")
    workspace.unlink()
    workspace.symlink_to(tmp_path / "elsewhere")
    assert (only(found).source, only(found).path) == ("weak", "strong/a.json")


def test_a_folder_that_vanishes_shows_on_the_next_entry(tmp_path: Path) -> None:
    write(tmp_path / "source", "a.json", workflow("alpha"))
    found = library(tmp_path / "source")
    found.entry("alpha")
    (tmp_path / "source" / "a.json").unlink()
    (tmp_path / "source").rmdir()
    with pytest.raises(WorkflowNotFoundError):
        found.entry("alpha")
