"""Expressions that would work without end, or leave something behind for the next one."""

import time
from collections.abc import Callable

import pytest

from engine import scripts
from engine.expression import ExpressionError, evaluate
from engine.variables import outermost
from schema.values import Json

MOST_SECONDS = 5
"""CPU seconds any of these may take; each took minutes where nothing kept it from running."""
EXPRESSION_IN_USE = "[3, 1, 2].map(x => x * 2).filter(x => x > 2).sort().join() + [...new Map([[1, 2]]).keys()].length"


def gate(text: str) -> Json:
    """Evaluate as a rule of a gate does."""
    return evaluate(text, {"evidence": {"a": 1}})


def script(text: str) -> Json:
    """Evaluate as an expression of an automation document is."""
    return scripts.evaluate(scripts.read_script(text), outermost({}), {"evidence": {"a": 1}})


BOTH = pytest.mark.parametrize("run", [gate, script])


def outcome(text: str, run: Callable[[str], Json] = gate) -> str:
    try:
        return str(run(text))
    except ExpressionError as error:
        return error.details


@pytest.mark.requirement("GATE-3")
@pytest.mark.parametrize(
    "text",
    [
        "[].includes.call({length: 9e15}, 1)",
        "[].join.call({length: 9e15}, '')",
        "({length: 9e15, join: [].join}).join('')",
        "({length: 9e15, flat: [].flat}).flat()",
        "({length: 9e15, sort: [].sort}).sort()",
        "[].forEach.apply({length: 9e15}, [x => x])",
        "[].reverse.bind({length: 9e15})()",
        "[...({length: 9e15, v: [].values}).v()].length",
        "new Set([undefined]).isSupersetOf({size: 0, has: x => 1, keys: () => ({length: 9e15, v: [].values}).v()})",
        "new Array(4294967295).indexOf(1)",
        "Array(4294967295).join('')",
        "[Array(4294967295)].flat()",
        "Array.from({length: 9e15}).length",
        "(from => from({length: 9e15}))(Array.from).length",
        "[Object.assign([], {length: 4294967295})].flat()",
        "Object.assign([], {4294967290: 1}).sort()",
        "JSON.stringify({}, Object.assign([], {length: 4294967295}))",
        "JSON.stringify({}, Array(90000).fill(1).map((x, i) => i))",
        "Object.defineProperty([], 'length', {value: 4294967295}).reverse()",
        "[].concat(...Array(60000).fill([,,,])).length",
        "Array(90000).fill(JSON.parse('[' + '0,'.repeat(50000) + '0]', () => undefined)).flat()",
        "Array(90000).fill(Array(90000)).flat().length",
        "Array(90000).fill(1).flatMap(x => Array(90000)).length",
        "(a => a.concat([a]).flat(Infinity))([[[[1]]]]).length",
        "(a => a.push(a) && a.flat(Infinity))([1])",
        "'a'.repeat(3000000).indexOf('a'.repeat(1500000) + 'b')",
        "'a'.repeat(3000000).includes('a'.repeat(1500000) + 'b')",
        "'a'.repeat(3000000).lastIndexOf('b' + 'a'.repeat(1500000))",
        "'a'.repeat(3000000).split('a'.repeat(1500000) + 'b').length",
        "'a'.repeat(3000000).replaceAll({toString: () => 'a'.repeat(1500000) + 'b'}, '')",
        "((s, t) => Array(90000).fill(s).includes(t))('a'.repeat(2000000) + 'x', 'a'.repeat(2000000) + 'y')",
        "((s, t) => Array(90000).fill(s).concat(t).sort().length)('a'.repeat(900000) + 'x', 'a'.repeat(900000) + 'y')",
        "((s, t) => Array(9000).fill(s).filter(x => x === t).length)('a'.repeat(2e6) + 'x', 'a'.repeat(2e6) + 'y')",
        "RegExp('a|'.repeat(1000000)).test('a')",
        "new RegExp('a|'.repeat(1000000)).test('a')",
        "/a/.compile('a|'.repeat(1000000)).test('a')",
        "'a'.match('a|'.repeat(1000000)).length",
        "'a'.search('a|'.repeat(1000000))",
        "[...'a'.matchAll('a|'.repeat(1000000))].length",
        "'\\u0301\\u0316'.repeat(500000).normalize('NFC').length",
    ],
)
@BOTH
def test_no_expression_works_without_end_inside_one_operation(text: str, run: Callable[[str], Json]) -> None:
    started = time.thread_time()
    outcome(text, run)
    assert time.thread_time() - started < MOST_SECONDS
    assert outcome("evidence.a + 0", run) == "1"


