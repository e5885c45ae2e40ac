import time

import pytest

from engine.expression import ExpressionError, evaluate
from engine.expression_proof import MAX_CHAIN, prove
from engine.expression_tree import MAX_EXPRESSION

NAMES = frozenset({"evidence"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "exactly one expression"),
        ("  \n", "exactly one expression"),
        ("()", "exactly one expression"),
        ("1; 2", "exactly one expression"),
        ("1); (2", "exactly one expression"),
        ("1)", "exactly one expression"),
        ("1 /*", "exactly one expression"),
        ("1}); ({a: 1", "exactly one expression"),
        ("a\0b", "exactly one expression"),
        ("x\u2028y", "exactly one expression"),
        ("'\ud800'", "half of a surrogate pair"),
        ("if (1) 2", "exactly one expression"),
        ("throw 1", "exactly one expression"),
        ("var x = 1", "exactly one expression"),
        ("...evidence.list", "one expression"),
        ("lambda e: e", "exactly one expression"),
        ("1 // comment", "a comment is not allowed"),
        ("/* a */ 1", "a comment is not allowed"),
        ("1, 2", "a comma between expressions"),
        ("(1, 2)", "a comma between expressions"),
        ("evidence.a = 2", "an assignment"),
        ("evidence.a += 2", "an assignment"),
        ("evidence.a++", "++ or --"),
        ("1 <!-- 2", "++ or --"),
        ("1\n--> 2", "++ or --"),
        ("delete evidence.a", "delete"),
        ("function () { return 1 }", "a function with statements"),
        ("(() => { for (;;); })()", "a function with statements"),
        ("({get a() { return 1 }})", "a function with statements"),
        ("(function* () {})()", "a function with statements"),
        ("async () => 1", "async is not allowed"),
        ("async x => 1", "async is not allowed"),
        ("await 1", "await"),
        ("import('x')", "import"),
        ("import.meta", "import"),
        ("new.target", "new.target"),
        ("this", "this is not allowed"),
        ("class {}", "a class"),
        ("10n", "a BigInt"),
        ("evidence.constructor", "constructor is not allowed"),
        ("evidence['__proto__']", "__proto__ is not allowed"),
        ("({__proto__: null})", "__proto__ is not allowed"),
        ("(({constructor: c}) => c)(evidence)", "constructor is not allowed"),
        ("(({constructor}) => 1)(evidence)", "constructor is not allowed"),
        ("(([evidence.a]) => 1)([])", "no parameter of an arrow function"),
        ("(({a: evidence.b}) => 1)(evidence)", "no parameter of an arrow function"),
        ("Date.now()", "Date is not there"),
        ("Math.random()", "Math.random is not there"),
        ("eval('1')", "eval is not there"),
        ("new Function('return 1')()", "with new"),
        ("Function('return 1')()", "Function is not there"),
        ("new evidence.a()", "with new"),
        ("new (Set)()", "with new"),
        ("arguments[0]", "no name 'arguments'"),
        ("globalThis.x", "no name 'globalThis'"),
        ("evidnce.a", "no name 'evidnce'; did you mean 'evidence'?"),
        ("other", "no name 'other'"),
        ("({other})", "no name 'other'"),
        ("(({a}) => b)(evidence)", "no name 'b'"),
        ("'x'.y = 1", "an assignment"),
        ("1 +", "exactly one expression"),
        ("#", "exactly one expression"),
    ],
)
def test_what_is_more_or_less_than_one_harmless_expression_is_refused_before_it_runs(text: str, told: str) -> None:
    fault = prove(text, NAMES).fault
    assert fault is not None
    assert told in fault
    with pytest.raises(ExpressionError) as refused:
        evaluate(text, {"evidence": {}})
    assert told in str(refused.value)


def test_the_place_of_a_fault_is_told_in_lines_and_columns() -> None:
    assert str(prove("evidence.a\n  + 'é' + gone", NAMES).fault) == "there is no name 'gone' (line 2, column 11)"
    assert str(prove("1 +", NAMES).fault).endswith("(line 1, column 4)")
    assert str(prove("(1", NAMES).fault).endswith(")")


def test_an_expression_that_is_too_long_is_refused_unread() -> None:
    assert "longer than 4,096" in str(prove("1" * (MAX_EXPRESSION + 1), NAMES).fault)
    assert prove("+".join("1" * (MAX_EXPRESSION // 2)), NAMES).fault is None


@pytest.mark.parametrize("part", ["(", "[", "{a:", "!", "a=>(", "`${", "1?1:", "-", "...", "/", "'", "\\", "😀"])
def test_no_text_of_the_longest_kind_breaks_the_proof(part: str) -> None:
    started = time.thread_time()
    proof = prove((part * MAX_EXPRESSION)[:MAX_EXPRESSION], frozenset({"a"}))
    assert proof.fault is not None
    assert time.thread_time() - started < 2


def test_the_names_and_chains_an_expression_reads_are_told_in_order() -> None:
    names = frozenset({"evidence", "value"})
    proof = prove("value > evidence.b.c && evidence['odd-name'].d && evidence.list.map(e => e.x)[0] && value", names)
    assert proof.free == ("value", "evidence")
    assert proof.chains == (
        ("value",),
        ("evidence", "b", "c"),
        ("evidence", "odd-name", "d"),
        ("evidence", "list", "map"),
    )
    for text in (
        "evidence[value]",
        "evidence['a\\x62']",
        "evidence['\\x62']",
        "evidence['']",
        "evidence[0]",
        "evidence[`a`]",
    ):
        assert ("evidence",) in prove(text, names).chains
    assert len(prove("evidence" + ".a" * 100, names).chains[0]) == MAX_CHAIN
    assert prove("evidence?.a", names).chains == (("evidence", "a"),)
    assert prove("({evidence})", names).chains == (("evidence",),)
    assert prove("{}", names).chains == ()
