import pytest

from engine.scripts import ScriptFault, evaluate, read_script
from schema.values import Json
from tests.unit.engine.scripted import at, value_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("state.n + 1", 6),
        ("this.total", 109.97),
        ("this.n", 5),
        ("this.name", "computed"),
        ("this.name + state.name", "computedx"),
        ("global.n === this.n", True),
        ("inputs.limit * 2", 6),
        ("n", "input"),
        ("n + 1", "input1"),
        ("name + half", "computed1.5"),
        ("computed.total > 100", True),
        ('steps["build"].output.ok', True),
        ('steps["build"].output.files.length', 1),
        ('steps["build"].output.files.map(f => f + "!")', ["a!"]),
        ("steps['later'].output ?? 'none'", "none"),
        ("steps['later'].output?.ok", None),
        ("steps.nothing.output", None),
        ("typeof steps['later'].output + typeof steps['nothing'].output", "undefinedobject"),
        ("session.id + session.startedAt.slice(0, 4)", "wf_12024"),
        ("gone", None),
        ("typeof gone", "undefined"),
        ("state.gone === undefined && state.none === null", True),
        ("loop.item === undefined", True),
        ("result.exitCode === 0 && input[0]", 1),
        ("state['odd name'] + 1", 2),
        ('state["odd name"]', 1),
        ("Object.keys(state).length > 10 && Object.keys(this).includes('total')", True),
        ("({...inputs, n: 1})", {"limit": 3, "n": 1}),
        ("(({limit, ...rest}) => rest)(inputs)", {"n": "input"}),
        ("state.hasOwnProperty('gone') || state.hasOwnProperty('n')", True),
        ("state[inputs.limit > 2 ? 'n' : 'name']", 5),
        ("state.big + 1", 2**40 + 1),
        ("state.small", -(2**33)),
        ("-state.small", 2**33),
        ("state.umlaut.length", 4),
        ("state.umlaut.toUpperCase()", "ÄÄ😀"),
        ("state['odd text'].length", 4),
        ("state['odd text'].codePointAt(1)", 0),
        ("[state.flag, state.empty, state.none, state.half]", [False, "", None, 1.5]),
        ("((state) => state.n)({n: 'own'})", "own"),
        ("state.people.map(state => state.age)", [30, 20]),
        (" state.n\n", 5),
        ("state.list.length", 3),
        ("state.name.length", 1),
        ("undefined", None),
        ("null", None),
        ("true", True),
        ("NaN || 'no number'", "no number"),
        ("Infinity > 1", True),
        ("`${state.name}`", "x"),
    ],
)
def test_an_expression_reads_every_scope(text: str, expected: Json) -> None:
    found = value_of(text, result={"exitCode": 0}, input=[1])
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("state.order?.lines?.[0]?.price", 29.99),
        ("state.gone?.lines?.[0].price", None),
        ("state.gone?.call?.(1)", None),
        ("state.none ?? state.gone ?? 'default'", "default"),
        ("state.people.map(({name}) => name)", ["Ann", "Bob"]),
        ("state.people.filter(p => p.age > 25).length", 1),
        ("state.order.lines.reduce((sum, {price, count}) => sum + price * count, 0).toFixed(2)", "109.97"),
        ("state.people.find(p => p.name === 'Bob').age", 20),
        ("state.people.find(p => p.name === 'Cy')", None),
        ("state.people.findIndex(p => p.age === 20)", 1),
        ("state.people.some(p => p.tags.length) && !state.people.every(p => p.tags.length)", True),
        ("state.people.flatMap(p => p.tags)", ["a", "b"]),
        ("[...state.list, ...[4, 5]]", [3, 1, 2, 4, 5]),
        ("Math.max(...state.list)", 3),
        ("({...state.order, paid: true}).paid", True),
        ("(([first, , third = 9, ...rest]) => [first, third, rest])([1, 2])", [1, 9, []]),
        ("`${state.name}: ${state.n * 2} ${`in ${state.flag}`}`", "x: 10 in false"),
        ("Object.entries({a: 1}).map(([k, v]) => k + v)", ["a1"]),
        ("Object.fromEntries(state.people.map(p => [p.name, p.age]))", {"Ann": 30, "Bob": 20}),
        ("JSON.parse(JSON.stringify({a: [1]})).a[0]", 1),
        ("Math.round(2.5) + Math.floor(-1.5) + Math.abs(-1)", 2),
        ("new Set([1, 1, 2]).size + new Map([[1, 2]]).get(1)", 4),
        ("'a-b'.split('-').join('+') + 'x'.padStart(2, '0')", "a+b0x"),
        ("parseInt('12px') + Number('3') + parseFloat('0.5')", 15.5),
        ("/^a(\\d+)$/.exec('a12')[1]", "12"),
        ("typeof state.n === 'number' ? 'number' : 'other'", "number"),
        ("2 ** 10 % 7", 2),
        ("(x => y => x + y)(1)(2)", 3),
        ("[1, 2, 3].includes(2) && 'abc'.includes('b')", True),
        ("[[1, [2]]].flat(2)", [1, 2]),
        ("state.list.toSorted?.() ?? [...state.list].sort()", [1, 2, 3]),
        ("[1, 2, 3].at(-1)", 3),
        ("Array.from({length: 3}, (x, i) => i * i)", [0, 1, 4]),
        ("Object.keys({b: 1, a: 2}).sort().join()", "a,b"),
        ("String(state.list) + [1, [2, 3]]", "3,1,21,2,3"),
        ("state.list.map(x => x > 1 && {x}).filter(Boolean)", [{"x": 3}, {"x": 2}]),
    ],
)
@pytest.mark.requirement("AC-VR-007")
def test_the_usual_idioms_of_es2020_work(text: str, expected: Json) -> None:
    assert value_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("input.filter(file => { const exts = ['.py']; return exts.some(e => file.endsWith(e)); })", ["a.py"]),
        ("input.map(file => { if (file.length > 4) { return 'long' } else { return 'short' } })", ["short", "long"]),
        (
            "input.map(f => { const [a, b = 'none'] = f.split('.'); let {length} = a; return b + length; })",
            ["py1", "md6"],
        ),
        ("(() => { if (input.length > 1) return 'many'; return 'one'; })()", "many"),
        ("(() => { const sum = (a, b) => a + b; return sum(1, 2); })()", 3),
        ("(() => { const {n = this.n, ['na' + 'me']: called} = {name: 1}; return n + called; })()", 6),
        ("input.map(f => { /* a\r\nb */ // the name\n const name = f;\r\n return name[0]; // first\n })", ["a", "r"]),
        ("input.map(f => { })", [None, None]),
        ("(() => { const copy = [...input]; copy.push('c'); return copy.length; })()", 3),
        ("// what\ninput.length", 2),
    ],
)
@pytest.mark.requirement("AC-VR-007")
def test_arrow_functions_may_have_statements(text: str, expected: Json) -> None:
    assert value_of(text, input=["a.py", "readme.md"]) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("(() => { for (const x of [1]) { } })()", "a loop is not allowed"),
        ("(() => { while (true) { } })()", "a loop is not allowed"),
        ("(() => { let a = 1; a = 2; return a; })()", "an assignment is not allowed"),
        ("(() => { throw 1; })()", "throw is not allowed"),
        ("(() => { try { return 1 } catch { return 2 } })()", "try is not allowed"),
        ("(() => { var a = 1; })()", "var is not allowed"),
        ("(() => { function f() { } })()", "a function with a name is not allowed"),
        ("(() => { const {constructor} = {}; return 1; })()", "constructor is not allowed"),
        ("(() => { const a = gone.x; return b; })()", "gone is undefined"),
        ("(() => { const a = 1 })() // \u2028 x", "not exactly one expression"),
        ("(() => { return eval('1') })()", "eval is not there"),
        ("(() => { return Function('1') })()", "Function is not there"),
        ("arguments[0]", "arguments is a word of JavaScript's own"),
        ("yield + 1", "yield is not allowed"),
        ("let", "let is a word of JavaScript's own"),
        ("(() => { const let = 1; return 1; })()", "JavaScript cannot read it: variable name expected"),
        ("(arguments => 1)(2)", "JavaScript cannot read it: invalid"),
        ("/(/.test('x')", "JavaScript cannot read it: expecting ')'"),
        ("{ a: 1; b: 2 }", "not exactly one expression"),
        ("state.n; state.name", "not exactly one expression"),
        ("state.n) || (true", "not exactly one expression"),
        ("state.n }", "not exactly one expression"),
        ("1]; [2", "not exactly one expression"),
        ("state.n = 3", "an assignment is not allowed"),
        ("await state.n", "await is not allowed"),
        ("import('x')", "import is not allowed"),
        ("new Promise(1)", "can be made with new"),
        ("Math.random()", "Math.random is not there"),
        ("10n", "a BigInt is not allowed"),
        ("steps", 'steps["id"].output'),
        ("steps[state.n].output", 'steps["id"].output'),
        ("steps['build'].result", "not .result"),
        ("x" * 5000, "longer than 4,096"),
        ("", "not exactly one expression"),
        ("a\0b", "not exactly one expression"),
        ("'\ud800'", "half of a surrogate pair"),
        ("+".join(f"v{number}" for number in range(101)), "more than 100 variables"),
    ],
)
def test_what_is_no_expression_that_may_run_is_refused_when_it_is_read(text: str, told: str) -> None:
    with pytest.raises(ScriptFault) as refused:
        evaluate(read_script(text), at())
    assert told in str(refused.value)


