"""Scripts that try to stay, to see others, or to run without end; and the clock, which is the session's."""

import json
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine import script_running
from engine.scripts import ScriptFault, evaluate, is_true, read_script
from engine.variables import Scope, Values, outermost
from schema.values import Json, JsonObject

NOW = 1_700_000_000.5
NONE: JsonObject = {}


def at(state: JsonObject, now: float = NOW) -> Scope:
    return outermost(state, values=Values({}, {}, None, {}, {}, now))


def value_of(text: str, state: JsonObject = NONE, **local: Json) -> Json:
    return evaluate(read_script(text), at(state), local)


def told(text: str, state: JsonObject = NONE) -> str:
    try:
        return str(value_of(text, state))
    except ScriptFault as fault:
        return fault.said()


SEEN = "typeof ({}).poison + typeof [].poison + typeof (() => 1).poison + [1].length + Math.max(1, 2)"


@pytest.mark.parametrize(
    "text",
    [
        "Object.assign(Object.prototype, {poison: 1})",
        "Object.assign(Object.getPrototypeOf(state), {poison: 1})",
        "Object.assign(Object.getPrototypeOf(state.list), {poison: 1})",
        "Object.assign(Object.getPrototypeOf(this), {poison: 1})",
        "Object.assign(Object.getPrototypeOf(() => 1), {poison: 1})",
        "Object.assign(Date, {now: () => 1})",
        "Object.assign(Date.prototype, {getTime: () => 1})",
        "Object.assign(Object.getPrototypeOf(new Date()), {toJSON: () => 1})",
        "Array.prototype.push(1)",
        "state.list['con' + 'structor']('return 1')()",
        "state['con' + 'structor']['con' + 'structor']('return 1')()",
        "(() => 1)['con' + 'structor']('return this')()",
        "new Date()['con' + 'structor'].now()",
        "Object.getPrototypeOf(Object.getPrototypeOf([].values())).map(x => x)",
        "Object.assign.call.call(Object.assign, null, Object.prototype, {poison: 1})",
        "(() => { const {assign} = Object; return assign(Object.prototype, {poison: 1}); })()",
    ],
)
def test_prototypes_cannot_be_poisoned_and_nothing_makes_code(text: str) -> None:
    state: JsonObject = {"list": [1]}
    with pytest.raises(ScriptFault):
        value_of(text, state)
    assert value_of(SEEN) == "undefinedundefinedundefined12"
    assert value_of("Date.now() + new Date(5).getTime() + new Date(6).toJSON().length") == 1_700_000_000_500 + 29


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("state.list.push(4)", 4),
        ("state.list.sort()[0]", 1),
        ("state.list.reverse()", [2, 1, 3]),
        ("state.list.splice(0, 1)", [3]),
        ("state.list.fill(0)", [0, 0, 0]),
        ("state.list.pop() + state.list.length", 4),
        ("Object.assign(state.deep, {b: 1}).b", 1),
        ("Object.assign(state.deep.c, {d: 2}).d", 2),
        ("state.people.map(p => Object.assign(p, {seen: true})).length", 1),
        ("Object.assign(state, {list: 1}).list", 1),
        ("Object.assign(this, {list: 2}).list", 2),
        ("Object.freeze(state.deep).c.d", None),
        ("(() => { const all = state.list; all.unshift(9); return all; })()", [9, 3, 1, 2]),
        ("input.push(5) + state.list.push(5)", 6),
    ],
)
def test_an_expression_may_change_what_it_is_given_and_nobody_else_sees_it(text: str, expected: Json) -> None:
    state: JsonObject = {"list": [3, 1, 2], "deep": {"a": 1, "c": {}}, "people": [{"name": "Ann"}]}
    kept = json.dumps(state)
    local: JsonObject = {"input": [1]}
    for _ in range(3):
        assert evaluate(read_script(text), at(state), local) == expected
    assert value_of("[state.list, state.deep, state.people, input]", state, **local) == [
        [3, 1, 2],
        {"a": 1, "c": {}},
        [{"name": "Ann"}],
        [1],
    ]
    assert json.dumps(state) == kept


def test_sessions_see_their_own_values_only() -> None:
    one: JsonObject = {"secret": ["one"], "n": 1}
    other: JsonObject = {"secret": ["other"], "n": 2}
    third: JsonObject = {"secret": [], "n": 3}
    script = read_script("state.secret.map(s => s + state.n)[0]")
    assert [evaluate(script, at(each)) for each in (one, other, one, third)] == [
        "one1",
        "other2",
        "one1",
        None,
    ]
    assert value_of("Object.keys(state)", {"n": 1}) == ["n"]
    assert value_of("typeof secret + typeof state.secret + Object.keys(this).length") == "undefinedundefined0"


