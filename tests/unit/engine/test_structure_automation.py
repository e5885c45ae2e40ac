import pytest

from engine.review import review
from engine.structure import structure_findings
from engine.structure_references import MAX_PROVED
from engine.structure_rules import AUTOMATION_RULES, RULES
from schema.finding import Finding
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, each, loop, phase, phased, prompt, times, while_

LINT: JsonObject = {"inputs": {"path": {"type": "string"}}, "prompt": "Look at {{ inputs.path }}."}


def findings(*steps: Json, **keys: Json) -> tuple[Finding, ...]:
    """Give what is found in a document of automation that the schema accepts."""
    text = document(*steps, **{"config": {}, **keys})
    checked = review(text)
    assert not [each for each in checked.findings if each.rule not in RULES]
    return structure_findings(text)


def found(*steps: Json, **keys: Json) -> list[tuple[str, str]]:
    """Give rule and pointer of each finding."""
    return [(each.rule, each.pointer) for each in findings(*steps, **keys)]


def put(*updates: Json, **keys: Json) -> JsonObject:
    """Give a set step."""
    return {"id": "put", "type": "set", "update": list(updates), **keys}


def change(path: str, value: Json, operation: str = "set") -> JsonObject:
    """Give an update."""
    return {"path": path, "operation": operation, "value": value}


def say(text: str, step_id: str = "say") -> JsonObject:
    """Give a message step."""
    return {"id": step_id, "type": "message", "message": text}


def when(condition: Json, *then: Json, **keys: Json) -> JsonObject:
    """Give an if step."""
    return {"id": "when", "type": "if", "condition": condition, "then": list(then), **keys}


def jump(kind: str = "break", **keys: Json) -> JsonObject:
    """Give a break or continue."""
    return {"id": f"{kind}-1", "type": kind, **keys}


def ask(**keys: Json) -> JsonObject:
    """Give an input step."""
    return {"id": "ask", "type": "input", "prompt": "What?", **keys}


def run(words: Json, **keys: Json) -> JsonObject:
    """Give a command step."""
    return {"id": "run", "type": "command", "run": words, **keys}


def fan(**keys: Json) -> JsonObject:
    """Give a parallel step."""
    return {"id": "fan", "type": "parallel", **keys}


def over(items: Json, **keys: Json) -> JsonObject:
    """Give a parallel step that hands out `lint` for each of the items."""
    return fan(items=items, task="lint", inputs={"path": "{{ loop.item }}"}, **keys)


def computed(source: Json, expression: str = "input") -> JsonObject:
    """Give a computed field."""
    return {"from": source, "expression": expression}


