import threading
import time

import pytest

from engine.expression import MAX_SENT, ExpressionError, encode, evaluate, run
from engine.expression_program import MAX_RESULT
from schema.values import Json, JsonObject

EVIDENCE: JsonObject = {"a": 1, "list": [1, 2, 3], "text": "x", "none": None, "odd-name": 7, "deep": {"b": {"c": 2}}}
NAMES = frozenset({"evidence"})


def value_of(text: str, evidence: Json = None) -> Json:
    return evaluate(text, {"evidence": EVIDENCE if evidence is None else evidence})


def refusal(text: str, evidence: Json = None) -> ExpressionError:
    with pytest.raises(ExpressionError) as refused:
        value_of(text, evidence)
    return refused.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("evidence.a + 1", 2),
        ("evidence['odd-name']", 7),
        ("evidence.list.filter(each => each > 1).map(each => each * 2)", [4, 6]),
        ("evidence.list.every((each, at) => each === at + 1)", True),
        ("evidence?.gone?.further", None),
        ("evidence.gone ?? 'nothing'", "nothing"),
        ("`${evidence.text}: ${evidence.a}`", "x: 1"),
        ("[...evidence.list, 4].length", 4),
        ("({...evidence.deep, d: 1})", {"b": {"c": 2}, "d": 1}),
        ("(({a, list: [first], ...rest}) => [a, first, Object.keys(rest).length])(evidence)", [1, 1, 4]),
        ("((one, two = evidence.a, [three] = [one]) => one + two + three)(1)", 3),
        ("(({gone = evidence.text}) => gone)(evidence)", "x"),
        ("(({['a']: found}) => found)(evidence)", 1),
        ("(({a}, ...[first]) => a + first)(evidence, 2)", 3),
        ("(evidence => evidence)(5)", 5),
        ("new Set(evidence.list).size === evidence.list.length", True),
        ("/^x$/.test(evidence.text) && !/y/.test(evidence.text)", True),
        ("evidence.a > 1 ? 'more' : 'less'", "less"),
        ("'a' in evidence && typeof evidence.gone === 'undefined'", True),
        ("Math.max(...evidence.list)", 3),
        ("String.raw`a${1}`", "a1"),
        ("evidence\n  .list\n  .length", 3),
        (" evidence.a ", 1),
        ("evidence.list.at(-1)", 3),
    ],
)
def test_an_expression_gives_a_value(text: str, expected: Json) -> None:
    assert value_of(text) == expected


@pytest.mark.parametrize("text", ["(" * 2000 + "1" + ")" * 2000, "!" * 4000 + "1", "[" * 2000 + "]" * 2000])
def test_deeply_nested_text_is_refused_where_the_engine_cannot_take_it(text: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(text, {})


ESCAPES = [
    "''['con' + 'structor']['con' + 'structor']('return 1')()",
    "[].map['con' + 'structor']('return 1')()",
    "(() => 1)['con' + 'structor']('return 1')()",
    "Object.getPrototypeOf(() => 1)['con' + 'structor']('return 1')()",
    "Object.assign(Object.prototype, {poison: 1})",
    "Object.defineProperty(Array.prototype, 'poison', {value: 1})",
    "Object.setPrototypeOf(Object.prototype, {poison: 1})",
    "Array.prototype.push(1)",
    "Object.defineProperty(Math, 'max', {value: () => 1})",
    "Object.defineProperty(JSON, 'stringify', {value: () => 'true'})",
    "Object.assign(Object.getPrototypeOf([].values()), {next: 1})",
    "Math['ran' + 'dom']()",
    "Array['from' + 'Async']([1])",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_ways_out_lead_nowhere_and_leave_nothing_behind(text: str) -> None:
    refusal(text)
    assert value_of("typeof ({}).poison + typeof [].poison + Math.max(1, 2) + [1].length") == "undefinedundefined21"


def test_what_one_evaluation_does_to_its_values_the_next_one_does_not_see() -> None:
    sent = encode({"evidence": {"list": [1]}})
    assert [run("evidence.list.push(2)", NAMES, sent) for _ in range(3)] == [2, 2, 2]
    assert run("Object.assign(evidence, {b: 1}).b", NAMES, sent) == 1
    assert run("typeof evidence.b", NAMES, sent) == "undefined"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/^(a+)+$/.test('a'.repeat(40) + 'b')", "more than 20 ms"),
        ("Array(3000).fill(1).map(a => Array(3000).fill(a).reduce((b, c) => b + c)).length", "more than 20 ms"),
        ("'a'.repeat(1e8).length", "more memory"),
        ("Array(1e5).fill(0).map((x, i) => ({i})).length", "more memory"),
        ("(f => f(f))(f => f(f))", "calls itself deeper"),
        ("JSON.parse('['.repeat(1e5))", "calls itself deeper"),
    ],
)
def test_bombs_are_stopped_and_the_next_expression_works(text: str, told: str) -> None:
    started = time.thread_time()
    assert told in str(refusal(text))
    assert time.thread_time() - started < 2
    assert value_of("evidence.a") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2**53 - 1", 2**53 - 1),
        ("-(2**53 - 1)", -(2**53) + 1),
        ("1.5", 1.5),
        ("-0", 0),
        ("undefined", None),
        ("null", None),
        ("[undefined, null]", [None, None]),
        ("({a: undefined, b: 1})", {"b": 1}),
        ("'😀'", "😀"),
        ("JSON.parse('['.repeat(60) + ']'.repeat(60)).length", 1),
        ("({toJSON: 5})", {"toJSON": 5}),
        ("Object.fromEntries([['a', 1]])", {"a": 1}),
        ("Object.create(null)", {}),
    ],
)
def test_results_are_what_json_can_say(text: str, expected: Json) -> None:
    assert value_of(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2**53", "an integer beyond 2^53 - 1"),
        ("[1e300]", "an integer beyond 2^53 - 1"),
        ("NaN", "NaN or an infinity"),
        ("({a: 1 / 0})", "NaN or an infinity"),
        ("'\\ud800'", "half of a surrogate pair"),
        ("({['\\ud800']: 1})", "half of a surrogate pair"),
        ("x => x", "a function"),
        ("({a: isNaN})", "a function"),
        ("/a/", "an object that is not JSON"),
        ("new Map()", "an object that is not JSON"),
        ("'a'.repeat(300000)", f"more than {MAX_RESULT} characters"),
        ("JSON.parse('['.repeat(70) + ']'.repeat(70))", "nested deeper than 64"),
        ("JSON.parse('['.repeat(300) + ']'.repeat(300))", "nested deeper than 64"),
        ("(list => list.push(list) && list)([])", "nested deeper than 64"),
        ("({toJSON: () => 5})", "a function"),
        ("[{toJSON: x => x}]", "a function"),
    ],
)
def test_results_that_json_cannot_say_are_errors(text: str, told: str) -> None:
    assert told in str(refusal(text))


