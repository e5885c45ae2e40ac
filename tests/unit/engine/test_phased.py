import orjson
import pytest

from engine.formats.phased import read_folder
from schema.values import Json, JsonObject
from tests.unit.engine.folders import (
    GATE,
    PHASE_PAGE,
    critical,
    document,
    folder,
    found,
    imported,
    metadata,
    phases,
    rules,
    tasks,
)


def entry(**keys: Json) -> JsonObject:
    """Give a phase entry without tasks."""
    return {"phase_number": 1, "phase_name": "Look", **keys}


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


@pytest.mark.parametrize("listed", ["text", [1], [{"phase_name": "no number"}], [{"phase_number": "one"}]])
def test_phases_that_cannot_be_understood_are_critical(listed: Json) -> None:
    assert critical(imported(folder(metadata(phases=listed))).findings)


def test_a_phase_listed_twice_is_critical() -> None:
    about = metadata(phases=[entry(), entry()])
    assert found(folder(about), "repeated-phase").severity == "critical"


def test_a_gap_in_the_numbers_of_phases_is_critical() -> None:
    files = folder(None, {"phases/3/phase.md": "# Phase 3: Late", "phases/3/task-1-x.md": "x"})
    finding = found(files, "phase-gap")
    assert (finding.severity, finding.message) == ("critical", "phases: after phase 1 comes phase 3")


def test_the_other_names_of_a_phases_keys_are_understood() -> None:
    about = metadata(phases=[{"number": 1.0, "name": "Other", "purpose": "Why", "estimated_time": "1 h", "tasks": []}])
    (phase,) = phases(folder(about))
    assert (phase["number"], phase["title"]) == (1, "Other")
    assert str(phase["purpose"]).startswith("Why\n\n# Phase 1: Look")
    assert str(phase["purpose"]).endswith("**Estimated effort:** 1 h")


def test_what_metadata_says_of_a_phase_is_told_and_kept_and_flags_are_native() -> None:
    keys: JsonObject = {
        "estimated_effort": "2 h",
        "key_deliverables": ["a list", "a map"],
        "validation_criteria": ["all seen"],
        "skip_condition": "nothing to see",
        "checkpoint": {"required_evidence": ["seen"]},
        "task_execution": {"approach": "one by one", "description": "slowly"},
        "owner": "somebody",
    }
    files = folder(metadata(phases=[entry(requires_restart=True, skippable=True, **keys)]))
    (phase,) = phases(files)
    assert (phase["requiresRestart"], phase["skippable"]) == (True, True)
    purpose = str(phase["purpose"])
    for said in ("**Key deliverables:**\n- a list\n- a map", "**Validation criteria:** all seen", "2 h",
                 "**Skip condition:** nothing to see", "**Required evidence:** seen", "**Approach:** one by one",
                 "**How the tasks are done:** slowly"):  # fmt: skip
        assert said in purpose
    assert document(files)["extra"] == {"phases": {"1": keys}}
    assert found(files, "loose-evidence").severity == "minor"


def test_required_evidence_beside_a_gate_file_is_not_called_loose() -> None:
    about = metadata(phases=[entry(checkpoint={"required_evidence": ["done"]})])
    files = folder(about, {"phases/1/gate-definition.yaml": GATE})
    assert "loose-evidence" not in [each.rule for each in imported(files).findings]
    assert phases(files)[0]["gate"]


def test_a_phase_that_metadata_does_not_list_is_a_phase_and_a_note() -> None:
    files = folder(None, {"phases/2/phase.md": "# Phase 2 - More", "phases/2/task-1-x.md": "Do x."})
    assert [each["title"] for each in phases(files)] == ["Look", "More"]
    assert found(files, "unlisted-phase").severity == "minor"


def test_a_listed_phase_without_a_page_works_by_its_purpose() -> None:
    listed: list[Json] = [entry(), {"phase_number": 2, "phase_name": "Think", "purpose": "Think about it."}]
    files = folder(metadata(phases=listed))
    assert phases(files)[1] == {"number": 2, "title": "Think", "purpose": "Think about it.", "tasks": []}
    assert found(files, "missing-page").severity == "major"
    assert found(files, "no-tasks").severity == "minor"


def test_a_phase_that_says_nothing_at_all_is_critical() -> None:
    files = folder(metadata(phases=[entry(), {"phase_number": 2}]))
    assert found(files, "empty-phase").severity == "critical"


