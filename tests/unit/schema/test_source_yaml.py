import json
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.source import Syntax, read
from schema.values import Json
from tests.unit.schema.documents import values


def value(text: str) -> Json:
    result = read(text, Syntax.YAML)
    assert result.findings == ()
    (document,) = result.documents
    return document.value


def faults(text: str) -> list[tuple[str, str, int | None, int | None]]:
    result = read(text, Syntax.YAML)
    return [(finding.rule, finding.pointer, finding.line, finding.column) for finding in result.findings]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1e3", 1000.0), ("010", 10), ("0o10", 8), ("0x1F", 31), ("-7", -7), ("+5", 5), (".5", 0.5), ("5.", 5.0),
        ("-1.5E-2", -0.015), ("yes", "yes"), ("no", "no"), ("on", "on"), ("1:30", "1:30"), ("1_000", "1_000"),
        ("2001-01-01", "2001-01-01"), ("0b1", "0b1"), ("True", True), ("FALSE", False), ("tRUE", "tRUE"), ("~", None),
        ("Null", None), ("nULL", "nULL"), ("", None), ("'1'", "1"), ('"true"', "true"), ("1.2.3", "1.2.3"),
        ("\u0661", "\u0661"), ("<<", "<<"), ("=", "="), ("9" * 30, 1e30), ("-" + "9" * 30, -1e30),
        ("18446744073709551615", 18446744073709551615), ("0xF" + "0" * 20, float(0xF << 80)), ("!", None),
    ],
)  # fmt: skip
def test_plain_scalars_mean_what_yaml_1_2_says(text: str, meant: Json) -> None:
    if text == "!":
        assert faults("a: ! x") == [("tag", "/a", 1, 4)]
        return
    found = value(f"a: {text}")
    assert found == {"a": meant}
    assert type(found["a"]) is type(meant)


def test_block_scalars_and_quotes_are_text() -> None:
    assert value("a: |\n  1\n  2\nb: >\n  x\n  y\n") == {"a": "1\n2\n", "b": "x y\n"}


@pytest.mark.parametrize("text", [".inf", "-.INF", "+.Inf", ".nan", ".NaN", "1e999", "9" * 5_000, "0x" + "f" * 300])
def test_numbers_that_json_does_not_have_are_findings(text: str) -> None:
    assert faults(f"a: {text}") == [("number", "/a", 1, 4)]


def test_all_that_json_cannot_say_is_found_at_once() -> None:
    text = "a: *x\nb: &y 1\nc: !!str 3\nd: .inf\ne: 1\ne: 2\nf: &z {}\n"
    assert faults(text) == [
        ("alias", "/a", 1, 4),
        ("anchor", "/b", 2, 4),
        ("tag", "/c", 3, 4),
        ("number", "/d", 4, 4),
        ("duplicate-key", "/e", 6, 1),
        ("anchor", "/f", 7, 4),
    ]


def test_alias_as_a_key_is_refused() -> None:
    assert faults("*a : 1") == [("alias", "/", 1, 1)]


@pytest.mark.parametrize("text", ["[a]: 1", "? {a: 1}\n: 2", "? - a\n: 1"])
def test_key_that_is_no_scalar_is_refused(text: str) -> None:
    ((rule, pointer, line, _),) = faults(text)
    assert (rule, pointer, line) == ("key", "", 1)


def test_text_of_a_scalar_is_the_key() -> None:
    assert value("200: a\non: b\n~: c\n1.0: d\n'x y': e") == {"200": "a", "on": "b", "~": "c", "1.0": "d", "x y": "e"}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: [1, 2\nb: 3", 2, 2),
        ("é: ü\nb: [x, {c: ]", 2, 12),
        ("a:\n\tb: 1", 2, 1),
        ("a: 'b", 1, 6),
        ("\x00a: 1", 1, 1),
        ("a: 1\nb: \x01", 2, 4),
        ('a: "\\ud800"', 1, 7),
        ("a: b: c", 1, 5),
        ("%YAML 9.9.9\n---\na", 1, 10),
    ],
)
def test_syntax_error_has_its_place(text: str, line: int, column: int) -> None:
    result = read(text, Syntax.YAML)
    (finding,) = result.findings
    assert finding.rule == "syntax"
    assert finding.message.startswith("this is not YAML: ")
    assert finding.line == line
    assert finding.column is not None
    assert abs(finding.column - column) <= 3  # the parser's mark moves a little between releases of libyaml


