import pytest

from engine.formats.phased import read_folder
from schema.values import Json, JsonObject
from tests.unit.engine.folders import PHASE_PAGE, critical, document, folder, found, imported, metadata, phases, rules


@pytest.mark.requirement("FOLD-1")
def test_a_sound_folder_becomes_a_native_document_without_findings() -> None:
    result = imported(folder())
    assert result.findings == ()
    assert result.recipe is None
    assert result.document == {
        "schemaVersion": "1.1.0",
        "id": "look_v1",
        "name": "Look",
        "description": "Looks at things.",
        "version": "1.0.0",
        "phases": [
            {
                "number": 1,
                "title": "Look",
                "purpose": PHASE_PAGE.strip(),
                "tasks": [{"id": "p1-t1", "title": "Read", "prompt": "# Task 1: Read\n\nRead it."}],
            }
        ],
    }


@pytest.mark.requirement("FOLD-1")
def test_every_key_without_a_native_place_is_kept_in_extra() -> None:
    keys: JsonObject = {
        "created": "2024-01-01",
        "updated": "2024-02-02",
        "total_phases": 1,
        "primary_outputs": ["tests"],
        "start_phase": 1,
        "target_language": ["python"],
        "core_utilities": ["core/x.py"],
        "usage": {"when_to_use": "always"},
        "quality_gates": {"coverage": 95},
        "quality_standards": {"pylint": 10},
        "workflow_features": {"a": True},
        "notes": ["n"],
        "supports_dry_run": True,
        "supports_rollback": False,
        "requires_user_interaction": False,
        "rollback_strategy": {"trigger": "t", "mechanism": "m", "phases": [1]},
        "state_persistence": {"enabled": True, "storage": "s", "survives_restart": True, "note": "n"},
        "never_seen_before": [1, {"a": None}],
    }
    result = imported(folder(metadata(**keys)))
    assert result.findings == ()
    assert result.document is not None
    assert result.document["extra"] == keys


def test_author_category_tags_licence_duration_and_aliases_get_their_native_keys() -> None:
    about = metadata(
        author="A", category="c", tags=["x", "y"], license="MIT", estimated_duration="2 hours", aliases=["look-one"]
    )
    native = document(folder(about))
    assert "extra" not in native
    keys = ("author", "category", "tags", "license", "estimatedDuration", "aliases")
    assert [native[key] for key in keys] == ["A", "c", ["x", "y"], "MIT", "2 hours", ["look-one"]]


def test_the_older_shape_counts_its_phases_and_takes_them_from_the_folder() -> None:
    about = metadata(phases=1, category="testing", total_phases=1)
    result = imported(folder(about))
    assert result.findings == ()
    assert [each["title"] for each in phases(folder(about))] == ["Look"]
    assert document(folder(about))["extra"] == {"phases": 1, "total_phases": 1}


@pytest.mark.parametrize(("key", "said"), [("total_phases", 8), ("phases", 3)])
def test_a_number_of_phases_that_is_not_the_number_there_is_is_noted(key: str, said: int) -> None:
    finding = found(folder(metadata(**{key: said})), "phase-count")
    assert (finding.severity, finding.message) == ("minor", f"metadata.json: {key} is {said}, but there is 1")


def test_a_start_phase_that_is_not_the_first_is_noted() -> None:
    assert found(folder(metadata(start_phase=0)), "start-phase").severity == "minor"


@pytest.mark.parametrize(("given", "version", "rule"), [
    ("1.2.3", "1.2.3", None),
    ("1.2.3-rc.1", "1.2.3-rc.1", None),
    ("1.0", "1.0.0", "foreign-version"),
    (2, "2.0.0", "foreign-version"),
    ("v3.1.4", "3.1.4", "foreign-version"),
    ("latest", "0.0.1", "foreign-version"),
    (None, "0.0.1", "missing-version"),
])  # fmt: skip
def test_versions_are_read_as_they_are_meant_and_changes_are_noted(given: Json, version: str, rule: str | None) -> None:
    result = imported(folder(metadata(version=given)))
    assert result.document is not None
    assert result.document["version"] == version
    assert [each.rule for each in result.findings] == ([rule] if rule else [])


def test_a_folder_without_workflow_type_is_known_by_its_name() -> None:
    about = metadata(workflow_type=None)
    assert document(folder(about), "my-flow")["id"] == "my-flow"
    assert found(folder(about), "missing-id").severity == "minor"


def test_a_foreign_workflow_type_becomes_an_id_and_stays_in_extra() -> None:
    native = document(folder(metadata(workflow_type="My Flow (v1)")))
    assert native["id"] == "my-flow-v1"
    assert native["extra"] == {"workflow_type": "My Flow (v1)"}


def test_a_folder_of_another_name_is_found_under_that_name_too() -> None:
    assert document(folder(), "older_name")["aliases"] == ["older_name"]


def test_an_alias_that_is_no_id_is_left_out_and_said() -> None:
    about = metadata(aliases=["good-one", "b a d"])
    assert document(folder(about))["aliases"] == ["good-one"]
    assert found(folder(about), "foreign-id").severity == "major"


def test_missing_name_and_description_have_stand_ins_that_are_noted() -> None:
    about = metadata(name=None, description=None)
    native = document(folder(about))
    assert (native["name"], native["description"]) == ("look_v1", "look_v1")
    assert rules(imported(folder(about)).findings) == [("minor", "missing-name"), ("minor", "missing-description")]


def test_a_long_description_is_cut_and_stays_whole_in_extra() -> None:
    about = metadata(description="x" * 600)
    native = document(folder(about))
    assert native["description"] == "x" * 509 + "..."
    assert native["extra"] == {"description": "x" * 600}
    assert found(folder(about), "shortened").severity == "minor"


def test_tags_that_are_no_list_of_texts_are_noted_and_kept() -> None:
    about = metadata(tags=["a", 1, "a"])
    assert document(folder(about))["tags"] == ["a", "1"]
    assert document(folder(about))["extra"] == {"tags": ["a", 1, "a"]}
    assert found(folder(about), "foreign-tags").severity == "minor"


@pytest.mark.parametrize("content", [b"{", b"[]", b"", b'"text"', b'{"a": 1, "a": 2}', b"\xff"])
def test_metadata_that_is_no_object_gives_no_document_and_a_critical_finding(content: bytes) -> None:
    result = read_folder("look", {"metadata.json": content})
    assert result.document is None
    assert critical(result.findings)
    assert all(each.message.startswith("metadata.json: ") for each in result.findings)
