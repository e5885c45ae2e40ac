import pytest

from engine.structure_rules import AUTOMATION_RULES, RULES
from schema.values import Json, JsonObject
from tests.unit.engine.automations import LINT, ask, change, computed, fan, found, jump, over, put, run, say, when
from tests.unit.engine.flows import each, loop, prompt, times

CASES: list[tuple[str, str, list[Json], JsonObject]] = [
    ("bad-expression", "/steps/0/condition", [when("1 +")], {}),
    ("bad-expression", "/steps/0/condition", [when("/(/.test('a')")], {}),
    ("bad-expression", "/steps/0/condition", [when("state.constructor")], {}),
    ("bad-expression", "/steps/0/condition", [when("class.size")], {}),
    ("bad-expression", "/steps/0/update/0/value", [put(change("a", "{{ a b }}"))], {}),
    ("bad-expression", "/steps/0/loop/items", [loop("rep", each("a b"), [prompt("one")])], {}),
    ("bad-expression", "/steps/0/runCondition", [prompt("one", runCondition="a =")], {}),
    ("bad-expression", "/computed/a/expression", [prompt("one")], {"computed": {"a": computed("state.x", "input[")}}),
    ("bad-expression", "/inputs/a/validation/expression", [prompt("one")], {
        "inputs": {"a": {"type": "string", "validation": {"expression": "value >"}}},
    }),
    ("bad-expression", "/steps/0/message", [say("{{ a b }}")], {}),
    ("unclosed-template", "/steps/0/message", [say("{{ a")], {}),
    ("bad-expression", "/steps/0/update/0/value", [put(change("a", "{{ a"))], {}),
    ("plain-template", "/state/a/b~1c/0", [prompt("one")], {"state": {"a": {"b/c": ["{{ b }}", "b"]}}}),
    ("plain-template", "/inputs/a/default", [prompt("one")], {
        "inputs": {"a": {"type": "string", "default": "{{ b }}"}},
    }),
    ("plain-template", "/computed/a/fallback", [prompt("one")], {
        "computed": {"a": {**computed("b"), "fallback": "{{"}},
    }),
    ("plain-template", "/steps/0/items/1", [over(["a", "{{ b }}"])], {"tasks": {"lint": LINT}}),
    ("plain-template", "/steps/0/title", [prompt("one", title="One {{ state.a }}")], {}),
    ("plain-template", "/steps/0/tool", [{"id": "one", "type": "call", "tool": "crm.{{ state.a }}"}], {}),
    ("plain-template", "/steps/0/parameters/a/0/{{ state.a }}", [
        {"id": "one", "type": "call", "tool": "crm", "parameters": {"a": [{"{{ state.a }}": 1}]}},
    ], {}),
    ("plain-template", "/steps/0/update/0/value/{{ state.a }}", [put(change("a", {"{{ state.a }}": 1}))], {}),
    ("bad-expression", "/steps/0/fields/0/prompt", [ask(fields=[{"name": "a", "prompt": "{{ b c }}"}])], {}),
    ("unknown-in-text", "/steps/0/fields/0/prompt", [ask(fields=[{"name": "a", "prompt": "{{ inputs.b }}"}])], {}),
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
    ("computed-cycle", "/computed/a", [prompt("one")], {"computed": {"a": computed("global.a")}}),
    ("computed-cycle", "/computed/a", [prompt("one")], {"computed": {"a": computed("this", "Object.keys(input)")}}),
    ("computed-cycle", "/computed/b", [prompt("one")], {
        "computed": {"b": computed("state.x", "computed[input]"), "a": computed("state.x")},
    }),
    ("bad-expression", "/computed/a/from", [prompt("one")], {"computed": {"a": computed("state.x + 1")}}),
    ("bad-expression", "/computed/a/from/1", [prompt("one")], {"computed": {"a": computed(["state.x", "f(x)"])}}),
    ("large-integer", "/state/a/0/b~1c", [prompt("one")], {"state": {"a": [{"b/c": 2**53}]}}),
    ("large-integer", "/steps/0/update/0/value", [put(change("a", -(2**53)))], {}),
    ("unused-fallback", "/steps/0/onError/fallbackValue", [
        put(change("a", 1), onError={"strategy": "fallback", "fallbackValue": 1}),
    ], {}),
    ("plain-expression", "/steps/0/update/0/value/b/0", [put(change("a", {"b": ["state.a + 1"]}))], {}),
    ("plain-expression", "/steps/0/parameters/a", [
        {"id": "one", "type": "call", "tool": "crm", "parameters": {"a": 'steps["x"].output'}},
    ], {}),
    ("plain-expression", "/steps/0/collect/value", [over("[1]", collect={"store": "a", "value": "state.a"})], {
        "tasks": {"lint": LINT},
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
        loop("rep", times(2), [when("a", jump(), otherwise=[prompt("one"), jump("continue")]), prompt("two")]),
    ], {}),
    ("unreachable-step", "/steps/0/then", [when(" false ", prompt("one"))], {}),
    ("unreachable-step", "/steps/0/then", [when({"or": []}, prompt("one"))], {}),
    ("unreachable-step", "/steps/0/else", [when("true", otherwise=[prompt("one")])], {}),
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
    ("bad-default", "/steps/0/default", [ask(kind="choice", choices=["a", "b"], default="c")], {}),
    ("bad-default", "/steps/0/fields/0/default", [
        ask(fields=[{"name": "a", "kind": "choice", "choices": [1, 2], "default": 3}]),
    ], {}),
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
    ("duplicate-id", "/steps/1/else/0/id", [prompt("one"), when("a", otherwise=[prompt("one")])], {}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "pointer", "steps", "keys"), CASES)
def test_what_could_not_run_is_found_where_it_stands(
    rule: str, pointer: str, steps: list[Json], keys: JsonObject
) -> None:
    told = found(*steps, **keys)
    assert [each for each in told if each[0] in {rule, *RULES} - ({"unused-task"} - {rule})] == [(rule, pointer)]


def test_every_rule_has_a_case() -> None:
    assert {rule for rule, *_ in CASES} >= set(AUTOMATION_RULES) - {"retired-type"}
