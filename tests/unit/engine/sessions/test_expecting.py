"""Answers against the schema a step asks for: decoded, judged field by field, with examples that really fit."""

import pytest

from engine.sessions import expecting
from engine.sessions.decoding import UndecodableError, decoded
from engine.sessions.expecting import expected_value
from engine.sessions.faults import StepFault
from engine.sessions.schema_words import MAX_NAMES, MAX_NESTED, part_at, sketch, wanted
from schema.values import Json, JsonObject

REVIEW: JsonObject = {
    "type": "object",
    "required": ["total", "files"],
    "properties": {
        "total": {"type": "integer", "minimum": 3},
        "files": {"type": "array", "items": {"enum": ["a.py", "b.py"]}},
    },
    "additionalProperties": False,
}


class TestDecoding:
    """What text a value is read from, and what is refused."""

    @pytest.mark.parametrize(
        ("text", "value"),
        [("1", 1), (" 2.5\n", 2.5), ('"a"', "a"), ("null", None), ("```json\n{}\n```", {}), ('["\\u00e9"]', ["é"])],
    )
    def test_json_is_decoded_even_in_a_code_fence(self, text: str, value: Json) -> None:
        assert decoded(text) == value

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "Expecting value at line 1, column 1"),
            ("{'a': 1}", "Expecting property name"),
            ("NaN", "NaN is no number of JSON"),
            ("1e999", "too large to keep"),
            ("9007199254740993", "beyond 9,007,199,254,740,991"),
            ("-" + "9" * 5000, "beyond"),
            ("[" * 100 + "]" * 100, "nested deeper than 64 levels"),
            ("[" * 100_000 + "]" * 100_000, "nested deeper than 64 levels"),
            ('"\\ud800"', "half of a surrogate pair"),
        ],
    )
    def test_what_a_session_could_not_keep_is_refused_with_the_reason(self, text: str, reason: str) -> None:
        with pytest.raises(UndecodableError, match=reason):
            decoded(text)

    def test_numbers_and_escapes_within_bounds_are_kept(self) -> None:
        assert decoded("[9007199254740991, -9007199254740991, 1e3]") == [2**53 - 1, -(2**53) + 1, 1000.0]


class TestAnswers:
    """What fits, and what is said of what does not."""

    def test_an_answer_that_fits_gives_its_value_and_no_issue(self) -> None:
        assert expected_value('{"total": 3, "files": ["a.py"]}', REVIEW) == ({"total": 3, "files": ["a.py"]}, ())

    @pytest.mark.requirement("AC-EHV-016")
    def test_every_wrong_field_is_an_issue_with_what_is_expected_and_an_example(self) -> None:
        value, issues = expected_value('{"total": "many", "files": ["c.py"]}', REVIEW)
        assert value is None
        total, files = issues
        assert (total.field, total.expected, total.received) == ("total", "integer, at least 3", "'many'")
        assert (total.example, total.has_example) == (3, True)
        assert (files.field, files.expected, files.example) == ("files/0", "one of 'a.py', 'b.py'", "a.py")

    def test_a_missing_property_is_a_field_of_its_own(self) -> None:
        _, (issue,) = expected_value('{"total": 4}', REVIEW)
        assert (issue.field, issue.received, issue.example) == ("files", "nothing", ["a.py"])

    def test_a_property_nobody_asked_for_is_an_issue_of_the_whole(self) -> None:
        _, (issue,) = expected_value('{"total": 4, "files": [], "more": 1}', REVIEW)
        assert issue.field == "output"
        assert "more" in issue.message

    def test_no_answer_and_no_json_are_told_apart_and_come_with_an_example(self) -> None:
        _, (missing,) = expected_value(None, REVIEW)
        assert (missing.message, missing.example) == ("The answer is missing.", {"total": 3, "files": ["a.py"]})
        _, (prose,) = expected_value("I looked at all of it.", REVIEW)
        assert prose.message == "The answer must be JSON and nothing else: Expecting value at line 1, column 1."

    def test_where_a_text_is_asked_for_text_is_an_answer_json_or_not(self) -> None:
        text: JsonObject = {"type": "string"}
        assert [expected_value(each, text)[0] for each in ("plain", '"quoted"', "42")] == ["plain", "quoted", "42"]

    def test_a_part_that_refers_elsewhere_is_judged_but_has_no_example(self) -> None:
        schema: JsonObject = {
            "definitions": {"n": {"type": "integer"}},
            "properties": {"n": {"$ref": "#/definitions/n"}},
        }
        _, (issue,) = expected_value('{"n": "x"}', schema)
        assert (issue.field, issue.has_example) == ("n", False)

    def test_a_place_the_schema_says_nothing_plain_of_has_no_example(self) -> None:
        _, (issue,) = expected_value('{"a": 1}', {"patternProperties": {"a": {"type": "string"}}})
        assert (issue.field, issue.expected, issue.has_example) == ("a", "what the schema asks for", False)

    def test_a_schema_that_cannot_be_used_fails_the_step(self) -> None:
        with pytest.raises(StepFault) as caught:
            expected_value("{}", {"type": "no-type"})
        assert caught.value.error_type == "SchemaError"

    def test_an_answer_whose_check_takes_too_much_work_is_refused(self) -> None:
        schema: JsonObject = {"items": {"enum": list(range(200))}}
        _, (issue,) = expected_value("[" + ",".join(["0"] * 60_000) + "]", schema)
        assert "too large" in issue.message

    def test_a_name_too_long_to_be_told_leaves_the_issue_with_the_whole(self) -> None:
        schema: JsonObject = {"required": ["n" * 1000]}
        _, (issue,) = expected_value("{}", schema)
        assert issue.field == "output"
        assert expecting._quoted("1 is no name") == ""


