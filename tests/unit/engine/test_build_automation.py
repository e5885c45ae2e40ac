import pytest

from engine.build import build
from engine.definition import (
    FAIL,
    Backoff,
    CallStep,
    Change,
    CommandStep,
    Constant,
    IfStep,
    InputStep,
    Join,
    JumpKind,
    JumpStep,
    LoopStep,
    MessageStep,
    Operation,
    ParallelStep,
    PromptStep,
    Script,
    SetStep,
    Slot,
    Step,
    Strategy,
    Template,
    Validator,
    WaitStep,
    WorkflowStep,
)
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, each, loop, prompt, times, while_


def built(**keys: Json) -> Step:
    """Give the step of that document in a workflow with a task `work`."""
    tasks: JsonObject = {"work": {"prompt": "Work."}}
    return build(document({"id": "one", **keys}, tasks=tasks)).steps[0]


def test_a_message_has_its_defaults() -> None:
    step = built(type="message", message="Hi {{ state.name }}")
    assert isinstance(step, MessageStep)
    assert (step.title, step.level, step.format, step.long) == ("one", "info", "text", "full")
    assert step.text.parts[0] == "Hi "


def test_a_question_for_one_answer_has_one_field_named_value() -> None:
    step = built(type="input", prompt="Which?", kind="choice", choices=["a", "b"], default="{{ state.a }}")
    assert isinstance(step, InputStep)
    (field,) = step.fields
    assert (step.is_single, step.max_attempts, field.name, field.prompt) == (True, 3, "value", "")
    assert field.choices == Constant(["a", "b"])
    assert isinstance(field.default, Template)
    assert field.required


def test_fields_of_a_question_keep_their_checks_and_conditions() -> None:
    validation: JsonObject = {"min": 1, "maxLength": 3, "oneOf": [1], "expression": "value > 0", "message": "No."}
    fields: Json = [
        {"name": "a", "prompt": "A", "kind": "number", "required": False, "validation": validation},
        {"name": "b", "kind": "choice", "choices": "state.list", "visibleWhen": "a > 1"},
    ]
    step = built(type="input", prompt="p", fields=fields, maxAttempts=5, skippable=True, store="got")
    assert isinstance(step, InputStep)
    first, second = step.fields
    assert (step.is_single, step.max_attempts, step.skippable, step.outcome.store) == (False, 5, True, "got")
    assert first.checks == (
        Validator("min", {"min": 1}),
        Validator("max_length", {"max": 3}),
        Validator("one_of", {"values": [1]}),
    )
    assert (first.prompt, first.required, first.message, first.default) == ("A", False, "No.", None)
    assert first.rule is not None
    assert isinstance(second.choices, Template)
    assert second.choices.parts == (Slot("{{state.list}}", ("state", "list")),)
    assert isinstance(second.visible_when, Script)


def test_choices_may_be_any_expression() -> None:
    step = built(type="input", prompt="p", kind="choice", choices="state.list.slice(1)")
    assert isinstance(step, InputStep)
    choices = step.fields[0].choices
    assert isinstance(choices, Template)
    assert isinstance(slot := choices.parts[0], Slot)
    assert slot.path is None
    assert slot.script is not None


def test_a_call_keeps_its_parameters_and_failure() -> None:
    failing: JsonObject = {"strategy": "fallback", "fallbackValue": {"ok": False}, "maxRetries": 1}
    step = built(type="call", tool="pay", parameters={"n": "{{ state.n }}"}, onError=failing, irreversible=True)
    assert isinstance(step, CallStep)
    assert (step.tool, step.irreversible, step.skippable, step.outcome.timeout) == ("pay", True, False, None)
    assert step.outcome.on_error.strategy is Strategy.FALLBACK
    assert step.outcome.on_error.max_retries == 1
    assert step.outcome.on_error.fallback is not None


