import pytest

from engine.review import review
from engine.structure import structure_findings
from engine.structure_references import MAX_PROVED
from schema.values import Json, JsonObject
from tests.unit.engine.automations import (
    LINT,
    ask,
    change,
    computed,
    fan,
    findings,
    found,
    jump,
    over,
    put,
    run,
    say,
    when,
)
from tests.unit.engine.flows import document, each, loop, phase, phased, prompt, times, while_

SOUND: list[tuple[list[Json], JsonObject]] = [
    ([when("state.anything && other.thing")], {}),
    ([put(change("a", "state of the art"), change("b", "session: {{ session.id }}"))], {}),
    ([put(change("a", [2**53 - 1, 1e300]))], {"state": {"a": 0.5}, "extra": {"id": 2**60}}),
    ([over("[1]")], {"tasks": {"lint": {**LINT, "computed": {"a": computed("global.a")}}}}),
    ([when("inputs.name.length > 1 && inputs.hasOwnProperty('name')")], {"inputs": {"name": {"type": "string"}}}),
    ([when("Object.keys(inputs).length > 0 && Object.keys(state) && Math.PI > 3")], {"state": {}}),
    ([when("true"), say("{{ Math.PI }} {{ null }} {{ Date.now() }}")], {"state": {}}),
    ([say(r"\{{ inputs.x }}")], {}),
    ([put(change("a", 1)), when("state.a > this.a && a")], {"state": {}}),
    ([prompt("one", produces={"a": "string"}), prompt("two", requires={"a": "string"}, prompt="{{ a }}")], {
        "state": {},
    }),
    ([loop("rep", each("state.list", itemVar="file"), [say("{{ file.name }} {{ loop.total }} {{ currentIndex }}")])], {
        "state": {"list": []},
    }),
    ([loop("rep", {"type": "while", "condition": "currentIteration < 3"}, [prompt("one")])], {"state": {}}),
    ([loop("rep", while_({"var": "loop.index", "lt": 3}), [when("a", jump(), otherwise=[]), prompt("one")])], {}),
    ([loop("rep", times(2), [when("a", jump(), runCondition="b", otherwise=[jump("continue")]), prompt("one")])], {}),
    ([loop("rep", times(2), [jump(runCondition="a"), prompt("one")])], {}),
    ([prompt("one", update=[change("a", "{{ result.any }}")]), when('steps["one"].output.x')], {}),
    ([run("ls", update=[change("a", "{{ result.data[0] }} {{ JSON.stringify(result) }}")])], {}),
    ([put({"path": "n", "operation": "increment"}, change("m", "{{ n }}", "multiply"))], {"state": {"n": None}}),
    ([put(change("a", 1, "increment")), put(change("a", "x"), id="put-2")], {"state": {"a": "one"}}),
    ([prompt("one", produces={"a": "number"}), put(change("a", 1, "increment"))], {"state": {"a": "one"}}),
    ([put(change("list[5].x", 1, "increment"), change("n.m", 1, "append"))], {"state": {"list": [1], "n": 3}}),
    ([put(change("a", 1, "append"))], {"state": {"a": [1]}}),
    ([put(change("state.a", 1)), say("{{ state.a }}")], {"inputs": {"a": {"type": "string"}}}),
    ([put(change("unlike", 1))], {"state": {"total": 1}}),
    ([ask(fields=[{"name": "kind"}, {"name": "door", "visibleWhen": {"var": "kind"}}])], {"state": {}}),
    ([ask(fields=[{"name": "low"}, {"name": "high", "validation": {"expression": "value > low"}}])], {"state": {}}),
    ([ask(kind="choice", choices=["a"], default="A "), ask(kind="json", default=1, id="two")], {}),
    ([ask(kind="choice", choices=["{{ state.a }}", 2], default="b")], {}),
    ([ask(kind="choice", choices=[1, 2], default="{{ state.a }}")], {}),
    ([ask(kind="number", default="{{ state.n }}"), ask(id="two", default="ab", validation={"minLength": 2})], {}),
    ([over("state.files", join=3, collect={"store": "a", "value": "{{ steps.prompt.output + inputs.index }}"})], {
        "tasks": {"lint": LINT},
    }),
    ([fan(items="[1]", task="lint", inputs={"item": 3})], {
        "tasks": {"lint": {"inputs": {"item": {"type": "integer"}}, "prompt": "{{ item }} {{ total }} {{ global.x }}"}},
    }),
    ([over("[1]", collect={"store": "a", "value": "x"})], {"tasks": {"lint": LINT}}),
    ([{"id": "sub", "type": "workflow", "workflowId": "other", "outputs": {"a": "{{ state.x + inputs.y }}"}}], {}),
    ([prompt("one")], {"computed": {"a": computed("state.x"), "b": computed(["this.a", "a", "inputs"])}}),
    ([prompt("one")], {"inputs": {"a": {"type": "string", "required": False, "validation": {"message": "m"}}}}),
    ([prompt("one", expect={"type": "object"}), {"id": "line", "type": "command", "shellLine": "a | b"}], {}),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "keys"), SOUND)
def test_a_sound_document_has_no_finding(steps: list[Json], keys: JsonObject) -> None:
    assert found(*steps, **keys) == []


def test_a_task_that_only_an_unused_one_hands_out_is_unused() -> None:
    tasks: JsonObject = {"lint": LINT, "outer": {"steps": [over("[1]")]}}
    assert found(prompt("one"), tasks=tasks) == [("unused-task", "/tasks/lint"), ("unused-task", "/tasks/outer")]


def test_nested_loops_of_sessions_may_make_more_passes_than_one_call_looks_at() -> None:
    inner = loop("inner", each("b", maxIterations=1000), [prompt("one")])
    assert found(loop("outer", each("a", maxIterations=1000), [inner])) == []


