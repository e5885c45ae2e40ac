import pytest

from engine.review import review
from engine.structure import structure_findings
from engine.structure_rules import AUTOMATION_RULES, RULES
from engine.structure_sites import MAX_NESTING, items, mapping, sites
from schema.finding import Severity
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, each, loop, prompt, times, until, while_

OLDER: JsonObject = {"schemaVersion": "0.2.0"}
ON: JsonObject = {"var": "on"}
OF_PHASES = {  # rules of phases and gates, which the original did not know: test_structure_phases, _gates
    "phase-number",
    "empty-gate",
    "unknown-validator",
    "validator-type",
    "validator-params",
    "bad-rule",
    "undeclared-field",
    "contradictory-limits",
    "bad-example",
}


def pattern(text: str, **keys: Json) -> JsonObject:
    return {"type": "regex", "pattern": text, "message": "m", **keys}


def function(name: str, *parameters: JsonObject) -> JsonObject:
    return {"name": name, "definition": "How.", "parameters": list(parameters)}


def parameter(name: str, kind: str, **keys: Json) -> JsonObject:
    return {"name": name, "type": kind, **keys}


def found(*steps: Json, **keys: Json) -> list[tuple[str, str]]:
    """Give rule and pointer of each finding."""
    return [(each.rule, each.pointer) for each in structure_findings(document(*steps, **keys))]


def calls(*given: JsonObject) -> Json:
    return [{"name": "fun", "args": args} for args in given]


CASES: list[tuple[str, str, list[Json], JsonObject]] = [
    ("duplicate-id", "/steps/1/id", [prompt("one"), prompt("one")], {}),
    ("duplicate-id", "/steps/1/body/0/id", [prompt("one"), loop("rep", times(1), [prompt("one")])], {}),
    ("unknown-body", "/steps/0/body", [loop("rep", times(1), "nowhere")], {}),
    (
        "unknown-body",
        "/steps/1/body",
        [loop("out", times(1), [prompt("work")]), loop("rep", times(1), "work")],
        {},
    ),
    ("circular-body", "/steps/0/body", [loop("rep", times(1), "rep")], {}),
    ("circular-body", "/steps/0/body", [loop("one", times(1), "two"), loop("two", times(1), "one")], {}),
    ("shared-body", "/steps/0/body", [loop("one", times(1), "aaa"), loop("two", times(1), "aaa"), prompt("aaa")], {}),
    ("bad-pattern", "/steps/0/runCondition/not/and/0/matches", [
        prompt("one", runCondition={"not": {"and": [{"var": "x", "matches": "("}]}}),
    ], {}),
    ("bad-pattern", "/steps/0/requireConfirmation/matches", [
        prompt("one", requireConfirmation={"var": "x", "matches": "("}),
    ], {}),
    ("bad-pattern", "/steps/0/loop/condition/or/1/matches", [
        loop("rep", while_({"or": [{"var": "a"}, {"var": "b", "matches": "("}]}), [prompt("aaa")]),
    ], {}),
    ("bad-pattern", "/steps/0/validationCriteria/0/pattern", [prompt("one", validationCriteria=[pattern("(")])], {}),
    ("bad-pattern", "/steps/0/validationCriteria/not/pattern", [
        prompt("one", validationCriteria={"not": pattern("a", flags="z")}),
    ], {}),
    ("bad-pattern", "/steps/0/validationCriteria/and/0/condition/matches", [
        prompt("one", validationCriteria={"and": [pattern("a", condition={"var": "x", "matches": "("})]}),
    ], {}),
    ("bad-schema", "/steps/0/validationCriteria/0/schema/type", [
        prompt("one", validationCriteria=[{"type": "schema", "message": "m", "schema": {"type": "whole"}}]),
    ], {}),
    ("incomplete-rule", "/steps/0/validationCriteria/0", [
        prompt("one", validationCriteria=[{"type": "length", "message": "m"}]),
    ], {}),
    ("reserved-name", "/steps/0/produces/state", [prompt("one", produces={"state": "string"})], {}),
    ("reserved-name", "/steps/0/loop/itemVar", [loop("rep", each("files", itemVar="class"), [prompt("aaa")])], {}),
    ("undefined-function", "/steps/0/functionReferences/0", [prompt("one", functionReferences=["fun()"])], {}),
    ("undefined-function", "/steps/0/functionCalls/0/name", [prompt("one", functionCalls=calls({}))], {}),
    ("function-arguments", "/steps/0/functionCalls/0/args/a~1b", [prompt("one", functionCalls=calls({"a/b": 1}))], {
        "functionDefinitions": [function("fun", parameter("a", "number"))],
    }),
    ("function-arguments", "/steps/0/functionCalls/0", [prompt("one", functionCalls=calls({}))], {
        "functionDefinitions": [function("fun", parameter("a", "number", required=True))],
    }),
    ("function-arguments", "/steps/0/functionCalls/0/args/a", [prompt("one", functionCalls=calls({"a": True}))], {
        "functionDefinitions": [function("fun", parameter("a", "number"))],
    }),
    ("function-arguments", "/steps/0/functionCalls/0/args/a", [prompt("one", functionCalls=calls({"a": "z"}))], {
        "functionDefinitions": [function("fun", parameter("a", "string", enum=["x", "y"]))],
    }),
    ("not-produced", "/steps/0/requires/plan", [prompt("one", requires={"plan": "string"})], {}),
    ("other-type", "/steps/1/requires/plan", [
        prompt("one", produces={"plan": "string"}), prompt("two", requires={"plan": "object"}),
    ], {}),
    ("unreachable-step", "/steps/0/runCondition", [prompt("one", runCondition={"var": "x", "in": []})], {}),
    ("unreachable-step", "/steps/0/loop/count", [loop("rep", times(0), [prompt("aaa")])], {}),
    ("unreachable-step", "/steps/0/loop/condition", [loop("rep", until({}), [prompt("aaa")])], {}),
    ("unreachable-step", "/steps/0/loop/condition", [loop("rep", while_({"or": []}), [prompt("aaa")])], {}),
    ("loop-limit", "/steps/0/loop/count", [loop("rep", times(11), [prompt("aaa")])], {}),
    ("many-passes", "/steps/0/body/0/loop/maxIterations", [
        loop("out", each("files", maxIterations=101), [loop("rep", while_(ON, maxIterations=100), [prompt("aaa")])]),
    ], {}),
    ("unclosed-template", "/steps/0/prompt", [prompt("one", prompt="{{a")], {}),
    ("unclosed-template", "/steps/0/guidance/1", [prompt("one", guidance=["fine", "{{ 'a }}"])], {}),
    ("template-expression", "/steps/0/agentRole", [prompt("one", agentRole="You are {{a + b}}")], {}),
    ("template-name", "/steps/0/prompt", [
        prompt("one", prompt="{{item}}"), loop("rep", each("files", itemVar="item"), [prompt("aaa")]),
    ], {}),
    ("template-name", "/steps/1/prompt", [
        prompt("one", produces={"ticket": "string"}), prompt("two", prompt="{{tikcet}}"),
    ], {}),
    ("condition-name", "/steps/1/runCondition/and/0/var", [
        prompt("one", produces={"risky": "boolean"}),
        prompt("two", runCondition={"and": [{"var": "risyk", "equals": True}, {"var": "mine", "equals": 1}]}),
    ], {}),
    ("condition-name", "/steps/1/loop/items", [
        prompt("one", produces={"files": "array"}), loop("rep", each("fiels"), [prompt("aaa")]),
    ], {}),
    ("condition-name", "/steps/0/loop/condition/var", [
        loop("rep", while_({"var": "currentIteratoin", "lt": 3}), [prompt("aaa")]),
    ], {}),
    ("condition-name", "/steps/0/body/0/runCondition/var", [
        loop("rep", each("files", itemVar="file"), [prompt("aaa", runCondition={"var": "flie.size", "gt": 1})]),
    ], {}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "pointer", "steps", "keys"), CASES)
