"""Reports of inputs and calls: the value each stands for, or what is wrong with it, field by field."""

import pytest

from engine.build import build
from engine.definition import CallStep, InputStep, PromptStep
from engine.sessions.answering import Answered, judge
from engine.sessions.faults import StepFault
from engine.sessions.limits import Said
from engine.sessions.model import Issue
from engine.variables import Scope, Values, outermost
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document


def scope(state: JsonObject | None = None) -> Scope:
    """Give the scope of a session with this state."""
    return outermost(state or {}, values=Values({}, {}, None, {}, {}, 0.0))


def step_of(**keys: Json) -> PromptStep | InputStep | CallStep:
    """Build a document's only step."""
    prompt: JsonObject = {} if keys.get("type") == "call" else {"prompt": "Tell."}
    step: JsonObject = {"id": "ask", "type": "input", **prompt, **keys}
    (built,) = build(document(step)).steps
    assert isinstance(built, PromptStep | InputStep | CallStep)
    return built


def answered(
    output: str | None, state: JsonObject | None = None, keys: JsonObject | None = None, **more: Json
) -> Answered:
    """Judge an answer to an input with these keys."""
    return judge(step_of(**{**(keys or {}), **more}), Said(output, None, {}), scope(state))


def wrong(output: str | None, **keys: Json) -> Issue:
    """Give the only thing wrong with an answer."""
    (issue,) = answered(output, keys=keys).issues
    return issue


SERVER: JsonObject = {
    "fields": [
        {"name": "kind", "kind": "choice", "choices": ["sqlite", "postgres"], "prompt": "Which store?"},
        {"name": "host", "prompt": "Where is it?", "visibleWhen": {"var": "kind", "equals": "postgres"}},
        {"name": "port", "kind": "integer", "default": 5432, "visibleWhen": "kind === 'postgres'"},
        {"name": "note", "required": False},
    ]
}


class TestKinds:
    """Every kind of answer, as text from an agent."""

    @pytest.mark.parametrize(
        ("kind", "output", "value"),
        [
            ("string", " as it is ", " as it is "),
            ("string", "42", "42"),
            ("number", " 2.5 ", 2.5),
            ("integer", "42", 42),
            ("integer", "2.0", 2),
            ("boolean", "true", True),
            ("boolean", "No", False),
            ("json", '{"a": [1]}', {"a": [1]}),
            ("json", "null", None),
        ],
    )
    def test_an_answer_of_the_kind_gives_its_value(self, kind: str, output: str, value: Json) -> None:
        assert answered(output, kind=kind) == (value, ())

    @pytest.mark.parametrize(
        ("kind", "output", "message", "expected", "example"),
        [
            ("number", "many", "The answer must be of type number, not string.", "a number", 1),
            ("integer", "2.5", "The answer must be of type integer, not number.", "a whole number", 1),
            ("boolean", "maybe", "The answer must be of type boolean, not string.", "true or false", True),
            ("json", "{a", "The answer must be JSON", "JSON", {}),
        ],
    )
    def test_another_answer_is_refused_with_what_is_expected_and_an_example(
        self, kind: str, output: str, message: str, expected: str, example: Json
    ) -> None:
        issue = wrong(output, kind=kind)
        assert issue.message.startswith(message)
        assert (issue.field, issue.expected, issue.example) == ("output", expected, example)

    @pytest.mark.parametrize(
        ("output", "value"), [("Staging", "staging"), (" prod ", "prod"), ("2", 2), ("2.0", "2.0"), ("TRUE", True)]
    )
    def test_a_choice_is_found_by_its_text(self, output: str, value: Json) -> None:
        assert answered(output, kind="choice", choices=["staging", "prod", 2, "2.0", True]).value == value

    def test_what_is_no_choice_is_refused_naming_the_choices(self) -> None:
        issue = wrong("neither", kind="choice", choices=["staging", "prod"])
        assert (issue.expected, issue.example, issue.received) == (
            "one of staging, prod",
            "staging",
            "string 'neither'",
        )

    def test_a_default_that_is_no_choice_is_refused_like_an_answer(self) -> None:
        given: JsonObject = {"first": "Staging", "other": "dev"}
        choices: list[Json] = ["staging", "prod"]
        fits = answered("", given, kind="choice", choices=choices, default="{{ state.first }}")
        assert fits.value == "staging"
        (issue,) = answered("", given, kind="choice", choices=choices, default="{{ state.other }}").issues
        assert issue.message == "The answer must be one of the choices."

    def test_two_choices_that_differ_by_case_are_told_apart(self) -> None:
        assert answered("a", kind="choice", choices=["A", "a"]).value == "a"
        assert wrong(" A ", kind="choice", choices=["Aa", "AA"]).message == "The answer must be one of the choices."
        assert wrong("aA", kind="choice", choices=["Aa", "AA"]).received == "string 'aA'"

    def test_choices_may_come_from_the_state(self) -> None:
        given: JsonObject = {"regions": ["eu", "us"]}
        assert answered("eu", given, kind="choice", choices="state.regions.filter(r => r !== 'us')").value == "eu"

    @pytest.mark.parametrize("regions", [None, [], "eu", list(range(1001))])
    def test_choices_that_are_no_list_fail_the_step(self, regions: Json) -> None:
        with pytest.raises(StepFault):
            answered("eu", {"regions": regions}, kind="choice", choices="state.regions")


