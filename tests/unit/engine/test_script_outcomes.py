import threading

import pytest

from engine.budget import MAX_WORK
from engine.definition import Script
from engine.errors import ArgumentError
from engine.scripts import ScriptFault, evaluate, is_true, read_script
from schema.values import Json, JsonObject
from tests.unit.engine.scripted import at, refusal, value_of


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("state.gone.x", "state.gone is undefined in state.gone.x"),
        ("state.none.x", "state.none is null in state.none.x"),
        ("state.order.gone.x", "state.order.gone is undefined in"),
        ("gone.x", "gone is undefined in gone.x"),
        ("state.gone.x + 1", "state.gone is undefined (line 1, column 1) in state.gone.x + 1"),
        ("1 +\n  state.gone.map(x => x)", "state.gone is undefined (line 2, column"),
        ("state.order.gone.map(x => x)", "state.order.gone is undefined"),
        ("state.none.length > 1", "state.none is null"),
        ("state.gone?.x + state.order.away.y", "state.order.away is undefined"),
        ("state.gone[0] + 1", "state.gone is undefined (line 1"),
        ("state.list.gone.x", "state.list.gone is undefined"),
        ("state.list.gone.x + 1", "cannot read property 'x' of undefined (line 1"),
        ("state.name.shout()", "not a function (line 1"),
        ("this.away.x", "this.away is undefined"),
        ("[1].map(x => x.y.z)", "cannot read property 'z' of undefined (line 1, column"),
        ("inputs.limit.gone.deeper", "inputs.limit.gone is undefined"),
        ("result.stdout.trim()", "result is undefined"),
    ],
)
@pytest.mark.requirement("AC-VR-012")
def test_an_error_names_the_expression_the_place_and_what_was_undefined(text: str, told: str) -> None:
    fault = refusal(text)
    assert told in str(fault)
    assert fault.expression == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2**53 - 1", 2**53 - 1),
        ("-(2**53 - 1)", -(2**53) + 1),
        ("5 / 2 * 2", 5),
        ("-0", 0),
        ("0.1 + 0.2", 0.30000000000000004),
        ("1e-7", 1e-7),
        ("undefined", None),
        ("[undefined, null, 1]", [None, None, 1]),
        ("({a: undefined, b: null})", {"b": None}),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
        (
            "({at: new Date(0), all: [new Date(1)]})",
            {"at": "1970-01-01T00:00:00.000Z", "all": ["1970-01-01T00:00:00.001Z"]},
        ),
        ("'\\ud83d\\ude00'", "😀"),
        ("JSON.parse('['.repeat(60) + ']'.repeat(60)).length", 1),
        ("Object.create(null)", {}),
    ],
)
def test_results_have_defined_outcomes(text: str, expected: Json) -> None:
    found = value_of(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2**53", "its result has an integer beyond 2^53 - 1 in it"),
        ("[1e300]", "an integer beyond 2^53 - 1"),
        ("0 / 0", "NaN or an infinity"),
        ("({a: 1 / 0})", "NaN or an infinity"),
        ("new Date('no date')", "a date that is none"),
        ("[new Date(NaN)]", "a date that is none"),
        ("'\\ud800'", "half of a surrogate pair"),
        ("x => x", "a function"),
        ("[Math.max]", "a function"),
        ("({toJSON: () => 5})", "a function"),
        ("Object.getOwnPropertyNames", "a function"),
        ("new Map()", "an object that is not JSON"),
        ("/a/", "an object that is not JSON"),
        ("'a'.repeat(300000)", "more than 262144 characters"),
        ("JSON.parse('['.repeat(70) + ']'.repeat(70))", "nested deeper than 64"),
        ("(list => list.push(list) && list)([])", "nested deeper than 64"),
    ],
)
def test_results_that_json_cannot_say_are_errors(text: str, told: str) -> None:
    assert told in str(refusal(text))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (2**53, "an integer beyond 2^53 - 1"),
        ([{"b": -(2**53)}], "an integer beyond 2^53 - 1"),
        (float("nan"), "a number among them that JSON cannot say"),
        ([float("inf")], "a number among them that JSON cannot say"),
        ("x" * 600_000, "larger than 524,288"),
        (["x" * 600_000], "larger than 524,288"),
    ],
)
def test_values_that_would_not_arrive_as_they_are_are_errors(value: Json, told: str) -> None:
    with pytest.raises(ScriptFault) as refused:
        evaluate(read_script("state.odd !== 1"), at(odd=value))
    assert told in str(refused.value)
    assert evaluate(read_script("state.n !== 1"), at(odd=value)) is True


def test_values_nested_too_deep_are_an_error() -> None:
    deep: Json = 1
    for _ in range(65):
        deep = [deep]
    with pytest.raises(ScriptFault, match="nested deeper than 64"):
        evaluate(read_script("state.deep !== 1"), at(deep=deep))


def test_what_one_expression_reads_is_bounded_in_all() -> None:
    parts: JsonObject = {"a": "x" * 300_000, "b": ["y" * 300_000]}
    with pytest.raises(ScriptFault, match="larger than"):
        evaluate(read_script("state.a.length + state.b.length"), at(**parts))
    assert evaluate(read_script("state.a.length + 1"), at(**parts)) == 300_001


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("state.n > 3 && state.name === 'x'", True),
        ("state.n > 3 && state.name", True),
        ("state.empty", False),
        ("state.empty || 0", False),
        ("state.flag", False),
        ("state.none", False),
        ("state.gone", False),
        ("state.list", True),
        ("[]", True),
        ("({})", True),
        ("'0'", True),
        ("0 / 0", False),
        ("1 / 0", True),
        ("state.n", True),
        ("state.n - 5", False),
        ("new Map()", True),
    ],
)
def test_truth_is_that_of_javascript(text: str, expected: bool) -> None:
    assert is_true(read_script(text), at()) is expected


def test_a_function_that_was_not_called_is_no_truth_value() -> None:
    with pytest.raises(ScriptFault, match="a function"):
        is_true(read_script("state.list.some"), at()) or is_true(read_script("(state.list.some)"), at())


def test_expressions_spend_from_the_budget_of_the_call() -> None:
    scope = at()
    evaluate(read_script("state.n"), scope)
    assert scope.budget.left == MAX_WORK - 1
    evaluate(read_script("state.n + 1"), scope)
    assert MAX_WORK - 10_000 < scope.budget.left < MAX_WORK - 1
    scope.budget.left = 0
    with pytest.raises(ArgumentError):
        evaluate(read_script("state.n + 1"), scope)


def test_each_thread_has_a_context_of_its_own() -> None:
    script: Script = read_script("state.list.map(x => x + state.n)")
    found: list[Json] = []
    threads = [threading.Thread(target=lambda: found.append(evaluate(script, at()))) for _ in range(3)]
    for thread in threads:
        thread.start()
        thread.join(timeout=10)
    assert found == [[8, 6, 7]] * 3