def test_phases_hold_steps_of_automation_and_their_checks() -> None:
    text = phased(phase(1, prompt("one"), jump()), phase(2, when("state.a", prompt("two"))), state={"a": 1})
    assert [(each.rule, each.pointer) for each in structure_findings(text)] == [
        ("jump-outside-loop", "/phases/0/tasks/1")
    ]


def test_a_name_in_an_expression_is_told_with_its_line_and_column() -> None:
    (wrong,) = findings(when("1 > 0\n  && inputs.nmae"), inputs={"name": {"type": "string"}})
    assert wrong.message == "there is no inputs.nmae (line 2, column 6)"
    assert wrong.suggestion == "did you mean 'name'?"


def test_the_place_of_a_name_is_that_of_the_one_that_is_wrong() -> None:
    (wrong,) = findings(when("state.a > 3\n  && state?.b.length > state.a"), state={"a": 1})
    assert wrong.message == "there is no state.b (line 2, column 6)"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("state.a = 3", "compare with ==="),
        ("state.a++", "write x + 1"),
        ("state.a == 3 and not state.b", "&& for and"),
        ("1 if state.a else 2", "condition ? one : other"),
        ("[x for x in state.a]", "filter"),
        ("state.a.map(function (x) { return x; })", "arrow function"),
        ("Math.random() > 0.5", "let a call"),
        ("'a and' b", "write one JavaScript expression"),
        ("None", "JavaScript writes null"),
        ("state.a === True", "JavaScript writes true"),
    ],
)
def test_habits_of_other_languages_are_told_what_javascript_writes(text: str, advice: str) -> None:
    (wrong,) = findings(when(text), state={"a": 1, "b": 2})
    assert wrong.suggestion is not None
    assert advice in wrong.suggestion


def test_a_name_written_otherwise_in_an_expression_has_the_place_of_its_start() -> None:
    (wrong,) = findings(when("`${ inputs['na me'] }`.length"))
    assert wrong.message == "there is no inputs.na me (line 1, column 5)"


def test_each_name_of_an_expression_is_told_once() -> None:
    assert len(findings(when("inputs.a.b + inputs.a.b.c.d + inputs.a.b"))) == 1


def test_expressions_of_one_document_are_bounded() -> None:
    long = f"'{'x' * 4000}'"
    steps: list[Json] = [
        say(f"{{{{ {long} + {number} }}}}", f"say-{number}") for number in range(MAX_PROVED // 4000 + 1)
    ]
    assert {rule for rule, _ in found(*steps)} == {"bad-expression"}


def test_behind_an_if_is_what_all_its_branches_produce() -> None:
    one, two = prompt("one", produces={"a": "string", "b": "string"}), prompt("two", produces={"a": "integer"})
    needs = prompt("three", requires={"a": "string", "b": "string"})
    both = when("x", one, otherwise=[two])
    assert found(both, needs) == [("not-produced", "/steps/1/requires/b")]
    alike = when("x", one, otherwise=[prompt("two", produces={"a": "string", "b": "string"})])
    assert found(alike, needs) == []
    assert found({**alike, "runCondition": "y"}, prompt("three", requires={"a": "string"})) == [
        ("not-produced", "/steps/1/requires/a"),
    ]
    assert found(when("x", one), prompt("three", requires={"a": "string"})) == [("not-produced", "/steps/1/requires/a")]


def test_what_is_declared_is_there_from_the_start() -> None:
    needs = prompt("one", requires={"a": "integer", "b": "array", "c": "string"})
    keys: JsonObject = {"inputs": {"a": {"type": "string"}}, "state": {"b": []}, "computed": {"c": computed("state.b")}}
    assert found(needs, **keys) == [("other-type", "/steps/0/requires/a")]


def test_what_steps_in_tasks_and_after_failures_require_is_looked_at() -> None:
    inner: JsonObject = {"steps": [prompt("aaa", requires={"path": "string", "x": "string"})], "state": {"path": ""}}
    failing: JsonObject = {"then": [prompt("bbb", requires={"y": "string"})]}
    steps: list[Json] = [prompt("one", onError=failing), fan(items="[1]", task="lint")]
    assert found(*steps, tasks={"lint": inner}) == [
        ("not-produced", "/steps/0/onError/then/0/requires/y"),
        ("not-produced", "/tasks/lint/steps/0/requires/x"),
    ]


@pytest.mark.parametrize("kind", ["user_message", "shell_command", "conditional", "foreach", "batch_state_update"])
def test_a_step_type_of_an_earlier_language_is_told_what_to_write_now(kind: str) -> None:
    checked = review(document({"id": "one", "type": kind}, tasks={"a/b~c": {"steps": [{"id": "two", "type": kind}]}}))
    told = [each for each in checked.findings if each.rule == "retired-type"]
    assert [each.pointer for each in told] == ["/steps/0/type", "/tasks/a~1b~0c/steps/0/type"]
    assert all(each.suggestion is not None and "type:" in each.suggestion for each in told)


def test_a_kind_of_loop_is_no_step_type() -> None:
    text = document(loop("rep", {"type": "foreach", "items": "a"}, [prompt("one")]), config={})
    (wrong,) = review(text).findings
    assert (wrong.rule, wrong.pointer, wrong.suggestion) == ("enum", "/steps/0/loop/type", "did you mean 'forEach'?")


def test_other_unknown_types_stay_what_the_schema_says_of_them() -> None:
    assert [each.rule for each in review(document({"id": "one", "type": "massage"})).findings] == ["enum"]
    assert [each.rule for each in review(document({"id": "one", "type": ["set"]})).findings] == ["enum"]
    assert [each.rule for each in review(document(state=3)).findings] != []
