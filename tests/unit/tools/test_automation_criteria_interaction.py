"""Acceptance criteria of user interaction: questions with rules, tries and strategies, long messages, waits."""

from typing import Final

import pytest

from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.tools.criteria import Driven, guided, imported, objects
from tests.unit.tools.durable import part


def ask(**keys: Json) -> JsonObject:
    return {"id": "ask", "type": "input", "prompt": "Which one, please?", "store": "said", **keys}


def asking(**keys: Json) -> Driven:
    """Give a session that asks one question, which says where its answer went."""
    return Driven(document(ask(**keys), prompt("end", prompt="Said {{ state.said }}."), state={"said": "nothing"}))


@pytest.mark.requirement("AC-UI-005")
@pytest.mark.parametrize(("long", "parts"), [("full", 1), ("truncate", 1), ("page", 3)])
async def test_a_long_message_comes_whole_cut_short_or_in_parts(long: str, parts: int) -> None:
    text = "0123456789" * 1_000
    message: JsonObject = {"id": "say", "type": "message", "message": text, "long": long}
    shown = objects((await Driven(document(message, prompt("end"))).start())["messages"])
    assert len(shown) == parts
    whole = "".join(str(each["text"]) for each in shown)
    assert (whole == text) is (long != "truncate")
    assert long != "truncate" or "10,000 characters" in whole
    assert [each.get("page") for each in shown] == ([1, 2, 3] if parts == 3 else [None])


@pytest.mark.requirement("AC-UI-006")
@pytest.mark.parametrize(
    ("keys", "good", "value", "wrong"),
    [
        ({"kind": "string"}, "42", "42", ""),
        ({"kind": "number"}, "2.5", 2.5, "many"),
        ({"kind": "boolean"}, "yes", True, "perhaps"),
        ({"kind": "choice", "choices": ["a", 2]}, "2", 2, "b"),
        ({"kind": "json"}, '{"a": [1]}', {"a": [1]}, "{a"),
    ],
)
async def test_an_answer_becomes_a_value_of_its_kind_or_is_refused(
    keys: JsonObject, good: str, value: Json, wrong: str
) -> None:
    driven = asking(**keys)
    await driven.start()
    refused = await driven.report("ask", wrong)
    assert (refused["accepted"], refused["stepKey"]) == (False, "ask")
    assert (await driven.report("ask", good))["accepted"] is True
    assert (await driven.get("state"))["said"] == value


@pytest.mark.requirement("AC-UI-007")
@pytest.mark.requirement("AC-UI-010")
async def test_what_is_required_must_be_answered_and_what_is_not_has_its_default() -> None:
    required = asking()
    await required.start()
    assert (await required.report("ask", ""))["accepted"] is False
    for keys, value in (({"required": False}, None), ({"required": False, "default": "eu"}, "eu")):
        optional = asking(**keys)
        first = await optional.start()
        assert "Without an answer it is 'eu'" in guided(first) or "may be left out" in guided(first)
        assert (await optional.report("ask", None))["accepted"] is True
        assert (await optional.get("state"))["said"] == value


@pytest.mark.requirement("AC-UI-008")
@pytest.mark.parametrize(
    ("rules", "good", "bad"),
    [
        ("input_type: string, validation: {min_length: 2}", "ab", "a"),
        ("input_type: string, validation: {max_length: 2}", "ab", "abc"),
        ("input_type: string, validation: {pattern: '^[a-z]+$'}", "ab", "A1"),
        ("input_type: string, validation_pattern: '^[a-z]+$'", "ab", "A1"),
        ("input_type: number, validation: {min: 1, max: 9}", "9", "10"),
        ("input_type: number, validation: {min: 1, max: 9}", "1", "0"),
    ],
)
async def test_the_rules_of_a_question_hold(rules: str, good: str, bad: str) -> None:
    step = f"{{id: ask, type: user_input, prompt: P, state_update: {{path: this.said}}, {rules}}}"
    driven = Driven(imported(f"default_state: {{state: {{said: null}}}}\nsteps: [{step}]\n"))
    await driven.start()
    refused = await driven.report("ask", bad)
    assert refused["accepted"] is False
    assert objects(refused["issues"])[0]["expected"]
    assert (await driven.report("ask", good))["accepted"] is True