CASES: list[tuple[str, str, list[Json], JsonObject]] = [
    ("bad-expression", "/steps/0/condition", [when("1 +")], {}),
    ("bad-expression", "/steps/0/update/0/value", [put(change("a", "{{ a b }}"))], {}),
    ("bad-expression", "/steps/0/loop/items", [loop("rep", each("a b"), [prompt("one")])], {}),
    ("bad-expression", "/steps/0/runCondition", [prompt("one", runCondition="a =")], {}),
    ("bad-expression", "/computed/a/expression", [prompt("one")], {"computed": {"a": computed("state.x", "input[")}}),
    ("bad-expression", "/inputs/a/validation/expression", [prompt("one")], {
        "inputs": {"a": {"type": "string", "validation": {"expression": "value >"}}},
    }),
    ("template-expression", "/steps/0/message", [say("{{ a b }}")], {}),
    ("unclosed-template", "/steps/0/message", [say("{{ a")], {}),
    ("unknown-reference", "/steps/0/condition", [when("inputs.nmae")], {"inputs": {"name": {"type": "string"}}}),
    ("unknown-reference", "/steps/0/condition/and/0/var", [when({"and": [{"var": "inputs.nmae"}]})], {}),
    ("unknown-reference", "/steps/0/condition", [when("state.a")], {"state": {}}),
    ("unknown-reference", "/steps/0/condition", [when("this.a")], {"state": {}}),
    ("unknown-reference", "/steps/0/condition", [when("computed.a")], {}),
    ("unknown-reference", "/steps/0/condition", [when("session.user")], {}),
    ("unknown-reference", "/steps/0/condition", [when("loop.index")], {}),
    ("unknown-reference", "/steps/0/condition", [when("a")], {"state": {}}),
    ("unknown-reference", "/steps/0/condition", [when("result.a")], {}),
    ("unknown-reference", "/steps/0/condition", [when('steps["gone"].output')], {}),
    ("unknown-reference", "/steps/0/condition", [when('steps["when"].output')], {}),
    ("unknown-reference", "/steps/1/condition", [prompt("one"), when('steps["one"].result')], {}),
    ("unknown-reference", "/steps/0/condition", [when("Object.keys(steps)")], {}),
    ("unknown-reference", "/steps/0/cases/0/when", [
        {"id": "cas", "type": "if", "cases": [{"when": "inputs.a", "then": []}]},
    ], {}),
    ("unknown-reference", "/steps/0/update/0/value/a~1b/0", [put(change("a", {"a/b": ["{{ inputs.x }}"]}))], {}),
    ("unknown-reference", "/steps/0/update/0/value", [run("ls", update=[change("a", "{{ result.code }}")])], {}),
    ("unknown-reference", "/steps/0/onError/fallbackValue", [
        run("ls", onError={"strategy": "fallback", "fallbackValue": "{{ inputs.x }}"}),
    ], {}),
    ("unknown-reference", "/steps/0/onError/then/0/condition", [
        run("ls", onError={"then": [when("inputs.x")]}),
    ], {}),
    ("unknown-reference", "/steps/0/body/0/condition", [loop("rep", times(2), [when("loop.size")])], {}),
    ("unknown-reference", "/steps/0/loop/count", [loop("rep", times("inputs.n"), [prompt("one")])], {}),
    ("unknown-reference", "/steps/0/loop/items", [loop("rep", each("loop.item"), [prompt("one")])], {}),
    ("unknown-reference", "/steps/0/choices", [ask(kind="choice", choices="inputs.x")], {}),
    ("unknown-reference", "/steps/0/validation/expression", [ask(validation={"expression": "inputs.x == value"})], {}),
    ("unknown-reference", "/steps/0/fields/1/visibleWhen", [
        ask(fields=[{"name": "kind"}, {"name": "door", "visibleWhen": "kidn == 1"}]),
    ], {"state": {}}),
    ("unknown-reference", "/steps/0/fields/0/default", [ask(fields=[{"name": "a", "default": "{{ inputs.x }}"}])], {}),
    ("unknown-reference", "/steps/0/inputs/path", [
        fan(items="[1]", task="lint", inputs={"path": "{{ loop.itm }}"}),
    ], {"tasks": {"lint": LINT}}),
    ("unknown-reference", "/steps/0/branches/0/inputs/path", [
        fan(branches=[{"task": "lint", "inputs": {"path": "{{ inputs.x }}"}}]),
    ], {"tasks": {"lint": LINT}}),
    ("unknown-reference", "/steps/0/collect/value", [
        over("[1]", collect={"store": "a", "value": "{{ inputs.paht }}"}),
    ], {"tasks": {"lint": LINT}}),
    ("unknown-reference", "/steps/0/until", [{"id": "rest", "type": "wait", "until": "inputs.x"}], {}),
    ("unknown-reference", "/steps/0/inputs/a", [
        {"id": "sub", "type": "workflow", "workflowId": "other", "inputs": {"a": "{{ inputs.x }}"}},
    ], {}),
    ("unknown-reference", "/steps/0/outputs/state.a", [
        {"id": "sub", "type": "workflow", "workflowId": "other", "outputs": {"state.a": "{{ steps.one.output }}"}},
    ], {}),
    ("unknown-reference", "/computed/a/from", [prompt("one")], {"computed": {"a": computed("inputs.x")}}),
    ("unknown-reference", "/computed/a/from/1", [prompt("one")], {
        "computed": {"a": computed(["state.x", "inputs.x"])},
    }),
    ("unknown-reference", "/tasks/lint/computed/a/from", [over("[1]")], {
        "tasks": {"lint": {**LINT, "computed": {"a": computed("inputs.x")}}},
    }),
    ("unknown-in-text", "/steps/0/prompt", [prompt("one", prompt="{{ inputs.x }}")], {}),
    ("unknown-in-text", "/steps/0/guidance/1", [prompt("one", guidance=["a", "{{ inputs.x }}"])], {}),
    ("unknown-in-text", "/steps/0/context/a", [prompt("one", context={"a": "{{ inputs.x }}"})], {}),
    ("unknown-in-text", "/steps/0/message", [say("{{ loop.index }}")], {}),
    ("unknown-in-text", "/tasks/lint/prompt", [over("[1]")], {"tasks": {"lint": {**LINT, "prompt": "{{ inputs.a }}"}}}),
    ("template-name", "/steps/1/message", [put(change("total", 1)), say("{{ state.totl }}")], {}),
    ("template-name", "/steps/1/message", [put(change("total", 1)), say("{{ totl }}")], {}),
    ("template-name", "/tasks/lint/prompt", [over("[1]"), put(change("total", 1))], {
        "tasks": {"lint": {**LINT, "prompt": "{{ global.totl }}"}},
    }),
    ("condition-name", "/steps/1/condition", [put(change("total", 1)), when("state.totl > 1")], {}),
    ("computed-cycle", "/computed/a", [prompt("one")], {
        "computed": {"a": computed("this.b"), "b": computed("c"), "c": computed(["state.x", "computed.a"])},
    }),
    ("computed-cycle", "/computed/a", [prompt("one")], {"computed": {"a": computed("state.x", "input + computed.a")}}),
    ("computed-cycle", "/tasks/lint/computed/a", [over("[1]")], {
        "tasks": {"lint": {**LINT, "computed": {"a": computed("a")}}},
    }),
    ("bad-path", "/steps/0/update/0/path", [put(change("a..b", 1))], {}),
    ("bad-path", "/steps/0/store", [prompt("one", store="a b")], {}),
    ("bad-path", "/steps/0/collect", [over("[1]", collect="[0]")], {"tasks": {"lint": LINT}}),
    ("bad-path", "/steps/0/collect/store", [
        over("[1]", collect={"store": "a.", "value": 1}),
    ], {"tasks": {"lint": LINT}}),
    ("bad-path", "/steps/0/outputs/a b", [
        {"id": "sub", "type": "workflow", "workflowId": "other", "outputs": {"a b": 1}},
    ], {}),
    ("read-only", "/steps/0/update/0/path", [put(change("inputs.a", 1))], {}),
    ("read-only", "/steps/0/update/0/path", [put(change("global.a", 1))], {}),
    ("read-only", "/steps/0/update/0/path", [put(change("computed.a", 1))], {"computed": {"a": computed("state.x")}}),
    ("read-only", "/steps/0/update/0/path", [put(change("this.a", 1))], {"computed": {"a": computed("state.x")}}),
    ("read-only", "/steps/0/update/0/path", [put(change("a", 1))], {"computed": {"a": computed("state.x")}}),
    ("read-only", "/steps/0/update/0/path", [put(change("a[0]", 1))], {"inputs": {"a": {"type": "array"}}}),
    ("update-type", "/steps/0/update/0/path", [put(change("a", 1, "increment"))], {"state": {"a": "one"}}),
    ("update-type", "/steps/0/update/0/path", [put(change("a", 1, "multiply"))], {"state": {"a": True}}),
    ("update-type", "/steps/0/update/0/path", [put(change("a.b", 1, "append"))], {"state": {"a": {"b": 1}}}),
    ("update-type", "/steps/0/update/0/path", [put(change("a[0]", {}, "merge"))], {"state": {"a": [[]]}}),
    ("update-type", "/steps/0/update/0/value", [put(change("a", "x", "increment"))], {}),
    ("update-type", "/steps/0/update/0/value", [put({"path": "a", "value": True, "operation": "decrement"})], {}),
    ("update-type", "/steps/0/update/0/value", [put(change("a", [], "merge"))], {}),
    ("undeclared-state", "/steps/0/update/0/path", [put(change("totl", 1))], {"state": {"total": 1}}),
    ("jump-outside-loop", "/steps/0", [jump()], {}),
    ("jump-outside-loop", "/steps/0/then/0", [when("a", jump("continue"))], {}),
    ("unreachable-step", "/steps/0/body/1", [loop("rep", times(2), [jump(), prompt("one")])], {}),
    ("unreachable-step", "/steps/0/body/1", [
        loop("rep", times(2), [when("a", jump(), **{"else": [prompt("one"), jump("continue")]}), prompt("two")]),
    ], {}),
    ("unreachable-step", "/steps/0/then", [when(" false ", prompt("one"))], {}),
    ("unreachable-step", "/steps/0/then", [when({"or": []}, prompt("one"))], {}),
    ("unreachable-step", "/steps/0/else", [when("true", **{"else": [prompt("one")]})], {}),
    ("unreachable-step", "/steps/0/cases/1/then", [
        {"id": "cas", "type": "if", "cases": [{"when": {}, "then": []}, {"when": "a", "then": [prompt("one")]}]},
    ], {}),
    ("unreachable-step", "/steps/0/runCondition", [prompt("one", runCondition="false")], {}),
    ("unreachable-step", "/steps/0/loop/condition", [
        loop("rep", {"type": "while", "condition": "false"}, [prompt("one")]),
    ], {}),
    ("self-workflow", "/steps/0/workflowId", [{"id": "sub", "type": "workflow", "workflowId": "flow"}], {}),
    ("unknown-task", "/steps/0/task", [fan(items="[1]", task="lnt")], {"tasks": {"lint": LINT}}),
    ("unknown-task", "/steps/0/branches/0/task", [fan(branches=[{"task": "lint"}])], {}),
    ("circular-task", "/tasks/self", [fan(items="[1]", task="self")], {
        "tasks": {"self": {"steps": [fan(id="again", branches=[{"task": "self"}])]}},
    }),
    ("task-inputs", "/steps/0/inputs/file", [
        fan(items="[1]", task="lint", inputs={"path": "a", "file": "b"}),
    ], {"tasks": {"lint": LINT}}),
    ("task-inputs", "/steps/0", [fan(items="[1]", task="lint")], {"tasks": {"lint": LINT}}),
    ("unused-task", "/tasks/lint", [prompt("one")], {"tasks": {"lint": LINT}}),
    ("same-name", "/computed/a", [prompt("one")], {"state": {"a": 1}, "computed": {"a": computed("state.a")}}),
    ("reserved-name", "/state/loop", [prompt("one")], {"state": {"loop": 1}}),
    ("reserved-name", "/inputs/result", [prompt("one")], {"inputs": {"result": {"type": "string"}}}),
    ("reserved-name", "/computed/class", [prompt("one")], {"computed": {"class": computed("state.x")}}),
    ("reserved-name", "/steps/0/fields/0/name", [ask(fields=[{"name": "input"}])], {}),
    ("bad-default", "/inputs/a/default", [prompt("one")], {
        "inputs": {"a": {"type": "integer", "default": 1, "validation": {"min": 2}}},
    }),
    ("bad-default", "/steps/0/default", [ask(kind="number", default="one")], {}),
    ("validator-type", "/inputs/a/validation/min", [prompt("one")], {
        "inputs": {"a": {"type": "string", "validation": {"min": 2}}},
    }),
    ("validator-params", "/steps/0/fields/0/validation/pattern", [
        ask(fields=[{"name": "a", "validation": {"pattern": "("}}]),
    ], {}),
    ("duplicate-field", "/steps/0/fields/1/name", [ask(fields=[{"name": "a"}, {"name": "a"}])], {}),
    ("bad-command", "/steps/0/run", [run("git 'commit")], {}),
    ("bad-command", "/steps/0/run", [run("  ")], {}),
    ("bad-command", "/steps/0/run", [run(["", "a"])], {}),
    ("bad-command", "/steps/0/run", [run(["bin/{{ state.a }}"])], {}),
    ("shell-syntax", "/steps/0/run", [run("git diff | head")], {}),
    ("join-too-many", "/steps/0/join", [over([1, 2], join=3)], {"tasks": {"lint": LINT}}),
    ("join-too-many", "/steps/0/join", [
        fan(branches=[{"task": "lint", "inputs": {"path": "a"}}], join=2),
    ], {"tasks": {"lint": LINT}}),
    ("bad-schema", "/steps/0/expect/type", [prompt("one", expect={"type": 3})], {}),
    ("bad-schema", "/tasks/lint/expect/type", [over("[1]")], {"tasks": {"lint": {**LINT, "expect": {"type": 3}}}}),
    ("bad-pattern", "/steps/0/condition/matches", [when({"var": "a", "matches": "("})], {}),
    ("bad-pattern", "/steps/0/cases/0/when/matches", [
        {"id": "cas", "type": "if", "cases": [{"when": {"var": "a", "matches": "("}, "then": []}]},
    ], {}),
    ("duplicate-id", "/tasks/lint/steps/0/id", [prompt("one"), fan(items="[1]", task="lint")], {
        "tasks": {"lint": {"steps": [prompt("one")]}},
    }),
    ("duplicate-id", "/steps/1/else/0/id", [prompt("one"), when("a", **{"else": [prompt("one")]})], {}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "pointer", "steps", "keys"), CASES)