def words_of(run: Json) -> list[str]:
    step = built(type="command", run=run)
    assert isinstance(step, CommandStep)
    return ["".join(part if isinstance(part, str) else part.written for part in word.parts) for word in step.words]


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (["git", "commit", "-m", "a b {{ state.n }}"], ["git", "commit", "-m", "a b {{ state.n }}"]),
        (
            "git commit -m 'a b' --x=\"{{ state['a b'] }} y\"",
            ["git", "commit", "-m", "a b", "--x={{ state['a b'] }} y"],
        ),
        (
            "echo {{ state.a + ' ' + state.b }} {{ state.c }}",
            ["echo", "{{ state.a + ' ' + state.b }}", "{{ state.c }}"],
        ),
        ("a \ue0000\ue001 b", ["a", "�0�", "b"]),
        ("a '' b", ["a", "", "b"]),
    ],
)
def test_a_command_is_split_as_a_shell_splits_and_a_template_stays_in_its_word(run: Json, words: list[str]) -> None:
    assert words_of(run) == words


def test_a_command_has_its_defaults() -> None:
    step = built(type="command", run="ls", env={"A": "{{ state.a }}"}, update=[{"path": "n", "operation": "increment"}])
    assert isinstance(step, CommandStep)
    assert (step.parse, step.repeatable, step.line, step.cwd.parts, step.outcome.timeout) == ("text", False, "", (), 60)
    assert [name for name, _ in step.env] == ["A"]
    assert step.outcome.updates == (Change("n", Operation.INCREMENT, Constant(1)),)


def test_a_shell_line_is_kept_as_it_is() -> None:
    step = built(type="command", shellLine="a | b", timeout=5, parse="lines", cwd="x")
    assert isinstance(step, CommandStep)
    assert (step.line, step.words, step.outcome.timeout, step.cwd.parts) == ("a | b", (), 5, ("x",))


def test_a_set_step_has_its_updates() -> None:
    step = built(type="set", update=[{"path": "a", "value": 1}, {"path": "b", "operation": "remove"}])
    assert isinstance(step, SetStep)
    assert [(each.path, each.operation, each.value) for each in step.updates] == [
        ("a", Operation.SET, Constant(1)),
        ("b", Operation.REMOVE, Constant(None)),
    ]
    assert step.on_error == FAIL


def test_retries_come_from_the_step_or_the_config_or_are_three() -> None:
    update: Json = [{"path": "a", "value": 1}]
    steps = [{"id": f"s-{n}", "type": "set", "update": update} for n in range(4)]
    failing: list[JsonObject] = [
        {"strategy": "retry", "backoff": {"initial": 5, "jitter": 0.5}},
        {"strategy": "retry", "maxRetries": 7},
        {"strategy": "continue"},
        {},
    ]
    listed: list[Json] = [{**step, "onError": each} for step, each in zip(steps, failing, strict=True)]
    errors = [step.on_error for step in build(document(*listed)).steps if isinstance(step, SetStep)]
    assert [error.max_retries for error in errors] == [3, 7, 0, 0]
    assert errors[0].backoff == Backoff(5.0, 2.0, 60.0, 0.5)
    configured = build(document(*listed, config={"maxRetries": 1})).steps[0]
    assert isinstance(configured, SetStep)
    assert configured.on_error.max_retries == 1


def test_an_if_has_a_branch_for_its_condition_each_case_and_its_else() -> None:
    one: Json = [prompt("two")]
    plain = built(type="if", condition="state.a", then=one)
    assert isinstance(plain, IfStep)
    assert [len(branch.steps) for branch in plain.branches] == [1]
    cases: Json = [{"when": {"var": "a"}, "then": []}, {"when": "state.b", "then": one}]
    otherwise: JsonObject = {"else": [prompt("three")]}
    step = built(type="if", cases=cases, **otherwise)
    assert isinstance(step, IfStep)
    assert [(branch.when is None, len(branch.steps)) for branch in step.branches] == [(False, 0), (False, 1), (True, 1)]


