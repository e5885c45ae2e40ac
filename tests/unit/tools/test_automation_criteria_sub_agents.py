"""Acceptance criteria of sub-agents: tasks with inputs, states and computed fields of their own, in both modes."""

from typing import Final

import pytest

from engine.review import review
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.tools.criteria import Driven, guided, imported, objects, reviewed
from tests.unit.tools.durable import part

TASKS: Final = """
inputs: {limit: {type: number, required: false, default: 3}}
default_state: {state: {files: [a, b, c], found: [], total: 0}}
steps:
  - id: all
    type: parallel_foreach
    items: "{{ this.files }}"
    sub_agent_task: check
    max_parallel: 2
    inputs: {file: "{{ item }}", most: "{{ inputs.limit }}"}
    collect: this.found
  - {id: sum, type: batch_state_update, updates: [{path: this.total, value: "{{ this.found.length }}"}]}
  - {id: end, type: agent_prompt, prompt: "{{ this.found.join(' ') }}"}
sub_agent_tasks:
  check:
    description: Checks one file.
    inputs: {file: string, most: number}
    default_state: {state: {tries: 0, log: []}}
    state_schema: {computed: {label: {from: [this.tries, inputs.file], transform: "`${input[1]}${input[0]}`"}}}
    steps:
      - {id: add, type: batch_state_update, updates: [{path: this.tries, operation: increment}]}
      - {id: look, type: agent_prompt, prompt: "Look at {{ inputs.file }}: {{ this.label }} of {{ inputs.most }}"}
      - type: agent_response
        state_updates: [{path: this.log, operation: append, value: response}]
      - {id: more, type: agent_prompt, prompt: "{{ this.label }} {{ this.log.length }} {{ global.files.length }}"}
      - {type: agent_response, state_updates: [{path: this.log, operation: append, value: "{{ this.label }}"}]}
"""


def own_text(text: str) -> str:
    """Give the last line of a prompt: its own text, behind the hints."""
    return text.rpartition("\n")[2]


async def asked(driven: Driven, task_id: str) -> str:
    """Give what a task asks."""
    return guided(await driven.look(taskId=task_id))


@pytest.mark.requirement("AC-SAM-001")
@pytest.mark.parametrize(
    ("task", "is_valid"),
    [
        ("{description: D., prompt_template: P}", True),
        ("{description: D., steps: [{type: agent_prompt, prompt: P}]}", True),
        ("{description: D.}", False),
        ("{description: D., prompt_template: P, steps: [{type: agent_prompt, prompt: P}]}", False),
        ("{description: D., prompt_template: P, inputs: {file: colour}}", False),
        ("{description: [D], prompt_template: P}", False),
        ("{description: D., steps: []}", False),
    ],
)
def test_a_task_has_a_description_declared_inputs_and_either_steps_or_a_prompt(task: str, is_valid: bool) -> None:
    text = "steps: [{id: all, type: parallel_foreach, items: '[1]', sub_agent_task: one}]\n"
    found = reviewed(f"{text}sub_agent_tasks: {{one: {task}}}\n")
    assert found.is_valid is is_valid, found.findings
    assert is_valid or any(each.pointer.startswith("/sub_agent_tasks/one") for each in found.findings)


@pytest.mark.requirement("AC-SAM-002")
@pytest.mark.parametrize(
    ("kind", "good", "wrong"),
    [
        ("string", "x", 1),
        ("number", 1.5, "x"),
        ("boolean", True, "yes"),
        ("object", {"a": 1}, [1]),
        ("array", [1], {"a": 1}),
    ],
)
async def test_the_inputs_of_a_task_have_types_that_are_held_against_what_they_are_given(
    kind: str, good: Json, wrong: Json
) -> None:
    tasks: JsonObject = {
        "one": {"description": "D.", "inputs": {"thing": {"type": kind}}, "prompt": "P {{ inputs.thing }}"}
    }
    step: JsonObject = {
        "id": "all",
        "type": "parallel",
        "items": [good, wrong],
        "task": "one",
        "inputs": {"thing": "{{ loop.item }}"},
        "onError": {"strategy": "continue"},
    }
    source = document(step, prompt("end"), tasks=tasks)
    assert review(source).is_valid
    driven = Driven(source)
    await driven.start()
    found = objects((await driven.do("tasks"))["tasks"])
    assert [each["status"] for each in found] == ["leased", "failed"]
    assert "thing" in str(part(found[1], "error")["message"])
    shown = await driven.look(taskId="all#1")
    assert (shown["isComplete"], shown["progress"]) == (False, {"done": 0, "total": None, "percent": None})


@pytest.mark.requirement("AC-SAM-003")
@pytest.mark.requirement("AC-SAM-004")
@pytest.mark.requirement("AC-SAM-006")
@pytest.mark.requirement("AC-SAM-016")
@pytest.mark.requirement("AC-SAM-017")
@pytest.mark.requirement("AC-SAM-018")
@pytest.mark.requirement("AC-VR-022")
async def test_every_task_begins_with_its_own_state_and_what_it_writes_reaches_nobody_else() -> None:
    driven = Driven(imported(TASKS))
    await driven.start()
    assert own_text(await asked(driven, "all#0")) == "Look at a: a1 of 3"
    assert own_text(await asked(driven, "all#1")) == "Look at b: b1 of 3"
    await driven.report("all#0::look", "seen")
    assert own_text(await asked(driven, "all#0")) == "a1 1 3"
    assert own_text(await asked(driven, "all#1")) == "Look at b: b1 of 3"
    await driven.report("all#0::more", "done")
    assert own_text(await asked(driven, "all#2")) == "Look at c: c1 of 3"
    assert await driven.get("state") == {"files": ["a", "b", "c"], "found": [], "total": 0}


