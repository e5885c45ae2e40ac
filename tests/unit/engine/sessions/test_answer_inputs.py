"""What an agent is told to ask its user: the question with its rules in words, and more of it with every refusal."""

import pytest

from engine.build import build
from engine.definition import InputStep
from engine.sessions.answer_inputs import Tries, input_keys, input_prompt
from engine.variables import Scope, Values, outermost
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document

FIRST = Tries(0, 3)


def scope(state: JsonObject | None = None) -> Scope:
    """Give the scope of a session with this state."""
    return outermost(state or {}, values=Values({}, {}, None, {}, {}, 0.0))


def asked(**keys: Json) -> InputStep:
    """Build an input step."""
    step: JsonObject = {"id": "port", "type": "input", "prompt": "Which port for {{ state.host }}?", **keys}
    (built,) = build(document(step)).steps
    assert isinstance(built, InputStep)
    return built


class TestOneAnswer:
    """A question that asks for one thing."""

    def test_the_question_comes_with_its_rules_in_words(self) -> None:
        told = input_prompt(asked(kind="integer", validation={"min": 1}), scope({"host": "db"}), FIRST)
        assert told == (
            "Which port for db?\n\nAsk your user, and report the answer as output: "
            "a whole number with a value of at least 1."
        )

    def test_choices_and_what_holds_without_an_answer_are_told(self) -> None:
        told = input_prompt(asked(kind="choice", choices=["eu", "us"], default="eu"), scope(), FIRST)
        assert told.endswith("one of eu, us. Without an answer it is 'eu'.")
        assert input_prompt(asked(required=False), scope(), FIRST).endswith(
            "It may be left out: report without output."
        )

    def test_many_choices_are_counted_first_and_spelled_out_later(self) -> None:
        step = asked(kind="choice", choices=[f"r{number}" for number in range(30)])
        assert "r19 and 10 more" in input_prompt(step, scope(), FIRST)
        assert "r29" in input_prompt(step, scope(), Tries(2, 1))

    def test_programs_get_the_kind_the_choices_and_the_default(self) -> None:
        assert input_keys(asked(kind="choice", choices="state.regions"), scope({"regions": ["eu"]})) == {
            "kind": "choice",
            "choices": ["eu"],
        }
        assert input_keys(asked(kind="integer", default=80), scope()) == {"kind": "integer", "default": 80}
        assert input_keys(asked(required=False), scope()) == {"kind": "string", "required": False}

    def test_a_question_whose_choices_have_no_value_is_shown_without_them(self) -> None:
        assert input_keys(asked(kind="choice", choices="state.regions"), scope()) == {"kind": "choice"}


class TestAgain:
    """More guidance with every refused answer."""

    def test_the_first_refusal_says_which_attempt_this_is(self) -> None:
        told = input_prompt(asked(kind="integer"), scope(), Tries(1, 4))
        assert told.endswith("This is attempt 2 of 5: issues say what was wrong with the answer before it.")

    def test_the_second_spells_out_rules_and_an_example(self) -> None:
        validation: JsonObject = {"min": 1024, "expression": "value % 2 === 0"}
        told = input_prompt(asked(kind="integer", validation=validation), scope(), Tries(2, 3))
        assert "- a whole number with a value of at least 1024, so that value % 2 === 0, for example 1024" in told
        assert "last" not in told

    @pytest.mark.parametrize(
        ("on_error", "follows"),
        [
            ({"strategy": "fail"}, "the session fails"),
            ({"strategy": "continue"}, "the session goes on without an answer"),
            ({"strategy": "fallback", "fallbackValue": 80}, "a value of the workflow's own is taken instead"),
            ({"strategy": "retry"}, "the question is put anew, as often as the workflow allows"),
        ],
    )
    def test_the_last_attempt_says_what_follows_it(self, on_error: JsonObject, follows: str) -> None:
        told = input_prompt(asked(onError=on_error), scope(), Tries(1, 1))
        assert told.endswith(f"It is the last one: after another wrong answer {follows}.")


class TestSeveralAnswers:
    """A question with fields."""

    FIELDS: tuple[Json, ...] = (
        {"name": "store", "kind": "choice", "choices": ["lite", "post"], "prompt": "Which store for {{ state.app }}?"},
        {"name": "host", "visibleWhen": "store === 'post'"},
        {"name": "port", "kind": "integer", "default": 5432},
        {"name": "note", "required": False},
        {"name": "secret", "visibleWhen": "state.is_admin"},
        {"name": "odd", "visibleWhen": "state.a.b.c === 1"},
    )

    def test_each_field_has_a_line_and_hidden_ones_have_none(self) -> None:
        told = input_prompt(asked(fields=[*self.FIELDS]), scope({"app": "shop"}), FIRST)
        assert told.partition("\n\n")[2] == (
            "Ask your user, and report the answers as output, one JSON object with:\n"
            "- store (one of lite, post): Which store for shop?\n"
            "- host (a text; only for some of the other answers)\n"
            "- port (a whole number; 5432 if left out)\n"
            "- note (a text; may be left out)\n"
            "- odd (a text)"
        )

    def test_programs_get_the_fields(self) -> None:
        keys = input_keys(asked(fields=[*self.FIELDS]), scope())
        assert isinstance(keys["fields"], list)
        assert [each["name"] for each in keys["fields"] if isinstance(each, dict)] == [
            "store",
            "host",
            "port",
            "note",
            "odd",
        ]

    def test_fields_are_spelled_out_by_name(self) -> None:
        told = input_prompt(asked(fields=[*self.FIELDS]), scope(), Tries(2, 2))
        assert "- store: one of lite, post, for example lite" not in told
        assert "- store: one of lite, post, for example 'lite'" in told
        assert "- port: a whole number, for example 5432" in told
