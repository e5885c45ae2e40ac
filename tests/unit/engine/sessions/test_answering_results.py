"""Reports of calls and of prompts that expect a value; what must have a value before a step is handed out."""

import pytest

from engine.sessions.answering import Answered, check_opening, judge
from engine.sessions.faults import StepFault
from engine.sessions.limits import Said
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.test_answering import scope, step_of


class TestCalls:
    """What a tool gave, as its agent reports it."""

    def told(self, output: str | None) -> Answered:
        return judge(step_of(type="call", tool="charge"), Said(output, None, {}), scope())

    @pytest.mark.parametrize(
        ("output", "value"),
        [
            ('{"status": "ok", "id": 7}', {"status": "ok", "id": 7}),
            ("plain text", "plain text"),
            ("", ""),
            ("[1]", [1]),
            ('{"error": null, "status": 200}', {"error": None, "status": 200}),
        ],
    )
    def test_a_result_is_decoded_where_it_is_json(self, output: str, value: Json) -> None:
        assert self.told(output) == (value, ())

    @pytest.mark.parametrize(
        ("output", "message"),
        [
            ('{"status": "error", "error_code": "INSUFFICIENT_FUNDS"}', "INSUFFICIENT_FUNDS"),
            ('{"status": " ERROR "}', '{"status": '),
            ('{"isError": true, "content": []}', '{"isError": true'),
            ('{"error": "no such card"}', "no such card"),
            ('{"error": {"message": "no such card", "code": 7}}', "no such card"),
            ('{"error": {"code": 7}, "message": ""}', "7"),
            ('{"error": true}', '{"error": true}'),
        ],
    )
    def test_a_result_that_speaks_of_an_error_is_a_failure_of_the_step(self, output: str, message: str) -> None:
        with pytest.raises(StepFault) as caught:
            self.told(output)
        assert caught.value.error_type == "CallError"
        assert caught.value.message.startswith(f"charge returned an error: {message}")

    def test_a_report_without_a_result_is_refused(self) -> None:
        (issue,) = self.told(None).issues
        assert issue.message == "What charge gave is missing; where it failed, report its error."


class TestOpening:
    """What must have a value before a step is handed out."""

    def test_parameters_choices_and_defaults_without_a_value_fail_the_step(self) -> None:
        call = step_of(type="call", tool="charge", parameters={"amount": "{{ state.order.total }}"})
        with pytest.raises(StepFault, match=r"parameters of charge: .*state\.order"):
            check_opening(call, scope())
        check_opening(call, scope({"order": {"total": 3}}))
        with pytest.raises(StepFault):
            check_opening(step_of(default="{{ state.name }}"), scope())
        check_opening(step_of(), scope())

    def test_choices_of_fields_that_answers_hide_are_looked_at_with_the_answers(self) -> None:
        hidden: JsonObject = {"name": "b", "kind": "choice", "choices": "state.none"}
        conditions: list[Json] = [
            {"and": [{"var": "a", "equals": 1}, {"not": {"var": "a", "equals": 2}}]},
            {"or": [{"var": "n", "equals": 1}, {"var": "a", "equals": 1}]},
            "a > 1",
            {"var": "state.n", "equals": 1},
        ]
        for condition in conditions:
            fields: list[Json] = [{"name": "a"}, {**hidden, "visibleWhen": condition}]
            check_opening(step_of(fields=fields), scope())
        with pytest.raises(StepFault):
            check_opening(step_of(fields=[hidden]), scope())

    def test_what_a_prompt_lacks_stays_visible_in_it(self) -> None:
        check_opening(step_of(type="prompt", title="Count", context={"n": "{{ state.n }}"}), scope())


class TestPrompts:
    """Prompts that expect a value, and those that take any text."""

    def test_an_expecting_prompt_gives_the_decoded_value(self) -> None:
        step = step_of(type="prompt", title="Count", expect={"type": "integer"})
        assert judge(step, Said("7", None, {}), scope()) == (7, ())

    def test_other_prompts_give_their_text(self) -> None:
        step = step_of(type="prompt", title="Count")
        assert judge(step, Said("7", None, {}), scope()) == ("7", ())