@pytest.mark.requirement("AC-SAM-005")
async def test_a_task_is_a_prompt_or_steps_and_both_may_stand_in_one_workflow() -> None:
    text = """
default_state: {state: {one: [], two: []}}
steps:
  - {id: first, type: parallel_foreach, items: [x], sub_agent_task: plain, collect: this.one}
  - {id: second, type: parallel_foreach, items: [y], sub_agent_task: stepped, collect: this.two}
sub_agent_tasks:
  plain: {description: D., prompt_template: "Do {{ item }}"}
  stepped:
    description: D.
    steps: [{id: ask, type: agent_prompt, prompt: A}, {id: tell, type: agent_prompt, prompt: B}]
"""
    driven = Driven(imported(text))
    walked = await driven.run({"prompt": "p", "tell": "t"})
    assert walked.keys == ["first#0::prompt", "second#0::ask", "second#0::tell"]
    assert await driven.get("state") == {"one": ["p"], "two": ["t"]}


@pytest.mark.requirement("AC-SAM-007")
@pytest.mark.requirement("AC-SAM-008")
@pytest.mark.requirement("AC-SAM-009")
@pytest.mark.requirement("AC-SAM-019")
async def test_so_many_tasks_are_out_at_once_none_is_left_out_and_their_results_are_kept_in_order() -> None:
    driven = Driven(imported(TASKS))
    answer = await driven.start()

    async def statuses() -> list[Json]:
        return [each["status"] for each in objects((await driven.do("tasks"))["tasks"])]

    assert [each["taskId"] for each in objects(answer["tasks"])] == ["all#0", "all#1"]
    assert await statuses() == ["leased", "leased", "pending"]
    for number, said in ((1, "B"), (2, "C"), (0, "A")):
        await driven.report(f"all#{number}::look", said)
        await driven.report(f"all#{number}::more", said)
        assert (await statuses()).count("leased") <= 2
    assert await statuses() == ["completed"] * 3
    assert guided(await driven.look()) == "A B C"
    assert (await driven.get("state"))["total"] == 3


@pytest.mark.requirement("AC-SAM-010")
async def test_a_task_that_takes_too_long_has_failed_and_the_others_go_on() -> None:
    text = TASKS.replace("max_parallel: 2", "timeout_seconds: 30\n    error_handling: {strategy: continue}")
    driven = Driven(imported(text))
    await driven.start()
    await driven.report("all#1::look", "B")
    await driven.report("all#1::more", "B")
    await driven.later(29)
    await driven.report("all#2::look", "C")
    await driven.report("all#2::more", "C")
    answer = await driven.later(1)
    found = objects((await driven.do("tasks"))["tasks"])
    assert [each["status"] for each in found] == ["failed", "completed", "completed"]
    assert part(found[0], "error")["type"] == "TimeoutError"
    assert answer["stepKey"] == "end"
    assert (await driven.get("state"))["found"] == [None, "B", "C"]


@pytest.mark.requirement("AC-SAM-011")
@pytest.mark.requirement("AC-SAM-012")
@pytest.mark.requirement("AC-SAM-013")
@pytest.mark.requirement("AC-SAM-014")
@pytest.mark.requirement("AC-MD-002")
@pytest.mark.requirement("AC-MD-003")
@pytest.mark.requirement("AC-MD-004")
async def test_in_serial_mode_one_task_follows_the_other_in_the_same_context_to_the_same_end() -> None:
    parallel, serial = Driven(imported(TASKS)), Driven(imported(TASKS), serial=True)
    first = await serial.start()
    assert (first["stepKey"], "tasks" in first) == ("all#0::look", False)
    assert "Debug mode is active" in guided(first)
    assert "Do not create subtasks" in guided(first)
    one, other = await parallel.run(), await serial.walk(first)
    assert one.keys == other.keys
    assert one.keys[:3] == ["all#0::look", "all#0::more", "all#1::look"]
    assert [own_text(each) for each in one.prompts] == [own_text(each) for each in other.prompts]
    ends = [await driven.do("get") for driven in (parallel, serial)]
    for name in ("status", "inputs", "state", "computed", "progress", "isComplete"):
        assert ends[0][name] == ends[1][name], name


@pytest.mark.requirement("AC-SAM-015")
async def test_limits_of_time_are_the_same_in_serial_mode() -> None:
    text = TASKS.replace("max_parallel: 2", "timeout_seconds: 30")
    driven = Driven(imported(text), serial=True)
    assert (await driven.start())["remainingSeconds"] == 30
    assert (await driven.later(29))["stepKey"] == "all#0::look"
    assert (await driven.later(1))["status"] == "failed"


@pytest.mark.requirement("AC-SAM-021")
async def test_nothing_of_a_task_is_kept_in_a_session_once_its_step_is_done() -> None:
    driven = Driven(imported(TASKS))
    await driven.start()

    async def kept() -> list[str]:
        return [*(await driven.running.runner.session(driven.session_id)).state.nested]

    assert await kept() == ["all#0", "all#1"]
    for number in range(3):
        await driven.report(f"all#{number}::look")
        await driven.report(f"all#{number}::more")
    assert (await driven.look())["stepKey"] == "end"
    assert await kept() == []
