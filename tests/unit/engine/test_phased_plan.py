import pytest

from engine.formats.phased_plan import PlannedPhase, read_plan
from engine.formats.phased_report import Report
from tests.unit.engine.folders import rules
from tests.unit.engine.plans import PLAN


def plan(text: str) -> tuple[tuple[PlannedPhase, ...], list[tuple[str, str]]]:
    """Read a tasks.md; give its phases and (severity, rule) of each finding."""
    report = Report()
    return read_plan(text, report), rules(tuple(report.findings))


@pytest.mark.requirement("FOLD-3")
def test_overviews_graphs_and_fences_are_no_phases() -> None:
    phases, findings = plan(PLAN)
    assert [(each.number, each.name) for each in phases] == [(1, "Ground"), (2, "Walls")]
    assert [[each.id for each in one.tasks] for one in phases] == [["1.1", "1-2"], ["2.1"]]
    assert findings == [("minor", "overview")]


def test_aims_and_durations_are_read_in_each_of_their_spellings() -> None:
    ground, walls = plan(PLAN)[0]
    assert ground.duration == "Days 1-2"
    assert ground.description == "Stand firmly.\n**Priority:** high\n\nLevel the ground first."
    assert (walls.duration, walls.description) == ("a week", "Keep out the wind.")


@pytest.mark.requirement("FOLD-3")
def test_acceptance_criteria_are_complete_and_end_before_the_next_label() -> None:
    dig, fill = plan(PLAN)[0][0].tasks
    assert dig.criteria == ("the hole is deep", "the hole is wide enough for two", "nobody fell in")
    assert (
        dig.description == "**Priority:** high\n\nDig a hole.\n\n**Notes:** mind the cables.\n\n#### Tools\n\nA spade."
    )
    assert (dig.time, dig.dependencies) == ("2 hours", "None")
    assert (fill.name, fill.criteria, fill.dependencies) == ("Fill", ("it is full",), "Task 1.1")


@pytest.mark.requirement("FOLD-3")
def test_gates_are_complete_wherever_they_stand() -> None:
    ground, walls = plan(PLAN)[0]
    assert ground.gate == ("the ground is level", "the ground is level!")
    assert walls.gate == ("no wind comes in", "2 doors open")


@pytest.mark.parametrize(("heading", "name"), [
    ("# Phase 1: A", "A"),
    ("###### Phase 1: A", "A"),
    ("## Phase 1 - A", "A"),
    ("## Phase 1 \u2013 A", "A"),
    ("## Phase 1 — A", "A"),
    ("## **Phase 1**: A (Week 1)", "A"),
    ("## phase 1: A (the hard one)", "A (the hard one)"),
    ("## Phase 1", "Phase 1"),
    ("## Phase 1 (Days 1-2)", "Phase 1"),
    ("## Phase 1: A ✅", "A"),
    ("## \U0001f680 Phase 1: A", "A"),
    ("## \u26a0\ufe0f **Phase 1** \u2011 A", "A"),
    ("## Phase 1. A", "A"),
])  # fmt: skip
def test_phase_headings_of_any_level_and_dash_are_understood(heading: str, name: str) -> None:
    (one,), _ = plan(f"{heading}\n### Task 1.1: T\n**Acceptance Criteria:**\n- [ ] c\n")
    assert one.name == name


def test_headings_that_only_begin_like_phases_are_none() -> None:
    phases, _ = plan("## Phase 1: A\n### Task 1.1: T\n## Phase 2 and later\n## Phases\n## Phase 1 -> Phase 2\n")
    assert [each.number for each in phases] == [1]


def test_an_overview_before_its_phase_gives_way_to_the_one_with_tasks() -> None:
    text = "## Phase 1: Short\nin short\n## Phase 1: Long\n**Goal:** all\n### Task 1.1: T\nDo.\n"
    (one,), _ = plan(text)
    assert (one.name, one.description) == ("Long", "all")


def test_a_phase_without_tasks_is_a_phase_with_a_note() -> None:
    phases, findings = plan("## Phase 1: A\nThink.\n")
    assert phases[0].tasks == ()
    assert findings == [("minor", "no-tasks")]


def test_tasks_without_a_heading_of_their_phase_make_one_with_a_finding() -> None:
    phases, findings = plan("### Task 3.1: T\n- Do.\n")
    assert [(each.number, each.name) for each in phases] == [(3, "Phase 3")]
    assert ("major", "no-heading") in findings


def test_a_task_under_another_phase_counts_for_its_own() -> None:
    phases, findings = plan("## Phase 1: A\n### Task 1.1: T\n### Task 2.1: U\n## Phase 2: B\n### Task 2.2: V\n")
    assert [[each.id for each in one.tasks] for one in phases] == [["1.1"], ["2.1", "2.2"]]
    assert ("minor", "stray-task") in findings


def test_a_task_written_twice_is_taken_from_where_it_says_most() -> None:
    text = "## Phase 1: A\n### Task 1.1: T\nshort\n### Task 1.1: T\nmuch longer\n**Acceptance Criteria:**\n- [ ] c\n"
    phases, findings = plan(text)
    assert [each.description for each in phases[0].tasks] == ["much longer"]
    assert findings == [("major", "repeated-task")]