def test_what_could_not_run_is_found_where_it_stands(
    rule: str, pointer: str, steps: list[Json], keys: JsonObject
) -> None:
    told = found(*steps, **keys)
    assert [each for each in told if each[0] in {rule, *RULES} - ({"unused-task"} - {rule})] == [(rule, pointer)]


def test_every_rule_has_a_case() -> None:
    assert {rule for rule, *_ in CASES} >= set(AUTOMATION_RULES) - {"retired-type"}


SOUND: list[tuple[list[Json], JsonObject]] = [
    ([when("state.anything && other.thing")], {}),
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
    ([loop("rep", while_({"var": "loop.index", "lt": 3}), [when("a", jump(), **{"else": []}), prompt("one")])], {}),
    ([loop("rep", times(2), [when("a", jump(), runCondition="b", **{"else": [jump("continue")]}), prompt("one")])], {}),
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
    ([ask(kind="choice", choices=["a"], default="b"), ask(kind="json", default=1, id="two")], {}),
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


def test_phases_hold_steps_of_automation_and_their_checks() -> None:
    text = phased(phase(1, prompt("one"), jump()), phase(2, when("state.a", prompt("two"))), state={"a": 1})
    assert [(each.rule, each.pointer) for each in structure_findings(text)] == [
        ("jump-outside-loop", "/phases/0/tasks/1")
    ]


def test_a_name_in_an_expression_is_told_with_its_line_and_column() -> None:
    (wrong,) = findings(when("1 > 0\n  && inputs.nmae"), inputs={"name": {"type": "string"}})
    assert wrong.message == "there is no inputs.nmae (line 2, column 6)"
    assert wrong.suggestion == "did you mean 'name'?"


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
    both = when("x", one, **{"else": [two]})
    assert found(both, needs) == [("not-produced", "/steps/1/requires/b")]
    alike = when("x", one, **{"else": [prompt("two", produces={"a": "string", "b": "string"})]})
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


def test_other_unknown_types_stay_what_the_schema_says_of_them() -> None:
    assert [each.rule for each in review(document({"id": "one", "type": "massage"})).findings] == ["enum"]
    assert [each.rule for each in review(document({"id": "one", "type": ["set"]})).findings] == ["enum"]
    assert [each.rule for each in review(document(state=3)).findings] != []
