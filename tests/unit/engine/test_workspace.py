"""Paths a caller names: inside the workspace whatever they are spelled like, or refused."""

import os
from pathlib import Path

import pytest

from engine.errors import ArgumentError, RefusedError
from engine.workspace import MAX_FILE, MAX_PATH, confined, read_file

OUTSIDE = [
    "/etc/passwd",
    "../../../etc/passwd",
    "..",
    "a/../../b",
    "a/..",
    "\\etc\\passwd",
    "..\\..\\etc\\passwd",
    "a\\..\\b",
    "C:\\Windows",
    "c:/x",
    "~/secrets",
    "~root",
]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.py").write_text("a = 1\n")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.mark.parametrize("named", OUTSIDE)
def test_a_path_that_could_leave_the_workspace_is_refused(workspace: Path, named: str) -> None:
    with pytest.raises(RefusedError) as refused:
        confined(workspace, named, "target_file")
    assert refused.value.action == "path"
    assert "directory traversal" in refused.value.message()
    assert str(workspace) not in refused.value.message()


@pytest.mark.parametrize("named", ["src/a.py", "src/new.py", "no/such/folder", "a..b", "...", "src/./a.py", "ä ö.md"])
def test_a_path_inside_is_given_resolved_whether_or_not_it_exists(workspace: Path, named: str) -> None:
    assert confined(workspace, named, "target_file") == (workspace / named).resolve()


def test_a_link_may_lead_anywhere_inside_and_nowhere_outside(workspace: Path) -> None:
    (workspace / "inside").symlink_to(workspace / "src")
    (workspace / "outside").symlink_to(workspace.parent)
    (workspace / "loop").symlink_to(workspace / "loop")
    assert confined(workspace, "inside/a.py", "target_file") == workspace / "src" / "a.py"
    for named in ("outside/secret.txt", "outside", "loop/x"):
        with pytest.raises(RefusedError):
            confined(workspace, named, "target_file")


def test_a_workspace_behind_a_link_is_a_workspace(workspace: Path) -> None:
    (workspace.parent / "alias").symlink_to(workspace)
    assert confined(workspace.parent / "alias", "src/a.py", "target_file") == workspace / "src" / "a.py"


@pytest.mark.parametrize("named", ["", "  ", "x" * (MAX_PATH + 1), "a\0b", "a\nb", "a\ud800"])
def test_what_is_no_path_is_a_wrong_argument(workspace: Path, named: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        confined(workspace, named, "target_file")
    assert refused.value.path == "target_file"


def test_a_workspace_that_is_gone_holds_no_path(workspace: Path) -> None:
    with pytest.raises(RefusedError):
        confined(workspace / "gone", "a.py", "target_file")


def test_without_a_workspace_paths_are_refused_and_traversal_first(workspace: Path) -> None:
    with pytest.raises(RefusedError, match="path") as refused:
        confined(None, "src/a.py", "target_file")
    assert "has none" in refused.value.message()
    with pytest.raises(RefusedError) as traversal:
        confined(None, "../x", "target_file")
    assert "directory traversal" in traversal.value.message()


def test_a_file_is_read_by_its_name_or_by_its_folders(workspace: Path) -> None:
    (workspace / "specs").mkdir()
    (workspace / "specs" / "tasks.md").write_text("\ufeff# Tasks\n")
    assert read_file(workspace, "specs/tasks.md", "options/spec", "tasks.md") == "# Tasks\n"
    assert read_file(workspace, "specs", "options/spec", "tasks.md") == "# Tasks\n"
    assert read_file(workspace, "specs/", "options/spec", "tasks.md") == "# Tasks\n"


def test_a_file_that_is_missing_odd_or_no_text_is_a_wrong_argument(workspace: Path) -> None:
    os.mkfifo(workspace / "pipe")
    (workspace / "latin").write_bytes(b"\xe4")
    for named in ("none.md", "src", "pipe", "latin"):
        with pytest.raises(ArgumentError):
            read_file(workspace, named, "options/spec", "tasks.md")


def test_a_file_beyond_its_limit_is_refused(workspace: Path) -> None:
    (workspace / "large").write_bytes(b"x" * (MAX_FILE + 1))
    (workspace / "just").write_bytes(b"x" * MAX_FILE)
    with pytest.raises(RefusedError) as refused:
        read_file(workspace, "large", "options/spec", "tasks.md")
    assert refused.value.action == "size"
    assert len(read_file(workspace, "just", "options/spec", "tasks.md")) == MAX_FILE


def test_a_folder_whose_file_leads_outside_is_refused(workspace: Path) -> None:
    (workspace / "specs").mkdir()
    (workspace / "specs" / "tasks.md").symlink_to(workspace.parent / "secret.txt")
    with pytest.raises(RefusedError):
        read_file(workspace, "specs", "options/spec", "tasks.md")