@pytest.mark.requirement("AC-UI-012")
@pytest.mark.requirement("AC-UI-024")
async def test_each_refusal_says_more_and_keeps_question_choices_and_what_was_wrong() -> None:
    driven = asking(kind="choice", choices=["eu", "us"], maxAttempts=4)
    texts = [guided(await driven.start())]
    for number, said in enumerate(("asia", "africa", "moon"), 1):
        answer = await driven.report("ask", said)
        assert (answer["attemptsLeft"], part(answer, "step")["choices"]) == (4 - number, ["eu", "us"])
        assert objects(answer["issues"])[0]["received"] == f"string '{said}'"
        texts.append(guided(answer))
    assert all("Which one, please?" in text and "one of eu, us" in text for text in texts)
    assert [len(text) for text in texts] == sorted({len(text) for text in texts})
    assert "attempt 2 of 4" in texts[1]
    assert "for example 'eu'" in texts[2]
    assert "last one" in texts[3]


@pytest.mark.requirement("AC-UI-013")
@pytest.mark.requirement("AC-UI-023")
@pytest.mark.parametrize(
    ("handling", "status", "said"),
    [
        ("{strategy: fail}", "failed", "nothing"),
        ("{strategy: continue}", "running", "nothing"),
        ("{strategy: fallback, fallback_value: eu}", "running", "eu"),
        ("{strategy: retry, max_retries: 1, retry_delay: 5}", "waiting", "nothing"),
    ],
)
async def test_when_all_attempts_are_used_up_the_strategy_decides(handling: str, status: str, said: str) -> None:
    text = f"""
default_state: {{state: {{said: nothing}}}}
steps:
  - id: ask
    type: user_input
    prompt: P
    input_type: number
    max_retries: 2
    state_update: {{path: this.said}}
    error_handling: {handling}
  - {{id: end, type: agent_prompt, prompt: End}}
"""
    driven = Driven(imported(text))
    await driven.start()
    await driven.report("ask", "one")
    answer = await driven.report("ask", "two")
    assert answer["status"] == status
    assert (await driven.get("state"))["said"] == said
    if status == "waiting":
        assert (await driven.later(5))["stepKey"] == "ask+1"


@pytest.mark.requirement("AC-UI-014")
async def test_an_expression_may_judge_an_answer_with_a_message_of_its_own() -> None:
    rule: JsonObject = {"expression": "value.split(',').length === state.wanted", "message": "Two, please."}
    driven = Driven(document(ask(validation=rule), prompt("end"), state={"wanted": 2}))
    await driven.start()
    assert objects((await driven.report("ask", "a"))["issues"])[0]["message"] == "Two, please."
    assert (await driven.report("ask", "a,b"))["accepted"] is True


@pytest.mark.requirement("AC-UI-018")
async def test_a_wait_that_nobody_ends_in_time_has_failed() -> None:
    text = "steps: [{id: rest, type: wait_step, message: Soon, timeout_seconds: 60}]\n"
    driven = Driven(imported(text))
    await driven.start()
    assert (await driven.later(59))["stepKey"] == "rest"
    answer = await driven.later(1)
    assert (answer["status"], part(answer, "error")["type"]) == ("failed", "TimeoutError")


ORDERED: Final = """
default_state: {state: {n: 1, log: []}}
steps:
  - id: ask
    type: user_input
    prompt: P
    input_type: number
    state_updates:
      - {path: this.n, value: input}
      - {path: this.n, operation: multiply, value: 2}
      - {path: this.log, operation: append, value: "{{ this.n }}"}
"""


@pytest.mark.requirement("AC-UI-020")
@pytest.mark.requirement("AC-UI-021")
async def test_no_update_of_an_answer_is_made_before_it_is_right_and_then_all_in_order() -> None:
    driven = Driven(imported(ORDERED))
    await driven.start()
    await driven.report("ask", "many")
    assert await driven.get("state") == {"n": 1, "log": []}
    await driven.report("ask", "5")
    assert await driven.get("state") == {"n": 10, "log": [10]}


@pytest.mark.requirement("AC-UI-022")
@pytest.mark.parametrize(
    ("on_error", "status", "said"),
    [
        ({"strategy": "fail"}, "failed", "nothing"),
        ({"strategy": "continue"}, "running", "nothing"),
        ({"strategy": "fallback", "fallbackValue": "eu"}, "running", "eu"),
    ],
)
async def test_a_question_nobody_answers_in_time_follows_its_strategy(
    on_error: JsonObject, status: str, said: str
) -> None:
    driven = asking(timeout=60, onError=on_error)
    assert (await driven.start())["remainingSeconds"] == 60
    answer = await driven.later(60)
    assert answer["status"] == status
    assert (await driven.get("state"))["said"] == said
