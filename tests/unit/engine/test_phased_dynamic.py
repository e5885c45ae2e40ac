from typing import Final

from engine.formats.phased_dynamic import Made, field_names, make_phases
from engine.review import review
from schema.values import Json, JsonObject
from tests.unit.engine.folders import critical, document, folder, found, imported, metadata, rules
from tests.unit.engine.plans import PLAN

MARK: Final = "[" + "to do".replace(" ", "").upper() + "]"  # what people leave in brackets, and is no placeholder
PHASE_TEMPLATE: Final = (
    "# [PHASE_NUMBER] [PHASE_NAME]\n[PHASE_DESCRIPTION]\ntime [ESTIMATED_DURATION], tasks [TASK_COUNT], "
    "next [NEXT_PHASE_NUMBER]\n[VALIDATION_GATE]"
)
TASK_TEMPLATE: Final = (
    "# [TASK_ID] [TASK_NAME] of [PHASE_NAME]\n[TASK_DESCRIPTION]\ntime [ESTIMATED_TIME], needs [DEPENDENCIES], "
    f"next [NEXT_TASK_NUMBER]\n[ACCEPTANCE_CRITERIA]\n- [X] seen {MARK} [OTHER_NAME]"
)


def dynamic(pages: dict[str, str | None] | None = None, start: str = "2-N", **keys: Json) -> dict[str, bytes | None]:
    """Give a folder with one phase of its own and dynamic ones behind it."""
    listed: list[Json] = [{"phase_number": 1, "phase_name": "Look"}, {"phase_number": start, "phase_name": "Work"}]
    about = metadata(phases=listed, dynamic_phases=True, total_phases="dynamic", **keys)
    templates: dict[str, str | None] = {
        "phases/dynamic/phase-template.md": PHASE_TEMPLATE,
        "phases/dynamic/task-template.md": TASK_TEMPLATE,
    }
    return folder(about, templates | (pages or {}))


def made(text: str, files: dict[str, bytes | None] | None = None) -> Made:
    """Make the whole document of a session, and make sure it is valid unless a finding says otherwise."""
    result = imported(files or dynamic())
    assert result.recipe is not None
    whole = make_phases(result.recipe, text)
    if not critical(whole.findings):
        assert critical(review(whole.document).findings) == []
    return whole


def phase(whole: Made, position: int) -> JsonObject:
    """Give one phase of a document."""
    phases = whole.document["phases"]
    assert isinstance(phases, list)
    found_phase = phases[position]
    assert isinstance(found_phase, dict)
    return found_phase


def task(whole: Made, position: int, number: int = 0) -> JsonObject:
    """Give one task of a phase."""
    members = phase(whole, position)["tasks"]
    assert isinstance(members, list)
    member = members[number]
    assert isinstance(member, dict)
    return member


def test_a_tasks_file_without_phases_cannot_be_started_with() -> None:
    assert critical(made("# Nothing\n").findings)


def test_the_document_of_a_session_has_the_static_phases_and_those_of_the_file() -> None:
    whole = made(PLAN)
    assert [phase(whole, position)["number"] for position in range(3)] == [1, 2, 3]
    assert [phase(whole, position)["title"] for position in range(3)] == ["Look", "Ground", "Walls"]
    assert phase(whole, 0) == phase(Made(document(dynamic()), ()), 0)


def test_exactly_the_placeholders_of_the_format_are_replaced() -> None:
    whole = made(PLAN)
    assert phase(whole, 2)["purpose"] == (
        "# 3 Walls\nKeep out the wind.\ntime a week, tasks 1, next 4\n- [ ] no wind comes in\n- [ ] 2 doors open"
    )
    assert task(whole, 2) == {
        "id": "p3-t1",
        "title": "Build",
        "prompt": "# 2.1 Build of Walls\nnot stated\ntime not stated, needs not stated, next 2\n"
        f"- [ ] four walls stand\n- [X] seen {MARK} [OTHER_NAME]",
    }
    assert (task(whole, 1)["estimatedDuration"], task(whole, 1, 1)["id"]) == ("2 hours", "p2-t2")