@pytest.mark.parametrize(
    "text",
    [
        "Object.assign(Object.getPrototypeOf([1].values().map(x => x)), {next: () => ({done: true})})",
        "Object.assign(Object.getPrototypeOf([1].values()), {next: () => ({done: true})})",
        "Object.assign(Object.getPrototypeOf(new Map().keys()), {next: () => ({done: true})})",
        "Object.assign(Object.getPrototypeOf('a'.matchAll(/a/g)), {next: () => ({done: true})})",
        "Object.assign(Array, {isArray: () => true})",
        "Object.assign(RegExp.prototype, {test: () => true})",
        "Object.assign([].map, {poison: 1})",
        "Object.assign(Math, {max: 1})",
    ],
)
@BOTH
def test_what_an_expression_may_reach_it_cannot_change(text: str, run: Callable[[str], Json]) -> None:
    with pytest.raises(ExpressionError):
        run(text)
    assert outcome(EXPRESSION_IN_USE, run) == "4,61"


REACHED = """((walk, made) => walk(walk, made, new Set(made)))(
  (walk, layer, seen) => layer.length === 0 ? [...seen] : walk(walk, layer.flatMap(each => [
    Object.getPrototypeOf(each),
    ...Object.values(Object.getOwnPropertyDescriptors(each)).flatMap(of => [of.value, of.get, of.set]),
  ]).filter(each => (typeof each === 'function' || typeof each === 'object' && each !== null)
    && !seen.has(each) && seen.add(each)), seen),
  [Object, Array, String, Number, Boolean, Math, JSON, RegExp, Map, Set, isNaN, isFinite, parseInt, parseFloat,
    ...[[], {}, /a/, '', 1, true, () => 1, [].values(), ''.matchAll(/a/g), new Map().keys(), new Set().keys()]
      .map(each => Object.getPrototypeOf(each))])"""


def test_all_that_an_expression_reaches_by_names_is_frozen_and_makes_no_code() -> None:
    assert outcome(f"{REACHED}.length > 200") == "True"
    assert outcome(f"{REACHED}.filter(each => !Object.isFrozen(each)).length") == "0"
    assert not ({*MAKERS, "Date", "now"} & set(names_of(REACHED, gate)))


def test_a_script_reaches_the_clock_of_its_session_besides_and_cannot_change_it() -> None:
    reached = REACHED.replace("[Object, Array", "[Date, Date.prototype, Object, Array")
    assert outcome(f"{reached}.length > 230", script) == "True"
    assert outcome(f"{reached}.filter(each => !Object.isFrozen(each)).length", script) == "0"
    assert {"Date", "now", "getUTCHours"} <= set(names_of(reached, script))
    assert not MAKERS & set(names_of(reached, script))


MAKERS = {"Function", "eval", "Symbol", "Proxy", "Promise", "random"}


def names_of(reached: str, run: Callable[[str], Json]) -> list[str]:
    found = run(f"{reached}.map(each => each.name || '').sort()")
    assert isinstance(found, list)
    return [str(each) for each in found]


