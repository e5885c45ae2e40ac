from pathlib import Path

import pytest

from engine.errors import WorkflowInvalidError
from engine.library import Library
from engine.library_view import version_key
from engine.sources import Source, ordered_sources
from tests.unit.engine.documents import StoppedClock, ids, library, workflow, write


def test_a_later_source_wins_whatever_the_versions_and_says_what_it_hides(tmp_path: Path) -> None:
    early, late = tmp_path / "early", tmp_path / "late"
    write(early, "a.json", workflow("alpha", version="9.0.0"))
    write(late, "b.json", workflow("alpha", version="1.0.0"))
    listing = library(early, late).listing()
    winner = listing.summaries[0]
    assert (winner.source, winner.version, winner.shadows) == ("late", "1.0.0", ("early 9.0.0 a.json",))
    assert [(each.source, each.version) for each in listing.shadowed] == [("early", "9.0.0")]
    assert (len(listing.summaries), listing.valid) == (1, 1)


def test_within_one_source_the_highest_version_wins(tmp_path: Path) -> None:
    for version in ("1.9.0", "1.10.0", "1.10.0-rc.1"):
        write(tmp_path, f"{version}/a.json", workflow("alpha", version=version))
    listing = library(tmp_path).listing()
    assert listing.summaries[0].version == "1.10.0"
    assert {each.version for each in listing.shadowed} == {"1.9.0", "1.10.0-rc.1"}


def test_of_equal_versions_the_first_path_wins(tmp_path: Path) -> None:
    write(tmp_path, "b.json", workflow("alpha", name="B"))
    write(tmp_path, "c.json", workflow("beta"))
    write(tmp_path, "a.json", workflow("alpha", name="A"))
    assert library(tmp_path).listing().summaries[0].name == "A"


def test_equal_content_under_one_id_is_no_shadowing(tmp_path: Path) -> None:
    early, late = tmp_path / "early", tmp_path / "late"
    write(early, "a.json", workflow("alpha"))
    write(late, "copy.json", workflow("alpha"))
    listing = library(early, late).listing()
    assert (listing.shadowed, listing.summaries[0].shadows, listing.summaries[0].source) == ((), (), "late")


def test_a_folder_two_sources_reach_is_read_once_for_the_later_one(tmp_path: Path) -> None:
    write(tmp_path, "inner/a.json", workflow("alpha"))
    write(tmp_path, "b.json", workflow("beta"))
    sources = [Source("outer", str(tmp_path)), Source("inner", str(tmp_path / "inner"))]
    listing = Library(sources, None, StoppedClock()).listing()
    assert [(each.id, each.source) for each in listing.summaries] == [("alpha", "inner"), ("beta", "outer")]
    assert listing.shadowed == ()


def test_an_invalid_document_of_a_later_source_hides_the_valid_one(tmp_path: Path) -> None:
    early, late = tmp_path / "early", tmp_path / "late"
    write(early, "a.json", workflow("alpha"))
    write(late, "a.json", {**workflow("alpha"), "steps": []})
    listing = library(early, late).listing()
    assert (listing.valid, listing.invalid, listing.summaries[0].valid) == (0, 1, False)


def test_within_one_source_a_broken_higher_version_hides_no_sound_lower_one_and_is_listed(tmp_path: Path) -> None:
    for version in ("1.0.0", "2.0.0"):
        write(tmp_path, f"v{version[0]}.json", workflow("alpha", version=version))
    write(tmp_path, "v3.json", {**workflow("alpha", version="3.0.0"), "steps": []})
    found = library(tmp_path)
    assert found.entry("alpha").summary.version == "2.0.0"
    listing = found.listing()
    assert (listing.valid, listing.invalid, [each.path for each in listing.shadowed]) == (1, 1, ["v1.json"])
    (broken,) = [each for each in listing.summaries if not each.valid]
    assert (broken.id.endswith(":v3.json"), broken.version) == (True, "3.0.0")
    assert broken.problems
    with pytest.raises(WorkflowInvalidError):
        found.entry(broken.id)


