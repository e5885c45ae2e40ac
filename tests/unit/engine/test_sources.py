from pathlib import Path

import pytest

from engine.sources import BUNDLED_FOLDER, PROJECT_FOLDERS, Source, ordered_sources


def test_the_bundled_folder_lies_next_to_the_packages() -> None:
    assert (BUNDLED_FOLDER.parent / "engine" / "sources.py").is_file()


def test_sources_come_weakest_first(tmp_path: Path) -> None:
    found = ordered_sources(tmp_path / "p", [tmp_path / "x", tmp_path / "y"], tmp_path / "home", tmp_path / "b")
    assert [source.name for source in found] == ["bundled", "user", "user", "path-1", "path-2", *["project"] * 6]
    assert found[1].root == str(tmp_path / "home" / ".aromcp" / "workflows")
    assert found[2].root == str(tmp_path / "home" / ".workflowlookup" / "workflows")
    assert [source.prefix for source in found[5:]] == [f"{name}/" for name in PROJECT_FOLDERS]


def test_without_a_workspace_there_are_no_project_folders(tmp_path: Path) -> None:
    assert ordered_sources(None, bundled=tmp_path) == (Source("bundled", str(tmp_path), expected=True),)


def test_a_relative_folder_is_taken_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert ordered_sources(None, [Path("flows")], bundled=None)[0].root == str(tmp_path / "flows")


def test_a_project_folder_that_is_the_bundled_one_stays_bundled(tmp_path: Path) -> None:
    sources = ordered_sources(tmp_path, bundled=tmp_path / "workflows")
    assert [source.name for source in sources if source.root == str(tmp_path / "workflows")] == ["bundled"]
