import orjson
import pytest

from engine.formats.phased import read_folder
from engine.review import review
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


def test_a_phase_of_one_page_may_be_named_from_the_folder_phases_on() -> None:
    about = metadata(phases=[{"phase_number": 0, "phase_name": "Back up", "phase_file": "0-backup.md"}])
    files = folder(about, {"phases/0-backup.md": "# Phase 0\n\nCopy it.\n", "phases/1/phase.md": None,
                           "phases/1/task-1-read.md": None})  # fmt: skip
    assert rules(imported(files).findings) == []
    assert tasks(files)[0]["prompt"] == "# Phase 0\n\nCopy it."


@pytest.mark.parametrize("page", ["phases/1/task-1-read.md", "phases/1/phase.md"])
def test_a_page_too_long_to_be_read_in_one_go_is_named_once_by_its_file(page: str) -> None:
    result = read_folder("look_v1", folder(None, {page: "# T\n\n" + "y " * 40_000}))
    (finding,) = critical(result.findings)
    assert (finding.rule, finding.message.partition(":")[0]) == ("too-long-page", page)
    assert "65536" in finding.message
    assert result.document is not None
    assert critical(review(result.document).findings) == []


def test_a_phase_of_one_page_that_is_too_long_is_named_too() -> None:
    about = metadata(phases=[{"phase_number": 1, "phase_name": "Long", "file": "phases/1-long.md"}])
    result = read_folder("look_v1", {"metadata.json": orjson.dumps(about), "phases/1-long.md": b"z " * 40_000})
    assert [each.rule for each in critical(result.findings)] == ["too-long-page"]


def test_what_metadata_says_of_a_phase_is_not_said_again_where_the_page_says_it() -> None:
    files = folder(metadata(phases=[entry(estimated_effort="an hour", key_deliverables=["a map"])]),
                   {"phases/1/phase.md": "# Phase 1: Look\n\nTakes an hour.\n"})  # fmt: skip
    assert phases(files)[0]["purpose"] == "# Phase 1: Look\n\nTakes an hour.\n\n**Key deliverables:** a map"