def test_a_broken_version_wins_its_id_as_soon_as_it_is_mended(tmp_path: Path) -> None:
    write(tmp_path, "v1.json", workflow("alpha", version="1.0.0"))
    write(tmp_path, "v2.json", {**workflow("alpha", version="2.0.0"), "steps": []})
    found = library(tmp_path)
    assert found.entry("alpha").summary.version == "1.0.0"
    write(tmp_path, "v2.json", workflow("alpha", version="2.0.0"))
    assert found.entry("alpha").summary.version == "2.0.0"
    assert ids(found) == ["alpha"]


def test_where_every_version_of_a_source_is_broken_the_highest_stands_for_the_id(tmp_path: Path) -> None:
    for version in ("1.0.0", "2.0.0"):
        write(tmp_path, f"v{version[0]}.json", {**workflow("alpha", version=version), "steps": []})
    listing = library(tmp_path).listing()
    assert [(each.id, each.version, each.valid) for each in listing.summaries] == [("alpha", "2.0.0", False)]
    assert [each.version for each in listing.shadowed] == ["1.0.0"]


def test_a_file_without_a_readable_id_hides_nothing_and_is_still_listed(tmp_path: Path) -> None:
    early, late, last = tmp_path / "early", tmp_path / "late", tmp_path / "last"
    write(early, "a.json", workflow("alpha"))
    for folder in (late, last):
        folder.mkdir()
        (folder / "alpha.json").write_text("{")
    found = library(early, late, last)
    assert ids(found) == ["alpha", "last:alpha.json", "late:alpha.json"]
    assert found.entry("alpha").summary.source == "early"
    assert (found.listing().valid, found.listing().invalid) == (1, 2)


def test_of_two_unreadable_files_of_one_name_the_later_keeps_the_name(tmp_path: Path) -> None:
    for name in ("early", "late"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "alpha.json").write_text("{")
    assert ids(library(tmp_path / "early", tmp_path / "late")) == ["alpha", "early:alpha.json"]


def test_an_edit_of_a_hidden_document_that_makes_it_win_shows_at_once(tmp_path: Path) -> None:
    write(tmp_path, "a.json", workflow("alpha", version="1.0.0"))
    write(tmp_path, "b.json", workflow("alpha", version="2.0.0"))
    found = library(tmp_path)
    assert found.entry("alpha").summary.version == "2.0.0"
    write(tmp_path, "a.json", workflow("alpha", version="3.0.0"))
    assert found.entry("alpha").summary.version == "3.0.0"


def test_the_folders_of_a_project_are_one_source_with_paths_from_the_workspace(tmp_path: Path) -> None:
    write(tmp_path, "workflows/a.json", workflow("alpha", version="2.0.0"))
    write(tmp_path, ".agent-os/workflows/b.json", workflow("alpha", version="1.0.0"))
    write(tmp_path, ".aromcp/workflows/c.json", workflow("gamma"))
    listing = Library(ordered_sources(tmp_path, bundled=None), None, StoppedClock()).listing()
    assert [(each.id, each.version, each.path) for each in listing.summaries] == [
        ("alpha", "2.0.0", "workflows/a.json"),
        ("gamma", "1.0.0", ".aromcp/workflows/c.json"),
    ]


@pytest.mark.parametrize(("lower", "higher"), [
    ("1.0.0", "1.0.1"), ("1.9.9", "1.10.0"), ("1.0.0-rc.1", "1.0.0"), ("1.0.0-alpha", "1.0.0-alpha.1"),
    ("1.0.0-2", "1.0.0-10"), ("1.0.0-10", "1.0.0-a"), ("nonsense", "0.0.0-0"),
])  # fmt: skip
def test_versions_are_ordered_as_semver_orders_them(lower: str, higher: str) -> None:
    assert version_key(lower) < version_key(higher)


def test_build_metadata_does_not_order_versions() -> None:
    assert version_key("1.0.0+a") == version_key("1.0.0+b")