def test_what_a_value_says_is_never_replaced_again_nor_taken_for_a_template() -> None:
    whole = made(
        "## Phase 2: A\n### Task 2.1: [TASK_ID]\nWrite {{ x }}.\n**Acceptance Criteria:**\n- [ ] [PHASE_NAME]\n"
    )
    prompt = str(task(whole, 1)["prompt"])
    assert prompt.startswith("# 2.1 [TASK_ID] of A\nWrite \\{{ x }}.")
    assert "- [ ] [PHASE_NAME]\n" in prompt


def test_templates_without_a_place_for_it_lose_no_description_criteria_or_gate() -> None:
    files = dynamic({"phases/dynamic/phase-template.md": "P [PHASE_NAME]", "phases/dynamic/task-template.md": "T"})
    whole = made(PLAN, files)
    assert phase(whole, 2)["purpose"] == (
        "P Walls\n\nKeep out the wind.\n\n**Validation Gate:**\n- [ ] no wind comes in\n- [ ] 2 doors open"
    )
    assert task(whole, 1, 1)["prompt"] == "T\n\nFill it again.\n\n**Acceptance Criteria:**\n- [ ] it is full"


def test_numbers_that_differ_between_file_and_session_are_noted() -> None:
    assert [each.rule for each in made(PLAN).findings] == ["overview", "phase-number", "phase-number"]
    shifted = made("## Phase 2: A\n### Task 2.1: T\n**Acceptance Criteria:**\n- [ ] c\n")
    assert rules(shifted.findings) == [("minor", "no-gate")]


def test_each_item_of_a_gate_becomes_one_required_field_that_must_be_true() -> None:
    assert phase(made(PLAN), 2)["gate"] == {
        "strict": False,
        "allowOverride": True,
        "evidence": {
            "no_wind_comes_in": {
                "type": "boolean",
                "required": True,
                "description": "no wind comes in",
                "example": True,
                "validators": [{"name": "equals", "params": {"value": True}}],
            },
            "item_2_doors_open": {
                "type": "boolean",
                "required": True,
                "description": "2 doors open",
                "example": True,
                "validators": [{"name": "equals", "params": {"value": True}}],
            },
        },
    }


def test_a_phase_without_a_gate_list_gets_no_gate_and_a_note() -> None:
    whole = made("## Phase 2: A\n### Task 2.1: T\n**Acceptance Criteria:**\n- [ ] c\n")
    assert "gate" not in phase(whole, 1)
    assert rules(whole.findings) == [("minor", "no-gate")]


def test_a_gate_file_of_the_templates_is_part_of_every_dynamic_gate() -> None:
    shared = (
        "checkpoint: {strict: true, allow_override: false}\n"
        "evidence_schema:\n  command: {type: string, required: true}\n"
    )
    whole = made(PLAN, dynamic({"phases/dynamic/gate-definition.yaml": shared}))
    gate = phase(whole, 2)["gate"]
    assert isinstance(gate, dict)
    assert (gate["strict"], gate["allowOverride"]) == (True, False)
    assert isinstance(evidence := gate["evidence"], dict)
    assert list(evidence) == ["command", "no_wind_comes_in", "item_2_doors_open"]


def test_a_gate_file_of_the_templates_may_declare_no_field_of_its_own() -> None:
    shared = "checkpoint: {strict: true}\nevidence_schema: {}\n"
    files = dynamic({"phases/dynamic/gate-definition.yaml": shared})
    assert critical(imported(files).findings) == []
    gate = phase(made(PLAN, files), 1)["gate"]
    assert isinstance(gate, dict)
    assert gate["strict"] is True


def test_names_of_fields_are_each_once_and_never_one_that_is_taken() -> None:
    assert field_names(["A b", "a-b", "ä"], ["a_b"]) == ("a_b_2", "a_b_3", "item")
    assert len(field_names(["x" * 500])[0]) == 60


