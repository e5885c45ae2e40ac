import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.source import DOCUMENT_LIMIT, Parsed, Syntax, read, syntax_of
from schema.values import Json
from tests.unit.schema.documents import values


def parsed(text: str | bytes) -> Parsed:
    return read(text, Syntax.JSON)


def faults(text: str | bytes, syntax: Syntax = Syntax.JSON) -> list[tuple[str, int | None, int | None]]:
    result = read(text, syntax)
    assert all(finding.severity == "critical" for finding in result.findings)
    return [(finding.rule, finding.line, finding.column) for finding in result.findings]


@pytest.mark.parametrize(
    ("name", "syntax"),
    [
        ("a.json", Syntax.JSON), ("a.b.YAML", Syntax.YAML), ("a.yml", Syntax.YAML), ("a.jsonl", Syntax.JSONL),
        ("a.ndjson", Syntax.JSONL), ("README.md", None), ("json", None), (".json", Syntax.JSON),
    ],
)  # fmt: skip
def test_file_ending_tells_the_syntax(name: str, syntax: Syntax | None) -> None:
    assert syntax_of(name) is syntax


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", (1, 1), "found the end of the text"),
        (" \n ", (2, 2), "found the end of the text"),
        ('{"a": 1 "b": 2}', (1, 9), "expected ',' or '}' here, found '\"b\": 2}'"),
        ("[1\n2]", (2, 1), "expected ',' or ']'"),
        ("[1,]", (1, 4), "a comma stands before ']'"),
        ('{"a": 1,}', (1, 9), "a comma stands before '}'"),
        ("{a: 1}", (1, 2), "expected a key in double quotes"),
        ('{"a" 1}', (1, 6), "expected ':' after the key 'a'"),
        ("[NaN]", (1, 2), "NaN is not JSON"),
        ("[-Infinity]", (1, 2), "-Infinity is not JSON"),
        ("[True]", (1, 2), "True is not JSON"),
        ("[1, nul]", (1, 5), "expected a value"),
        ("[01]", (1, 3), "expected ',' or ']'"),
        ("[1,\n\n", (3, 1), "found the end of the text"),
        ("{}\n{}", (2, 1), "expected the end of the document"),
        ('"a', (1, 3), "a string is not closed"),
        ('"a\nb"', (1, 3), "a line break in a string is written \\n"),
        ('["\t"]', (1, 3), "control character U+0009"),
        ('["\\x"]', (1, 3), "unknown escape \\x"),
        ('["\\ud800"]', (1, 2), "half of a surrogate pair"),
        ("[1 \n", (2, 1), "found the end of the text"),
        ("[1 \nx", (2, 1), "found 'x'"),
        ('{"a": }', (1, 7), "found '}'"),
    ],
)
def test_syntax_error_has_its_place_and_says_what_is_wrong(text: str, place: tuple[int, int], message: str) -> None:
    result = parsed(text)
    (finding,) = result.findings
    assert result.documents == ()
    assert (finding.rule, (finding.line, finding.column)) == ("syntax", place)
    assert message in finding.message


def test_line_break_where_a_comma_was_expected_is_named() -> None:
    (finding,) = parsed('{"a": 1x\n}').findings
    assert "found 'x'" in finding.message


def test_repeated_keys_are_all_found_where_they_stand_again() -> None:
    result = parsed('{"a": {"b": 1,\n "b": 2},\n "a": 3, "c": [{"d": 1, "d": 1}]}')
    assert [(finding.pointer, finding.line, finding.column) for finding in result.findings] == [
        ("/a/b", 2, 2),
        ("/a", 3, 2),
        ("/c/0/d", 3, 25),
    ]
    assert result.documents == ()


def test_escaped_quotes_do_not_hide_a_repeated_key() -> None:
    assert faults('{"a": 1, "a": "\\u0022\\u0022"}') == [("duplicate-key", 1, 10)]
    assert parsed('{"a": "\\u0022"}').documents[0].value == {"a": '"'}


def test_number_too_large_for_json_is_a_finding() -> None:
    assert faults("[1e400]") == [("number", 1, 2)]