@pytest.mark.parametrize(
    "text",
    [
        "''['con' + 'structor']",
        "Math.max['con' + 'structor']",
        "({})['con' + 'structor']",
        "Array['con' + 'structor'] === Object",
        "({})['__pro' + 'to__']",
        "({})['__define' + 'Getter__']",
        "[].values()['con' + 'structor']",
        "Object['getOwnProperty' + 'Symbols']",
        "Object['define' + 'Property']",
        "JSON.rawJSON",
    ],
)
@BOTH
def test_no_value_leads_to_what_makes_values_of_its_kind(text: str, run: Callable[[str], Json]) -> None:
    assert outcome(text, run) in ("None", "False")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (r"[].c\u006fnstructor", "a name written with a backslash"),
        (r"evidence.\u0061", "a name written with a backslash"),
        (r"(\u0061 => 1)(2)", "a name written with a backslash"),
        (r"({c\u006fnstructor: 1})", "a name written with a backslash"),
        (r"({'__pro\x74o__': 1})", "a name written with a backslash"),
        (r"({'a': 1, b: '\x74'})", ""),
        ("[1, , 2].length", "a list with a hole"),
        ("[,]", "a list with a hole"),
        ("[1, 2, ].length", ""),
        ("(([, two]) => two)([1, 2])", ""),
    ],
)
def test_names_are_written_out_and_lists_have_no_holes(text: str, told: str) -> None:
    assert (told in outcome(text)) if told else ("not allowed" not in outcome(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Array(3).fill(0).map((x, i) => i).concat([3]).slice(1).reverse()", [3, 2, 1]),
        ("Array.from({length: 3}, (x, i) => i)", [0, 1, 2]),
        ("Array.from(new Set([1, 1, 2]))", [1, 2]),
        ("Array.of(1, 2).concat(Array('a'), new Array(1, 2))", [1, 2, "a", 1, 2]),
        ("[1] instanceof Array && /a/ instanceof RegExp && Array.isArray(Array(2))", True),
        ("[[1, [2]], 3].flat()", [1, [2], 3]),
        ("[[1, [2]], 3].flat(Infinity)", [1, 2, 3]),
        ("[1, 2].flatMap((x, i) => [x, i])", [1, 0, 2, 1]),
        ("[10, 9, 1, 'b', undefined].sort().map(String)", ["1", "10", "9", "b", "undefined"]),
        ("[10, 9, 1].sort((a, b) => a - b)", [1, 9, 10]),
        ("[10, 9, 1].toSorted()", [1, 10, 9]),
        ("['a', NaN, undefined].map(x => ['a', NaN, undefined].includes(x))", [True, True, True]),
        ("'a1b2'.split(/\\d/)", ["a", "b", ""]),
        ("'a,b'.split(',').concat('ab'.split(), 'ab'.split(''), 'a,b'.split(',', 1))", ["a", "b", "ab", "a", "b", "a"]),
        ("'aa'.replace('a', 'b') + 'aa'.replaceAll('a', x => x + x) + 'ab'.replace(/b/g, '$&$&')", "baaaaaabb"),
        ("'null'.includes(null) && 'abc'.indexOf('c') === 2 && 'aba'.lastIndexOf('a', 1) === 0", True),
        ("'ab'.match('b').index + 'ab'.search('b') + [...'aba'.matchAll(/a/g)].length + 'x'.match().length", 5),
        ("RegExp('A', 'i').test('a') && new RegExp(/b/g).flags === 'g' && RegExp().test('')", True),
        ("JSON.parse('[1]').concat(JSON.parse(JSON.stringify({a: 1}))).length", 2),
        ("JSON.stringify({a: 1, b: 2}, (key, value) => key === 'b' ? undefined : value)", '{"a":1}'),
        ("Object.assign({}, evidence, {b: 2})", {"a": 1, "b": 2}),
        ("Object.prototype.hasOwnProperty.call(evidence, 'a') && Object.hasOwn(evidence, 'a')", True),
        ("Object.entries(evidence).map(([key, value]) => key + value)", ["a1"]),
        ("Math.max.apply(null, [1, 2])", 2),
    ],
)
@BOTH
def test_what_is_usual_works_as_everywhere(text: str, run: Callable[[str], Json], expected: Json) -> None:
    assert run(text) == expected


def test_an_error_inside_lists_tells_its_place() -> None:
    with pytest.raises(ExpressionError) as refused:
        evaluate("[1].map(x =>\n  x.b.c)", {})
    assert refused.value.place == (2, 3)