def test_a_task_that_an_overview_only_names_is_no_second_one() -> None:
    text = "## Overview\n### Task 1.1: T\n## Phase 1: A\n### Task 1.1: T\n**Acceptance Criteria:**\n- [ ] c\n"
    phases, findings = plan(text)
    assert len(phases[0].tasks) == 1
    assert findings == []


def test_the_gate_of_a_phase_that_is_not_there_is_said() -> None:
    _, findings = plan("## Phase 1: A\n### Task 1.1: T\n### Phase 7 Validation Gate\n- [ ] x\n")
    assert ("major", "stray-gate") in findings


def test_a_gate_before_its_phase_is_that_phases_gate() -> None:
    text = "**Phase 1 Validation Gate:**\n- [ ] early\n\n## Phase 1: A\n### Task 1.1: T\n**Validation Gate:**\n- late\n"
    (one,), _ = plan(text)
    assert one.gate == ("early", "late")


def test_dependencies_may_be_a_list_and_text_behind_a_gate_is_kept() -> None:
    text = (
        "## Phase 1: A\n### Task 1.1: T\n**Dependencies:**\n- Task 0.1\n- Task 0.2\n\nDo.\n"
        "**Phase 1 Validation Gate:**\nBefore going on:\n- [ ] g\n**Owner:** me\n- [ ] h\n"
    )
    (one,), _ = plan(text)
    assert one.tasks[0].dependencies == "Task 0.1\nTask 0.2"
    assert one.gate == ("g", "h")
    assert "Do.\nBefore going on:\n**Owner:** me" in one.tasks[0].description


def test_a_file_without_phases_is_critical() -> None:
    assert plan("# Nothing\n") == ((), [("critical", "no-phases")])


@pytest.mark.parametrize(("heading", "known"), [
    ("### \u2705 Task 1.1 \u2014 T", ("1.1", "T")),
    ("### Task 1.1. T", ("1.1", "T")),
    ("#### Task 1-1 \u2212 T", ("1-1", "T")),
    ("- [ ] **Task 1.1**: T", ("1.1", "T")),
    ("- [x] **Task 1.1: T** ✅", ("1.1", "T")),
    ("### Task 1.1", ("1.1", "Task 1.1")),
])  # fmt: skip
def test_tasks_are_known_with_marks_dashes_and_as_items_to_tick_off(heading: str, known: tuple[str, str]) -> None:
    (one,), findings = plan(f"## Phase 1: A\n{heading}\n  **Acceptance Criteria:**\n  - [ ] c\n")
    assert [(each.id, each.name, each.criteria) for each in one.tasks] == [(*known, ("c",))]
    assert findings == []


def test_a_part_of_a_task_is_no_task() -> None:
    (one,), _ = plan("## Phase 1: A\n### Task 1.1: T\n#### Task 1.1.1: Part\nDo.\n")
    assert [(each.id, each.description) for each in one.tasks] == [("1.1", "#### Task 1.1.1: Part\nDo.")]


@pytest.mark.parametrize("line", [
    "### Phase 1 Validation Gate (mandatory)",
    "### \U0001f6a8 Phase 1: Validation Gate",
    "### Validation Gate: Phase 1",
    "## Validation Gate (Phase 1)",
    "### Validation gate criteria for Phase 1",
    "### Phase 1 Gate",
    "**\U0001f6d1 Phase 1 Validation Gate:**",
    "**Phase 1 Validation Gate Checklist:**",
])  # fmt: skip
def test_a_gate_is_known_in_each_of_its_spellings(line: str) -> None:
    phases, findings = plan(
        f"## Phase 1: A\n### Task 1.1: T\nAcceptance Criteria:\n- [ ] c\n\n## More\n\n{line}\n- [ ] g\n"
    )
    assert [(each.gate, each.tasks[0].criteria) for each in phases] == [(("g",), ("c",))]
    assert findings == []


def test_a_gate_may_name_tasks() -> None:
    (one,), _ = plan("## Phase 1: A\n### Task 1.1: T\n**Validation Gate:**\n- [ ] **Task 1.1** is done\n")
    assert (len(one.tasks), one.gate) == (1, ("**Task 1.1** is done",))


def test_of_two_sections_without_tasks_the_one_that_says_more_is_the_phase_and_the_other_is_named() -> None:
    report = Report()
    (one,) = read_plan("## Phase 1: Early\n- 8 hours\n## Phase 1: Late\nEverything that matters.\n", report)
    assert (one.name, one.description) == ("Late", "Everything that matters.")
    assert "'Early'" in report.findings[0].message


def test_a_gate_without_a_phase_is_said_in_words() -> None:
    report = Report()
    read_plan("**Validation Gate:**\n- [ ] g\n## Phase 1: A\n### Task 1.1: T\n", report)
    assert "a validation gate is given for no phase" in report.findings[0].message