@pytest.mark.parametrize("text", ["[" * 65 + "]" * 65, "[" * 1_000_000, '{"a":' * 150_000, "[" * 300 + "]" * 300])
def test_nesting_beyond_64_levels_is_a_finding(text: str) -> None:
    ((rule, line, _),) = faults(text)
    assert (rule, line) == ("depth", 1)


def test_nesting_of_64_levels_is_read() -> None:
    assert faults("[" * 64 + "]" * 64) == []
    assert faults("[" * 64 + "1" + "]" * 64) == []


def test_byte_order_mark_is_passed_over() -> None:
    assert parsed("\ufeff{}").documents[0].value == {}
    assert parsed(b"\xef\xbb\xbf[1]").documents[0].locate("/0") == (1, 2)


@pytest.mark.parametrize(
    ("data", "place"),
    [(b"\xff\xfe{}", (1, 1)), (b'{"a":\n "\xe9"}', (2, 3)), ('["\ud800"]', (1, 3)), (b'"\xc3', (1, 2))],
)
def test_broken_characters_are_a_finding_with_their_place(data: str | bytes, place: tuple[int, int]) -> None:
    assert faults(data) == [("encoding", *place)]


def test_text_beyond_the_limit_is_refused_by_its_bytes() -> None:
    assert faults(" " * (DOCUMENT_LIMIT + 1)) == [("size", None, None)]
    assert faults('"' + "é" * 600_000 + '"') == [("size", None, None)]
    assert read(b"[1, 2]", Syntax.JSON, limit=5).documents == ()
    assert read(b"[1,2]", Syntax.JSON, limit=5).findings == ()


def test_each_value_is_located_and_unknown_pointers_fall_back_to_the_parent() -> None:
    text = '{\n  "a": [1,\n    {"b/c": "é", "~": null}],\r\n  "d": {}, "e": []}'
    locate = parsed(text).documents[0].locate
    assert [locate(pointer) for pointer in ("", "/a", "/a/0", "/a/1", "/a/1/b~1c", "/a/1/~0", "/d", "/e")] == [
        (1, 1), (2, 8), (2, 9), (3, 5), (3, 13), (3, 23), (4, 8), (4, 17),
    ]  # fmt: skip
    assert locate("/a/1/new") == (3, 5)
    assert locate("/nowhere/at/all") == (1, 1)


def test_each_line_of_jsonl_is_a_document_with_its_own_line_number() -> None:
    result = read('{"a": 1}\n\n{"b":}\r\n[1,\t2]\n', Syntax.JSONL)
    assert [document.value for document in result.documents] == [{"a": 1}, [1, 2]]
    assert [(finding.rule, finding.line, finding.column) for finding in result.findings] == [("syntax", 3, 6)]
    assert result.documents[1].locate("/1") == (4, 5)


@settings(max_examples=150, deadline=None)
@given(values(), st.sampled_from([None, 2]))
def test_whatever_json_can_say_is_read_back_and_located(value: Json, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    result = parsed(text)
    assert result.findings == ()
    document = result.documents[0]
    assert json.dumps(document.value) == json.dumps(json.loads(text))
    assert document.locate("") == (1, 1)


@settings(max_examples=150, deadline=None)
@given(values(), st.data())
def test_damaged_json_gives_findings_or_a_value_and_never_an_exception(value: Json, data: st.DataObject) -> None:
    text = json.dumps(value)
    at = data.draw(st.integers(0, len(text)))
    damaged = text[:at] + data.draw(st.sampled_from(list('{}[]",:\\x0 '))) + text[at + data.draw(st.integers(0, 2)) :]
    result = parsed(damaged)
    assert len(result.documents) + bool(result.findings) == 1


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ('{"a": 1,\n "b": [1, 2', "put a comma here, or close the [ opened at line 2, column 7"),
        ('{"a": 1 "b": 2}', "put a comma here, or close the { opened at line 1, column 1"),
        ('{\n  "a": "b\n}', 'close the " opened at line 2, column 8'),
        ("{id: 1}", "check the quotation marks, commas and brackets before this place"),
    ],
)
def test_a_syntax_error_says_what_to_do_and_where_what_is_open_began(text: str, advice: str) -> None:
    (finding,) = read(text, Syntax.JSON).findings
    assert (finding.rule, finding.suggestion) == ("syntax", advice)