def test_a_folder_without_phases_is_critical() -> None:
    result = read_folder("look", {"metadata.json": orjson.dumps(metadata(phases=None))})
    assert rules(result.findings) == [("critical", "no-phases")]


def test_a_phase_may_be_one_page_named_by_metadata() -> None:
    about = metadata(phases=[{"number": 0, "name": "Pre-flight", "file": "phases/0-pre-flight-checks.md"}])
    page = "# Phase 0: Pre-flight\n\nCheck the fuel.\n"
    files = folder(about, {"phases/0-pre-flight-checks.md": page, "phases/1/phase.md": None,
                           "phases/1/task-1-read.md": None})  # fmt: skip
    assert imported(files).findings == ()
    assert phases(files) == [
        {
            "number": 0,
            "title": "Pre-flight",
            "tasks": [{"id": "p0-t1", "title": "Pre-flight", "prompt": page.strip()}],
        }
    ]


def test_a_page_that_nobody_names_is_a_phase_by_its_number() -> None:
    files = folder(metadata(phases=2), {"phases/2-land.md": "# Phase 2: Land\n\n### Task 1: Slow\nSlow down.\n"})
    assert [each["title"] for each in phases(files)] == ["Look", "Land"]
    assert [each["title"] for each in tasks(files, 1)] == ["Slow"]


def test_the_task_blocks_of_a_page_become_tasks_and_leave_the_purpose() -> None:
    page = "# Phase 1: Look\n\nBe calm.\n\n### Task 1: One\nDo one.\n\n### Task 2: Two\nDo two.\n\n## End\nDone.\n"
    files = folder(metadata(phases=1), {"phases/1/phase.md": page, "phases/1/task-1-read.md": None})
    assert [(each["title"], each["prompt"]) for each in tasks(files)] == [
        ("One", "### Task 1: One\nDo one."),
        ("Two", "### Task 2: Two\nDo two."),
    ]
    purpose = str(phases(files)[0]["purpose"])
    assert "Do one." not in purpose
    assert "### Task 2: Two" in purpose
    assert purpose.endswith("## End\nDone.")


def test_a_page_named_by_metadata_that_is_missing_is_replaced_by_the_usual_one() -> None:
    files = folder(metadata(phases=[entry(file="phases/gone.md")]))
    assert found(files, "missing-page").severity == "major"
    assert str(phases(files)[0]["purpose"]).startswith("# Phase 1: Look")


def test_a_page_that_is_not_utf_8_is_critical() -> None:
    files = folder() | {"phases/1/phase.md": b"ok\n\xff\xfe"}
    finding = found(files, "encoding")
    assert (finding.severity, finding.line) == ("critical", 2)


def test_a_checklist_under_validation_gate_stays_text_and_makes_no_gate() -> None:
    page = PHASE_PAGE + "\n## Validation Gate\n- [ ] seen ✅\n- [x] noted ❌\n"
    files = folder(None, {"phases/1/phase.md": page})
    (phase,) = phases(files)
    assert "gate" not in phase
    assert "- [ ] seen ✅\n- [x] noted ❌" in str(phase["purpose"])
    finding = found(files, "loose-checklist")
    assert (finding.severity, finding.line) == ("minor", 6)


def test_core_pages_supporting_files_and_the_readme_are_named_in_extra() -> None:
    pages: dict[str, str | None] = {"core/words.md": "w", "supporting-docs/a/b.md": "b", "README.md": "r"}
    files = folder(None, pages) | {"supporting-docs/plan.png": None}
    result = imported(files)
    assert result.findings == ()
    assert result.document is not None
    named = ["README.md", "core/words.md", "supporting-docs/a/b.md", "supporting-docs/plan.png"]
    assert result.document["extra"] == {"files": named}


@pytest.mark.parametrize(("path", "severity"), [
    ("phases/1/notes.md", "minor"),
    ("phases/1/gate_definition.yaml", "major"),
    ("phases/dynamic/phase-template.md", "minor"),
    ("phases/intro/text.md", "minor"),
])  # fmt: skip
def test_a_file_among_the_phases_that_belongs_to_none_is_noted(path: str, severity: str) -> None:
    finding = found(folder(None, {path: "a: 1"}), "unused-file")
    assert (finding.severity, finding.message) == (severity, f"{path}: no phase takes this file")


def test_templates_in_task_pages_are_plain_text() -> None:
    files = folder(None, {"phases/1/task-1-read.md": "Use {{ name }} and \\{{ x }}."})
    assert tasks(files)[0]["prompt"] == "Use \\{{ name }} and \\\\{{ x }}."