def test_an_equal_value_in_the_place_of_one_that_is_gone_is_sent_anew() -> None:
    script = read_script("state.list[0] + 0")
    for number in range(2_000):
        assert evaluate(script, at({"list": [number]})) == number


def test_a_value_may_name_itself_like_a_part_of_javascript() -> None:
    odd: JsonObject = {"__proto__": {"x": 1}, "constructor": 5, "length": 7, "a\u2028b": 2, 'q"]: evil(), ["': 3}
    assert value_of("Object.keys(state.odd).length", {"odd": odd}) == 5
    assert value_of("Object.keys(state).length", odd) == 5
    assert value_of("state['length'] + state['a\u2028b']", odd) == 9
    assert value_of("state['q\"]: evil(), [\"'] + 1", odd) == 4
    assert value_of("state.x === undefined", odd) is True


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("/^(a+)+$/.test('a'.repeat(40) + 'b')", "more than 20 ms"),
        ("/^(a+)+$/.test(state.long + 'b')", "more than 20 ms"),
        ("Array(3000).fill(1).map(a => Array(3000).fill(a).reduce((b, c) => b + c)).length", "more than 20 ms"),
        ("(() => { const f = (n) => n < 2 ? n : f(n - 1) + f(n - 2); return f(60); })()", "more than 20 ms"),
        ("'a'.repeat(1e8).length", "more memory"),
        ("Array(1e5).fill(0).map((x, i) => ({i})).length", "it needs more"),
        ("(f => f(f))(f => f(f))", "calls itself deeper"),
        ("JSON.parse('['.repeat(1e5))", "calls itself deeper"),
        ("Array(4294967295).join('')", "more work"),
        ("Object.assign([], {length: 4294967295})", "not for lists"),
        ("state.list.concat(Array(1e9))", "more work"),
    ],
)
def test_bombs_are_stopped_and_what_was_kept_is_sent_again(text: str, why: str) -> None:
    state: JsonObject = {"list": [1, 2], "long": "a" * 40}
    assert value_of("state.list.map(x => x)", state) == [1, 2]
    started = time.thread_time()
    assert why in told(text, state)
    assert time.thread_time() - started < 2
    assert value_of("state.list.map(x => x)", state) == [1, 2]


def test_memory_that_others_took_is_given_back_before_an_expression_fails() -> None:
    script = read_script("state.rows.map(r => r.name).length + state.n")
    for number in range(30):
        rows: Json = [{"id": row, "name": f"row {row}", "tags": ["a"]} for row in range(4_000)]
        assert evaluate(script, at({"rows": rows, "n": number})) == 4_000 + number


def test_more_expressions_and_values_than_are_kept_still_work() -> None:
    lists: list[Json] = [[number] for number in range(script_running.MAX_VALUES + 50)]
    for round_ in range(2):
        for number in range(script_running.MAX_FUNCTIONS + 50):
            assert value_of(f"state.list[0] + {number}", {"list": lists[number % len(lists)]}) == (
                number % len(lists) + number
            )
        assert is_true(read_script("state.list.length === 1"), at({"list": lists[round_]}))
    for number in range(script_running.MAX_PLANS + 5):
        assert is_true(read_script(f"state.n === {number}"), at({"n": number}))