class TestWords:
    """What a schema asks for, in words and by an example."""

    @pytest.mark.parametrize(
        ("part", "words"),
        [
            ({"const": 3}, "the value 3"),
            ({"enum": list(range(MAX_NAMES + 1))}, "one of " + ", ".join(map(str, range(MAX_NAMES))) + ", ..."),
            ({"type": ["string", "null"], "maxLength": 4}, "string or null, at most 4 characters"),
            ({"type": "object", "required": [f"k{n}" for n in range(MAX_NAMES + 1)]}, "object, with k0"),
            ({"required": "no list"}, "what the schema asks for"),
        ],
    )
    def test_the_words_name_types_bounds_and_names(self, part: JsonObject, words: str) -> None:
        assert wanted(part).startswith(words)

    @pytest.mark.parametrize(
        ("schema", "pointer", "part"),
        [
            ({"properties": {"a/b": {"type": "null"}}}, "/a~1b", {"type": "null"}),
            ({"properties": {}}, "/a", {}),
            ({"items": [{"type": "null"}]}, "/0", {}),
            ({"items": True}, "/0/a", {}),
        ],
    )
    def test_the_part_of_a_place_is_found_where_it_stands_plainly(
        self, schema: JsonObject, pointer: str, part: JsonObject
    ) -> None:
        assert part_at(schema, pointer) == part

    @pytest.mark.parametrize(
        ("schema", "value"),
        [
            (True, None),
            ({"const": 4}, 4),
            ({"examples": ["x"], "type": "string"}, "x"),
            ({"examples": []}, "text"),
            ({"enum": [7]}, 7),
            ({"type": ["integer", "null"], "exclusiveMinimum": 2}, 3),
            ({"type": []}, "text"),
            ({"type": "number", "exclusiveMaximum": 2}, 1),
            ({"type": "number"}, 1.5),
            ({"type": "boolean"}, True),
            ({"type": "string", "minLength": 6}, "textxx"),
            ({"items": {"type": "integer"}, "minItems": 2}, [1, 1]),
            ({"type": "array", "minItems": "many"}, ["text"]),
            ({"properties": {"a": {}}}, {}),
        ],
    )
    def test_a_sketch_follows_what_stands_plainly(self, schema: Json, value: Json) -> None:
        assert sketch(schema) == value

    def test_a_sketch_ends_where_a_schema_goes_on(self) -> None:
        deep: JsonObject = {"type": "null"}
        for _ in range(MAX_NESTED + 3):
            deep = {"type": "array", "items": deep}
        made, levels = sketch(deep), 0
        while isinstance(made, list):
            made, levels = made[0], levels + 1
        assert levels == MAX_NESTED + 1