def test_bare_names_are_held_against_those_there_are_with_the_closest_one_named() -> None:
    names = frozenset({"total", "item"})
    assert read_script("total + item.x + state.anything + this.n", names).chains[:2] == (("total",), ("item", "x"))
    with pytest.raises(ScriptFault, match="there is no name 'totl'; did you mean 'total'"):
        read_script("totl + 1", names)
    with pytest.raises(ScriptFault, match="there is no name 'sate'; did you mean 'state'"):
        read_script("sate.x", names)


def test_the_chains_of_every_free_name_are_told() -> None:
    script = read_script("raw.x + item[0] + state.a.b.map(s => s.c + other)")
    assert script.chains == (("raw", "x"), ("item",), ("state", "a", "b", "map"), ("other",))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("state.n", ("state", "n")),
        (" this.a['b c'][0] ", ("this", "a", "b c", "0")),
        ("item", ("item",)),
        ('steps["a-b"].output', ("steps", "a-b", "output")),
        ("true", None),
        ("undefined", None),
        ("Math.PI", None),
        ("state['a\\'b']", None),
        ("state.n + 1", None),
        ("state?.n", None),
        ("!state.n", None),
    ],
)
def test_a_plain_path_is_known_as_one(text: str, path: tuple[str, ...] | None) -> None:
    assert read_script(text).path == path


def test_a_scope_word_may_be_used_as_a_value() -> None:
    item = at().at_item(1, 3, {"name": "a.md"})
    assert evaluate(read_script("({...loop, item: loop.item.name})"), item) == {
        "item": "a.md",
        "index": 1,
        "iteration": 2,
        "total": 3,
    }
    assert evaluate(read_script("Object.keys(loop).length"), at()) == 0
    assert evaluate(read_script("Object.keys(global).length - Object.keys(state).length"), at()) == 1