def test_documents_of_a_stream_are_given_with_their_places_and_faulty_ones_left_out() -> None:
    result = read("é: ü\nüü:\n  - x: [1, y]\n---\nz: *a\n---\n- w\n", Syntax.YAML)
    first, last = result.documents
    assert (first.value, last.value) == ({"é": "ü", "üü": [{"x": [1, "y"]}]}, ["w"])
    assert [first.locate(pointer) for pointer in ("/üü/0/x/1", "/üü/0/x", "/üü", "/nope", "")] == [
        (3, 12), (3, 8), (3, 3), (1, 1), (1, 1),
    ]  # fmt: skip
    assert last.locate("/0") == (7, 3)
    assert [(finding.rule, finding.line) for finding in result.findings] == [("alias", 5)]


@pytest.mark.parametrize(("text", "count"), [("", 0), ("# nothing\n", 0), ("---\n...\n", 1), ("a\n--- b\n", 2)])
def test_stream_holds_as_many_documents_as_it_has(text: str, count: int) -> None:
    result = read(text, Syntax.YAML)
    assert (len(result.documents), result.findings) == (count, ())


@pytest.mark.parametrize("unit", ["[", "{a: ", "- ", "? ", "[{", "a: [", "- - [ "])
def test_hostile_nesting_is_refused_quickly(unit: str) -> None:
    start = time.process_time()
    (finding,) = read(unit * (900_000 // len(unit)), Syntax.YAML).findings
    assert finding.rule in ("depth", "key", "syntax")
    assert time.process_time() - start < 5


def test_nesting_of_64_levels_is_read() -> None:
    assert faults("[" * 64 + "]" * 64) == []
    assert faults("[" * 65 + "]" * 65)[0][0] == "depth"


@settings(max_examples=150, deadline=None)
@given(values())
def test_whatever_json_says_yaml_says_the_same(meant: Json) -> None:
    text = json.dumps(meant, ensure_ascii=True)
    if "\\u007f" in text or "\\ud" in text:  # not every escape of JSON is one of YAML
        return
    assert read(text, Syntax.YAML).documents[0].value == meant


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("ab: -[]{}?&*!|>'\"%#\n\t,0.~"), max_size=40))
def test_any_text_gives_documents_or_findings_and_agrees_with_pyyaml_on_what_is_yaml(text: str) -> None:
    result = read(text, Syntax.YAML)
    try:
        events = list(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        assert result.findings
    else:
        starts = sum(isinstance(event, yaml.DocumentStartEvent) for event in events)
        assert len(result.documents) == starts or result.findings


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a:\n\tb: 1", "a tab; YAML is indented with spaces"),
        ("a: |\n\tx", "a tab; YAML is indented with spaces"),
        ("a: [1, 2\nb: 3", "put a comma here, or close the [ opened at line 1, column 4"),
        ("a: 1\nb: {c: 1, d: [1, 2}", "put a comma here, or close the [ opened at line 2, column 14"),
        ("x: y\nid: [1,\n", "put a comma here, or close the [ opened at line 2, column 5"),
        ("a: 1\nx: {b: 1\nc: 2", "put a comma here, or close the { opened at line 2, column 4"),
        ("a: 'b", "close the quotation mark ' opened at line 1, column 4"),
        ('k:\n  a: "b\nc: d', 'close the quotation mark " opened at line 2, column 6'),
        ("a:\n  - b\n c: 1", "line this up with the list or object opened at line 1, column 1"),
        ("a: b: c", "check the indentation, or put the text in quotes if the colon belongs to it"),
        ("k: @x", "put text that begins with @ in quotes"),
        ("a: !<x", "check the indentation, and put text that holds : # [ ] { } or quotation marks in quotes"),
        ("a: \x01", "remove it, or write it as an escape in double quotes"),
    ],
)
def test_a_syntax_error_says_what_to_do_and_where_what_is_open_began(text: str, advice: str) -> None:
    (finding,) = read(text, Syntax.YAML).findings
    assert (finding.rule, finding.suggestion) == ("syntax", advice)