def deep_value(levels: int) -> Json:
    value: Json = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        ({"a": 2**53}, "an integer beyond 2^53 - 1"),
        ({"a": [{"b": -(2**53)}]}, "an integer beyond 2^53 - 1"),
        ({"a": float("nan")}, "a number among them that JSON cannot say"),
        ({"a": float("inf")}, "a number among them that JSON cannot say"),
        ({"a": "x" * MAX_SENT}, "larger than"),
        (deep_value(66), "nested deeper than 64"),
        (deep_value(100_000), "nested deeper than 64"),
    ],
)
def test_values_that_would_not_arrive_as_they_are_are_errors(evidence: Json, told: str) -> None:
    assert told in str(refusal("evidence", evidence))


def test_values_arrive_as_they_were_sent() -> None:
    kept: list[Json] = [
        {"a": [1, 1.5, True, None, "é\u2028😀", {"__proto__": 1, "": 2}]},
        deep_value(63),
        2**53 - 1,
    ]
    for each in kept:
        assert value_of("evidence", each) == each
    assert value_of("evidence > 1", 1e300) is True
    assert value_of("evidence.text.length", {"text": "\ud800"}) == 1
    assert evaluate("one + two", {"two": 2, "one": 40}) == 42
    assert evaluate("1 + 1", {}) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("evidence.gone.further", "evidence.gone is undefined (line 1, column 1)"),
        ("evidence.a\n + evidence.deep.x.y", "evidence.deep.x is undefined"),
        ("evidence.none.x", "evidence.none is null"),
        ("evidence.text.shout()", "not a function"),
        ("evidence.deep.b.c.d.e", "cannot read property 'e' of undefined"),
        ("JSON.parse('{')", "line 1, column"),
        ("Array(-1)", "nvalid array"),
    ],
)
def test_an_error_names_the_expression_the_place_and_what_was_undefined(text: str, told: str) -> None:
    error = refusal(text)
    assert told in str(error)
    assert error.expression == text
    assert str(error).endswith(f"in {text}")


def test_each_thread_has_a_context_of_its_own() -> None:
    found: list[Json] = []
    threads = [threading.Thread(target=lambda: found.append(value_of("evidence.a"))) for _ in range(3)]
    for thread in threads:
        thread.start()
        thread.join(timeout=10)
    assert found == [1, 1, 1]


def test_more_expressions_than_are_kept_still_work() -> None:
    assert all(value_of(f"{number} + evidence.a") == number + 1 for number in range(600))