def test_long_expressions_make_short_ones_go() -> None:
    short = [read_script(f"state.n + {number}") for number in range(150)]
    long = [read_script("state.n" + f" + {number}" * 700) for number in range(50)]
    for script in (*short, *long, *short):
        assert evaluate(script, at({"n": 0})) == evaluate(script, at({"n": 0}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("new Date()", "2023-11-14T22:13:20.500Z"),
        ("Date.now()", 1_700_000_000_500),
        ("new Date() - new Date(Date.now())", 0),
        ("Date()", "Tue Nov 14 2023 22:13:20 GMT+0000"),
        ("Date(0)", "Tue Nov 14 2023 22:13:20 GMT+0000"),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("new Date('2024-02-29')", "2024-02-29T00:00:00.000Z"),
        ("new Date('2024-02')", "2024-02-01T00:00:00.000Z"),
        ("new Date('2024-06-15T10:00')", "2024-06-15T10:00:00.000Z"),
        ("new Date('2024-06-15 10:00:00.250')", "2024-06-15T10:00:00.250Z"),
        ("new Date('2024-06-15T10:00:00+02:00')", "2024-06-15T08:00:00.000Z"),
        ("new Date('2024-06-15T10:00:00Z')", "2024-06-15T10:00:00.000Z"),
        ("new Date('Jun 15, 2024 10:00')", "2024-06-15T10:00:00.000Z"),
        ("new Date('15 June 2024')", "2024-06-15T00:00:00.000Z"),
        ("new Date('6/15/2024')", "2024-06-15T00:00:00.000Z"),
        ("new Date('Sat, 15 Jun 2024 10:00:00 GMT')", "2024-06-15T10:00:00.000Z"),
        ("new Date('Sat, 15 Jun 2024 10:00:00 +0200')", "2024-06-15T08:00:00.000Z"),
        ("new Date(new Date(7).toString())", "1970-01-01T00:00:00.000Z"),
        ("new Date(2024, 5, 15, 10)", "2024-06-15T10:00:00.000Z"),
        ("new Date(2024, 0)", "2024-01-01T00:00:00.000Z"),
        ("new Date(new Date(5))", "1970-01-01T00:00:00.005Z"),
        ("new Date(true).getTime()", 1),
        ("new Date(null).getTime()", 0),
        ("new Date(['2024-06-15']).getTime()", 1_718_409_600_000),
        ("Date.UTC(2024, 5, 15)", 1_718_409_600_000),
        ("Date.parse('2024-06-15')", 1_718_409_600_000),
        ("isNaN(new Date('15.06.2024'))", True),
        ("isNaN(Date.parse('soon'))", True),
        ("isNaN(new Date(undefined).getTimezoneOffset())", True),
        ("new Date('soon').toString() + new Date(NaN).toDateString()", "Invalid DateInvalid Date"),
        ("new Date(0).getTimezoneOffset()", 0),
        (
            "(d => [d.getFullYear(), d.getMonth(), d.getDate(), d.getDay(), d.getHours()])(new Date(2024, 5, 15, 10))",
            [2024, 5, 15, 6, 10],
        ),
        ("(d => d.setDate(d.getDate() + 20) && d)(new Date(2024, 5, 15))", "2024-07-05T00:00:00.000Z"),
        ("(d => d.setHours(30, 1) && d.toISOString())(new Date(0))", "1970-01-02T06:01:00.000Z"),
        ("new Date(0).toString()", "Thu Jan 01 1970 00:00:00 GMT+0000"),
        ("new Date(0).toDateString()", "Thu Jan 01 1970"),
        ("new Date(0).toTimeString()", "00:00:00 GMT+0000"),
        ("new Date(0).toUTCString()", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("`${new Date(0)}` + new Date(0).toJSON()", "Thu Jan 01 1970 00:00:00 GMT+00001970-01-01T00:00:00.000Z"),
        ("new Date(0) < new Date() && new Date() instanceof Date", True),
        ("typeof new Date(0).getYear + Date.length + Date.name", "undefined0Date"),
    ],
)
def test_dates_are_those_of_the_session_and_local_time_is_utc(text: str, expected: Json) -> None:
    assert value_of(text) == expected


def test_dates_in_words_of_a_place_are_refused_not_guessed() -> None:
    assert "toLocaleDateString is not there" in told("new Date(0).toLocaleDateString('de')")
    assert "toLocaleString is not there" in told("new Date(0).toLocaleString()")


def test_the_clock_is_that_of_each_evaluation() -> None:
    script = read_script("Date.now()")
    assert [evaluate(script, at({}, now)) for now in (1.0, 2.5, 1.0)] == [1000, 2500, 1000]
    assert evaluate(script, outermost({})) == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "__proto__", "length", "ä\0"]), JSON))
def test_what_goes_in_comes_out(state: JsonObject) -> None:
    def settled(value: Json) -> Json:
        whole: Json = json.loads(json.dumps(value))
        return whole

    for name in state:
        expression = f"[state[{json.dumps(name)}]][0]"
        if "\\" not in expression and "__proto__" not in expression:
            assert value_of(expression, state) == settled(state[name])
    assert value_of("({...state})", state) == settled(state)
    assert value_of("Object.keys(this).length", state) == len(state)


PARTS = st.sampled_from(["a", "b", "length", "0", "1"])
NESTED = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "ab", "😀"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["a", "b"]), NESTED), st.lists(PARTS, min_size=1, max_size=4))
@pytest.mark.requirement("AC-VR-008")
def test_a_path_that_is_looked_up_gives_what_javascript_gives(state: JsonObject, parts: list[str]) -> None:
    path = "state" + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)

    def outcome(text: str) -> Json:
        try:
            return [value_of(text, state), is_true(read_script(text), at(state))]
        except ScriptFault:
            return "an error"

    assume("😀" not in leaves(state) or not any(map(str.isdigit, parts)))  # half of it would be an error
    assert outcome(path) == outcome(f"({path})")


def leaves(value: Json) -> list[Json]:
    """Give the values within a value that hold none themselves."""
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    return [value]