def test_a_folder_of_dynamic_phases_only_shows_one_empty_phase_until_a_session_makes_them() -> None:
    files = dynamic({"phases/1/phase.md": None, "phases/1/task-1-read.md": None}, start="1-N")
    listed: list[Json] = [{"phase_number": "1-N", "phase_name": "Work", "purpose": "Made from tasks.md."}]
    about = metadata(phases=listed, dynamic_config={"source_path_key": "plan"})
    files |= {"metadata.json": folder(about)["metadata.json"]}
    native = document(files)
    assert native["phases"] == [{"number": 1, "title": "Work", "tasks": [], "purpose": "Made from tasks.md."}]
    whole = made(PLAN, files)
    assert [phase(whole, position)["number"] for position in range(2)] == [1, 2]
    recipe = imported(files).recipe
    assert recipe is not None
    assert recipe.option == "plan"


def test_dynamic_phases_that_only_total_phases_speaks_of_begin_with_the_next_number() -> None:
    about = metadata(total_phases="dynamic")
    files = dynamic() | {"metadata.json": folder(about)["metadata.json"]}
    recipe = imported(files).recipe
    assert recipe is not None
    assert (recipe.first, recipe.option) == (2, "spec_path")


def test_dynamic_phases_without_a_template_are_critical() -> None:
    assert found(dynamic({"phases/dynamic/task-template.md": None}), "missing-template").severity == "critical"


def test_templates_of_other_names_are_found_through_metadata() -> None:
    config: JsonObject = {"templates": {"phase": "phases/dynamic/p.md", "task": "t.md"}, "parser": "spec_tasks_parser"}
    pages: dict[str, str | None] = {
        "phases/dynamic/phase-template.md": None,
        "phases/dynamic/task-template.md": None,
        "phases/dynamic/p.md": PHASE_TEMPLATE,
        "phases/dynamic/t.md": TASK_TEMPLATE,
    }
    files = dynamic(pages, dynamic_config=config)
    assert imported(files).findings == ()
    assert made(PLAN, files).document["phases"]


def test_a_wrong_template_name_falls_back_to_the_usual_one_with_a_finding() -> None:
    files = dynamic(None, dynamic_config={"templates": {"phase": "gone.md"}})
    assert found(files, "missing-template").severity == "major"


def test_a_task_placeholder_in_the_phase_template_is_left_over_and_said() -> None:
    files = dynamic({"phases/dynamic/phase-template.md": f"[PHASE_NAME] [TASK_ID] {MARK}"})
    assert found(files, "left-over").severity == "major"
    assert str(phase(made(PLAN, files), 2)["purpose"]).startswith(f"Walls [TASK_ID] {MARK}")


def test_dynamic_phases_said_to_begin_elsewhere_begin_behind_the_static_ones() -> None:
    files = dynamic(start="1-N")
    assert found(files, "phase-number").severity == "minor"
    assert phase(made(PLAN, files), 1)["number"] == 2


def test_two_entries_of_dynamic_phases_are_critical() -> None:
    listed: list[Json] = [{"phase_number": "1-N"}, {"phase_number": "2-N"}]
    assert found(dynamic() | {"metadata.json": folder(metadata(phases=listed))["metadata.json"]},
                 "repeated-phase").severity == "critical"  # fmt: skip


def test_what_was_found_in_a_tasks_file_is_kept_for_whoever_starts_with_it() -> None:
    whole = made("## Phase 1: A\n### Task 1.1: T\nDo.\n\n## Risks\nRain.\n")
    extra = whole.document["extra"]
    assert isinstance(extra, dict)
    assert extra["dynamic_phases"] is True
    notes = extra["plan_notes"]
    assert isinstance(notes, list)
    assert len(notes) == len(whole.findings)
    assert "line 2: tasks.md: task 1.1 has no acceptance criteria" in notes
    assert any("'Risks'" in str(note) for note in notes)


def test_a_tasks_file_without_a_finding_leaves_no_notes() -> None:
    text = "## Phase 2: A\n### Task 2.1: T\n**Acceptance Criteria:**\n- [ ] c\n**Validation Gate:**\n- [ ] g\n"
    whole = made(text)
    assert (whole.findings, "plan_notes" in str(whole.document["extra"])) == ((), False)