def test_jumps_have_their_kind() -> None:
    workflow = build(
        document(loop("rep", times(2), [{"id": "on-1", "type": "continue"}, {"id": "out", "type": "break"}]))
    )
    kinds = [place.step.kind for place in workflow.places.values() if isinstance(place.step, JumpStep)]
    assert kinds == [JumpKind.CONTINUE, JumpKind.BREAK]


def test_a_parallel_step_has_one_part_for_its_items_and_its_defaults() -> None:
    step = built(type="parallel", items="state.files", task="work", inputs={"a": "{{ loop.item }}"}, collect="state.x")
    assert isinstance(step, ParallelStep)
    assert isinstance(step.items, Script)
    assert [part.task for part in step.parts] == ["work"]
    assert (step.max_parallel, step.lease, step.join, step.collect) == (10, 600, Join(None), None)
    assert step.outcome.store == "state.x"


def test_a_parallel_step_has_a_part_for_each_branch() -> None:
    branches: Json = [{"task": "work"}, {"task": "work", "inputs": {"a": 1}}]
    collect: JsonObject = {"store": "y", "value": "{{ state.a }}"}
    step = built(type="parallel", branches=branches, join="any", collect=collect, lease=5, timeout=9, maxParallel=2)
    assert isinstance(step, ParallelStep)
    assert (step.items, len(step.parts), step.join, step.lease, step.max_parallel) == (None, 2, Join(1), 5, 2)
    assert (step.outcome.store, step.outcome.timeout) == ("y", 9)
    assert step.collect is not None


def test_a_parallel_step_may_list_its_items_and_wait_for_some() -> None:
    step = built(type="parallel", items=[1, 2, 3], task="work", join=2)
    assert isinstance(step, ParallelStep)
    assert (step.items, step.join, step.outcome.store) == (Constant([1, 2, 3]), Join(2), "")


def test_a_wait_has_what_ends_it() -> None:
    ends: JsonObject = {"type": "wait", "for": 5, "until": "state.a", "signal": "go", "timeout": 9}
    bare, full = (
        built(type="wait"),
        built(**ends),
    )
    assert isinstance(bare, WaitStep)
    assert isinstance(full, WaitStep)
    assert (bare.seconds, bare.until, bare.signal, bare.text.parts) == (None, None, "", ())
    assert (full.seconds, full.signal, full.outcome.timeout) == (Constant(5), "go", 9)
    assert full.until is not None


def test_a_workflow_step_has_its_outputs() -> None:
    step = built(type="workflow", workflowId="other", outputs={"state.a": "{{ state.b }}"}, isolated=False)
    assert isinstance(step, WorkflowStep)
    assert (step.workflow_id, step.isolated, [path for path, _ in step.outputs]) == ("other", False, ["state.a"])


def test_a_prompt_has_what_becomes_of_its_answer() -> None:
    step = built(
        title="One", prompt="{{ state.a + 1 }}", expect={"type": "object"}, context={"a": "{{ b }}"}, store="x"
    )
    assert isinstance(step, PromptStep)
    assert (step.expect, step.outcome.store) == ({"type": "object"}, "x")
    assert step.context is not None
    assert isinstance(slot := step.text.parts[0], Slot)
    assert slot.script is not None


def test_an_amount_is_an_expression_only_where_the_document_uses_automation() -> None:
    settings = each("plan.files || []")
    older = build(document(loop("rep", settings, [prompt("one")]))).steps[0]
    newer = build(document(loop("rep", settings, [prompt("one")]), state={})).steps[0]
    dotted = build(document(loop("rep", times("plan.n"), [prompt("one")]), state={})).steps[0]
    assert isinstance(older, LoopStep)
    assert isinstance(newer, LoopStep)
    assert isinstance(dotted, LoopStep)
    assert older.script is None
    assert newer.script is not None
    assert (dotted.script, dotted.source) == (None, ("plan", "n"))


def test_a_loop_condition_may_be_an_expression() -> None:
    settings: JsonObject = {**while_({}), "condition": "state.n < 3"}
    step = build(document(loop("rep", settings, [prompt("one")]))).steps[0]
    assert isinstance(step, LoopStep)
    assert isinstance(step.test, Script)