def test_a_broken_rule_is_found_where_it_is_broken(
    rule: str, pointer: str, steps: list[Json], keys: JsonObject
) -> None:
    assert (rule, pointer) in found(*steps, **keys)


@pytest.mark.parametrize(("rule", "pointer", "steps", "keys"), CASES)
def test_severity_follows_the_table(rule: str, pointer: str, steps: list[Json], keys: JsonObject) -> None:
    strict = structure_findings(document(*steps, **keys))
    older = structure_findings(document(*steps, **{**keys, **OLDER}))
    assert {each.severity for each in strict if (each.rule, each.pointer) == (rule, pointer)} == {RULES[rule].strict}
    assert {each.severity for each in older if (each.rule, each.pointer) == (rule, pointer)} == {RULES[rule].older}


def test_every_rule_has_a_case_and_a_meaning() -> None:
    elsewhere = {"deep-loops", *OF_PHASES, *AUTOMATION_RULES}
    assert {rule for rule, *_ in CASES} | elsewhere == set(RULES)
    assert all(rule.meaning for rule in RULES.values())


def test_older_documents_are_invalid_only_where_nothing_could_run() -> None:
    newer = {*OF_PHASES, *AUTOMATION_RULES}
    assert {name for name, rule in RULES.items() if rule.older is Severity.CRITICAL} - newer == {
        "duplicate-id",
        "unknown-body",
        "circular-body",
        "deep-loops",
    }
    older = {rule.older for name, rule in RULES.items() if name not in newer}
    assert older == {Severity.CRITICAL, Severity.MINOR}