class TestRules:
    """The author's rules, in the one table of checks and as expressions."""

    @pytest.mark.parametrize(
        ("validation", "kind", "good", "bad", "expected"),
        [
            ({"min": 1, "max": 10}, "integer", "10", "11", "a value of at least 1 and a value of at most 10"),
            ({"minLength": 2}, "string", "ab", "a", "a length of at least 2"),
            ({"maxLength": 2}, "string", "ab", "abc", "a length of at most 2"),
            ({"pattern": "^[a-z]+$"}, "string", "abc", "ABC", "a match of /^[a-z]+$/"),
            ({"oneOf": [1, 2]}, "number", "2.0", "3", "a value among [1, 2]"),
            ({"minLength": 1}, "json", "[1]", "[]", "JSON with a length of at least 1"),
        ],
    )
    def test_a_rule_lets_pass_what_fits_and_says_what_is_wanted(
        self, validation: JsonObject, kind: str, good: str, bad: str, expected: str
    ) -> None:
        assert answered(good, kind=kind, validation=validation).issues == ()
        assert expected in wrong(bad, kind=kind, validation=validation).expected

    def test_an_expression_sees_the_value_and_the_state(self) -> None:
        rule: JsonObject = {"expression": "value > state.least"}
        assert answered("5", {"least": 4}, kind="number", validation=rule).value == 5
        (issue,) = answered("3", {"least": 4}, kind="number", validation=rule).issues
        assert issue.message == "The answer must meet: value > state.least"

    def test_a_rule_that_cannot_be_told_lets_nothing_pass(self) -> None:
        issue = wrong("5", kind="number", validation={"expression": "value.a.b"})
        assert "cannot be told" in issue.message

    def test_the_authors_message_stands_for_ours_and_the_rest_stays(self) -> None:
        validation: JsonObject = {"min": 1, "message": "A port, please."}
        issue = wrong("0", kind="integer", validation=validation)
        assert (issue.message, issue.received) == ("A port, please.", "integer 0")

    def test_a_null_that_rules_cannot_look_at_is_refused(self) -> None:
        assert wrong("null", kind="json", validation={"minLength": 1}).received == "string 'null'"


class TestLeftOut:
    """Answers nobody gave."""

    @pytest.mark.parametrize("output", [None, "", "  "])
    def test_a_required_answer_that_is_missing_is_asked_for(self, output: str | None) -> None:
        assert (wrong(output).message, wrong(output).received) == ("The answer is missing.", "nothing")

    def test_an_optional_answer_left_out_is_its_default_or_nothing(self) -> None:
        assert answered(None, required=False) == (None, ())
        assert answered("", kind="integer", required=False, default=80) == (80, ())
        assert answered("", {"port": 81}, kind="integer", default="{{ state.port }}") == (81, ())

    def test_a_default_that_breaks_the_rules_is_refused_as_any_answer(self) -> None:
        assert wrong("", kind="integer", default=0, validation={"min": 1}).received == "integer 0"

    def test_a_default_that_has_no_value_fails_the_step(self) -> None:
        with pytest.raises(StepFault) as caught:
            answered("", kind="integer", default="{{ state.port }}")
        assert caught.value.error_type == "TemplateError"


class TestFields:
    """Several answers at once."""

    def test_hidden_fields_are_neither_asked_for_nor_kept(self) -> None:
        assert answered('{"kind": "sqlite", "host": "db", "port": 1}', keys=SERVER) == (
            {"kind": "sqlite", "note": None},
            (),
        )

    def test_visible_fields_are_kept_with_their_defaults(self) -> None:
        assert answered('{"kind": "Postgres", "host": "db"}', keys=SERVER).value == {
            "kind": "postgres",
            "host": "db",
            "port": 5432,
            "note": None,
        }

    def test_every_wrong_field_is_told_by_its_name(self) -> None:
        issues = answered('{"kind": "postgres", "port": "high", "note": 3}', keys=SERVER).issues
        assert [(issue.field, issue.message) for issue in issues] == [
            ("host", "host is missing."),
            ("port", "port must be of type integer, not string."),
            ("note", "note must be of type string, not integer."),
        ]

    def test_a_name_nobody_asked_for_is_told_with_what_may_be_meant(self) -> None:
        (issue,) = answered('{"kind": "sqlite", "nots": "x"}', keys=SERVER).issues
        assert issue.message == "nots is not asked for here; did you mean 'note'?"

    @pytest.mark.parametrize("output", ["[]", "kind: sqlite"])
    def test_what_is_no_object_is_refused_naming_the_fields(self, output: str) -> None:
        (issue,) = answered(output, keys=SERVER).issues
        assert (issue.field, issue.expected) == ("output", "a JSON object with kind, host, port, note")

    def test_no_answer_at_all_names_what_is_missing(self) -> None:
        assert [issue.field for issue in answered(None, keys=SERVER).issues] == ["kind"]

    def test_a_field_may_be_hidden_by_the_state_in_any_form_of_condition(self) -> None:
        conditions: list[Json] = [
            {"and": [{"var": "state.n", "equals": 1}]},
            {"or": [{"var": "state.n", "equals": 1}, {"var": "state.n", "equals": 2}]},
            {"not": {"var": "state.n", "equals": 3}},
        ]
        for condition in conditions:
            fields: JsonObject = {"fields": [{"name": "more", "visibleWhen": condition}]}
            assert answered("{}", {"n": 3}, keys=fields) == ({}, ())
            assert answered('{"more": "x"}', {"n": 1}, keys=fields).value == {"more": "x"}

    def test_a_condition_that_cannot_be_told_fails_the_step(self) -> None:
        with pytest.raises(StepFault) as caught:
            answered("{}", fields=[{"name": "more", "visibleWhen": "state.a.b.c"}])
        assert caught.value.error_type == "ExpressionError"