FUNCTIONS: list[Json] = [
    function(
        "fun",
        parameter("a", "number", required=True),
        parameter("b", "string", required=True, default="x"),
        parameter("c", "boolean"),
        parameter("d", "array"),
        parameter("e", "object"),
    )
]
SOUND: list[tuple[list[Json], JsonObject]] = [
    ([prompt("one"), loop("rep", times(2), "aaa"), prompt("aaa")], {}),
    ([loop("one", times(2), "two"), loop("two", times(2), "aaa"), prompt("aaa")], {}),
    ([loop("one", times(1), [prompt("aaa"), loop("in1", times(1), "aaa")])], {}),
    ([prompt("one", runCondition={"var": "n", "gte": 1, "lte": 1}, prompt=r"\{{ {{loop.index}} {{free}}")], {}),
    ([prompt("one", functionCalls=calls({"a": 1.5, "c": True, "d": [], "e": {}}))], {"functionDefinitions": FUNCTIONS}),
    ([prompt("one", functionCalls=calls({"a": "{{number}}"}))], {"functionDefinitions": FUNCTIONS}),
    ([prompt("one", functionReferences=["fun()"], functionDefinitions=FUNCTIONS)], {}),
    ([loop("rep", times(2), [prompt("aaa", functionReferences=["fun()"])], functionDefinitions=FUNCTIONS)], OLDER),
    ([loop("rep", each("files", itemVar="item"), [prompt("aaa", prompt="{{item}} {{currentIndex}}")])], {}),
    ([loop("rep", each("files", itemVar="item"), "aaa"), prompt("aaa", prompt="{{item}}")], {}),
    ([loop("rep", times("n"), [prompt("aaa")]), loop("two", until({"var": "x"}), [prompt("bbb")])], {}),
    ([prompt("one", validationCriteria=[{"type": "contains", "message": "m", "value": "v"}, pattern("a")])], {}),
    ([prompt("one", validationCriteria={"or": [pattern("a"), {"type": "schema", "message": "m", "schema": {}}]})], {}),
]


@pytest.mark.parametrize(("steps", "keys"), SOUND)
def test_a_sound_structure_has_no_finding(steps: list[Json], keys: JsonObject) -> None:
    assert found(*steps, **keys) == []


def test_a_loop_in_no_circle_whose_body_leads_into_one_is_not_blamed() -> None:
    steps: list[Json] = [loop("one", times(1), "two"), loop("two", times(1), "six"), loop("six", times(1), "two")]
    assert [pointer for rule, pointer in found(*steps) if rule == "circular-body"] == ["/steps/1/body", "/steps/2/body"]


def test_a_body_that_leads_out_of_the_list_is_in_no_circle() -> None:
    steps: list[Json] = [loop("one", times(1), "two"), loop("two", times(1), "gone")]
    assert found(*steps) == [("unknown-body", "/steps/1/body")]


def test_loops_nested_by_reference_are_limited() -> None:
    chain: list[Json] = [loop(f"loop-{n}", times(1), f"loop-{n + 1}") for n in range(MAX_NESTING + 5)]
    last = prompt(f"loop-{MAX_NESTING + 5}")
    rules = {rule for rule, _ in found(*chain, last)}
    assert rules == {"deep-loops"}
    assert {finding.severity for finding in structure_findings(document(*chain, last))} == {Severity.CRITICAL}


def test_suggestions_name_what_was_meant() -> None:
    (finding,) = structure_findings(document(loop("rep", times(1), "wrok"), prompt("work")))
    assert finding.suggestion == "did you mean 'work'?"
    (unknown,) = structure_findings(
        document(prompt("one", functionReferences=["fnu()"]), functionDefinitions=[function("fun")])
    )
    assert unknown.suggestion == "did you mean 'fun'?"


def test_sites_are_robust_against_what_is_not_there() -> None:
    assert list(sites({})) == []
    assert mapping(None) == {}
    assert items("text") == []


def test_a_review_of_something_else_than_an_object_says_so() -> None:
    checked = review([1, 2])
    assert checked.native is None
    assert not checked.is_valid


def test_a_callers_own_variable_in_a_condition_is_no_finding() -> None:
    steps: list[Json] = [
        prompt("one", produces={"risky": "boolean"}, requireConfirmation={"var": "environment", "equals": "live"}),
        loop("rep", each("targets"), [prompt("aaa", runCondition={"var": "currentItem.kind", "equals": "x"})]),
        loop(
            "again",
            while_({"var": "currentIteration", "lt": 3}),
            [prompt("bbb", runCondition={"var": "a.b[", "equals": 1})],
        ),
    ]
    assert "condition-name" not in {rule for rule, _ in found(*steps)}
