"""Acceptance criteria of step processing: messages, questions, prompts, calls, commands and waits."""

from pathlib import Path
from typing import Final

import pytest

from engine.errors import SessionStateError
from engine.review import review
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.performing import Performing
from tests.unit.engine.running import BY
from tests.unit.engine.sessions.commanded import ended
from tests.unit.tools.criteria import Driven, guided, imported, messages_of, objects, reviewed
from tests.unit.tools.durable import part

NAME: Final = """
default_state: {state: {user: {}, log: []}}
steps:
  - {id: hello, type: user_message, message: Welcome}
  - id: name
    type: user_input
    prompt: Your name?
    validation: {min_length: 2}
    max_retries: 2
    state_update: {path: this.user.name, value: input}
  - {id: end, type: agent_prompt, prompt: "Greet {{ this.user.name }}"}
"""


@pytest.mark.requirement("AC-SP-001")
@pytest.mark.requirement("AC-UI-001")
@pytest.mark.requirement("AC-UI-002")
async def test_messages_have_a_level_with_its_sign_and_a_format_and_no_other_word_is_taken() -> None:
    levels = ("info", "warning", "error", "success")
    steps: list[Json] = [
        {"id": f"{level}-{form}", "type": "message", "message": "x = 1", "level": level, "format": form}
        for level in levels
        for form in ("text", "markdown", "code")
    ]
    answer = await Driven(document(*steps, prompt("end"))).start()
    shown = [(one["level"], one["format"]) for one in objects(answer["messages"])]
    assert shown == [(level, form) for level in levels for form in ("text", "markdown", "code")]
    assert "marked ⚠ warning, ✖ error, ✔ success" in guided(answer)
    for key, wrong in (("level", "loud"), ("format", "html")):
        found = review(document({"id": "say", "type": "message", "message": "x", key: wrong})).findings
        assert [(one.pointer, one.rule) for one in found] == [(f"/steps/0/{key}", "enum")]
    for key in ("message_type", "format"):
        assert not reviewed(f"steps: [{{id: say, type: user_message, message: x, {key}: loud}}]\n").is_valid


@pytest.mark.requirement("AC-SP-003")
@pytest.mark.requirement("AC-SP-005")
@pytest.mark.requirement("AC-SP-023")
@pytest.mark.requirement("AC-UI-011")
@pytest.mark.requirement("AC-UI-019")
async def test_an_answer_of_the_user_is_checked_kept_where_it_belongs_and_used() -> None:
    driven = Driven(imported(NAME))
    first = await driven.start()
    assert (first["stepKey"], part(first, "step")["type"]) == ("name", "input")
    refused = await driven.report("name", "A")
    assert (refused["accepted"], refused["stepKey"], refused["attemptsLeft"]) == (False, "name", 1)
    taken = await driven.report("name", "Ann")
    assert (taken["accepted"], taken["stepKey"], guided(taken)) == (True, "end", "Greet Ann")
    assert await driven.get("state") == {"user": {"name": "Ann"}, "log": []}


@pytest.mark.requirement("AC-SP-005")
async def test_an_answer_that_is_wrong_as_often_as_allowed_fails_the_step() -> None:
    driven = Driven(imported(NAME))
    await driven.start()
    await driven.report("name", "A")
    failed = await driven.report("name", "B")
    assert (failed["status"], part(failed, "error")["type"]) == ("failed", "InputError")


@pytest.mark.requirement("AC-SP-004")
@pytest.mark.requirement("AC-UI-009")
async def test_choices_are_shown_and_what_is_none_of_them_is_refused() -> None:
    text = """
default_state: {state: {names: [eu, us], region: ""}}
steps:
  - id: ask
    type: user_input
    prompt: Where?
    input_type: choice
    choices: "{{ this.names }}"
    state_update: {path: this.region}
  - {type: user_message, message: "{{ this.region }}"}
"""
    driven = Driven(imported(text))
    first = await driven.start()
    assert part(first, "step")["choices"] == ["eu", "us"]
    assert "one of eu, us" in guided(first)
    refused = await driven.report("ask", "asia")
    assert (refused["accepted"], objects(refused["issues"])[0]["expected"]) == (False, "one of eu, us")
    assert messages_of(await driven.report("ask", "US")) == ["us"]


@pytest.mark.requirement("AC-SP-006")
@pytest.mark.requirement("AC-SP-007")
@pytest.mark.requirement("AC-SP-008")
async def test_a_prompt_comes_filled_with_context_and_schema_and_its_answer_must_fit() -> None:
    text = """
default_state: {state: {file: a.py, seen: {n: 1}, found: null}}
steps:
  - id: look
    type: agent_prompt
    prompt: "Look at {{ this.file }}"
    context: {file: "{{ this.file }}", seen: "{{ this.seen }}", fixed: 1}
    expected_response: {type: object, required: [found], properties: {found: {type: integer}}}
  - {type: agent_response, state_updates: [{path: this.found, value: response.found}]}
  - {type: user_message, message: "{{ this.found + 1 }}"}
"""
    driven = Driven(imported(text))
    first = await driven.start()
    assert guided(first).startswith("Look at a.py")
    assert part(first, "step")["context"] == {"file": "a.py", "seen": {"n": 1}, "fixed": 1}
    assert part(first, "guidance", "expect")["required"] == ["found"]
    refused = await driven.report("look", {"found": "many"})
    assert (refused["accepted"], objects(refused["issues"])[0]["field"]) == (False, "found")
    assert (await driven.get("state"))["found"] is None
    assert messages_of(await driven.report("look", {"found": 3})) == ["4"]


@pytest.mark.requirement("AC-SP-009")
async def test_several_updates_of_one_answer_are_made_in_their_order() -> None:
    text = """
default_state: {state: {n: 1, log: []}}
steps:
  - {id: ask, type: agent_prompt, prompt: Ask}
  - type: agent_response
    state_updates:
      - {path: this.n, value: response.n}
      - {path: this.n, operation: multiply, value: 10}
      - {path: this.log, operation: append, value: "{{ this.n }}"}
"""
    driven = Driven(imported(text))
    await driven.start()
    await driven.report("ask", {"n": 4})
    assert await driven.get("state") == {"n": 40, "log": [40]}


@pytest.mark.requirement("AC-SP-010")
@pytest.mark.requirement("AC-SP-011")
async def test_a_call_has_its_parameters_filled_and_the_server_keeps_its_result() -> None:
    text = """
inputs: {file: {type: string, required: false, default: a.py}}
default_state: {state: {errors: [], whole: null, n: 2}}
steps:
  - id: lint
    type: mcp_call
    tool: lint
    parameters: {files: ["{{ inputs.file }}"], most: "{{ this.n * 2 }}", text: "at {{ this.n }}", strict: true}
    state_update: {path: this.errors, value: data.errors}
    store_result: this.whole
  - {type: user_message, message: "{{ this.errors.length }} {{ this.whole.data.ok }}"}
"""
    driven = Driven(imported(text))
    step = part(await driven.start(), "step")
    assert (step["tool"], step["parameters"]) == (
        "lint",
        {"files": ["a.py"], "most": 4, "text": "at 2", "strict": True},
    )
    result: JsonObject = {"data": {"errors": ["e1", "e2"], "ok": False}}
    assert messages_of(await driven.report("lint", result)) == ["2 false"]
    assert await driven.get("state") == {"errors": ["e1", "e2"], "whole": result, "n": 2}


@pytest.mark.requirement("AC-SP-012")
async def test_a_command_of_the_client_is_handed_to_the_agent_and_one_of_the_server_is_run_by_it(
    tmp_path: Path,
) -> None:
    text = """
default_state: {{state: {{out: ""}}}}
steps:
  - {{id: run, type: shell_command, command: tool this, execution_context: {where}, state_update: {{path: this.out}}}}
  - {{id: end, type: agent_prompt, prompt: End}}
"""
    client = Driven(imported(text.format(where="client")))
    first = await client.start()
    assert part(first, "step")["type"] == "prompt"
    assert "tool this" in guided(first)
    await client.report("run", {"exitCode": 0, "stdout": "mine"})
    assert (await client.get("state"))["out"] == "mine"
    server = Performing(tmp_path, imported(text.format(where="server")))
    server.scripted.outcomes["this"] = ended(stdout="theirs")
    session = await server.runner.begin("flow", "", {}, BY)
    assert (server.scripted.ran, session.state.position) == (["tool this"], "end")
    assert session.state.variables == {"out": "theirs"}


@pytest.mark.requirement("AC-SP-015")
async def test_output_errors_and_exit_code_of_a_command_can_be_stored(tmp_path: Path) -> None:
    text = """
default_state: {state: {out: "", err: "", code: null}}
steps:
  - id: run
    type: shell_command
    command: tool that
    error_handling: {strategy: continue}
    state_updates:
      - {path: this.out, value: stdout}
      - {path: this.err, value: stderr}
      - {path: this.code, value: returncode}
"""
    world = Performing(tmp_path, imported(text))
    world.scripted.outcomes["that"] = ended(3, stdout="some", stderr="more")
    session = await world.runner.begin("flow", "", {}, BY)
    assert session.state.variables == {"out": "some", "err": "more", "code": 3}


@pytest.mark.requirement("AC-SP-017")
@pytest.mark.requirement("AC-SP-018")
@pytest.mark.requirement("AC-UI-015")
@pytest.mark.requirement("AC-UI-016")
@pytest.mark.requirement("AC-UI-017")
async def test_a_wait_step_rests_with_its_message_until_it_is_polled_and_the_state_stays() -> None:
    text = """
default_state: {state: {n: 1, list: [{a: 1}]}}
state_schema: {computed: {twice: {from: this.n, transform: input * 2}}}
steps:
  - {id: rest, type: wait_step, message: "Waiting at {{ this.n }}"}
  - {id: end, type: agent_prompt, prompt: "{{ this.n }} {{ this.twice }}"}
"""
    driven = Driven(imported(text))
    first = await driven.start()
    assert (first["status"], part(first, "waitingFor")["stepKey"]) == ("waiting", "rest")
    assert guided(first).startswith("Waiting at 1")
    before = (await driven.get("state"), await driven.get("computed"))
    driven.again()
    assert (await driven.later(100_000))["stepKey"] == "rest"
    assert (await driven.get("state"), await driven.get("computed")) == before
    polled = await driven.report("rest", None)
    assert (polled["stepKey"], guided(polled)) == ("end", "1 2")


@pytest.mark.requirement("AC-SP-020")
@pytest.mark.requirement("AC-SP-021")
@pytest.mark.parametrize(
    ("step", "pointer"),
    [
        ({"type": "message"}, "/steps/0"),
        ({"type": "message", "message": 5}, "/steps/0/message"),
        ({"type": "input", "prompt": "p", "kind": "colour"}, "/steps/0/kind"),
        ({"type": "call", "tool": "t", "timeout": "soon"}, "/steps/0/timeout"),
        ({"type": "if", "condition": "a", "then": {}}, "/steps/0/then"),
        ({"type": "wait", "fro": 3}, "/steps/0/fro"),
    ],
)
def test_a_step_that_does_not_fit_is_refused_with_its_place_and_a_reason(step: JsonObject, pointer: str) -> None:
    found = review(document({"id": "one", **step}, state={}))
    assert not found.is_valid
    assert [one.pointer for one in found.findings] == [pointer]
    assert all(one.message for one in found.findings)


@pytest.mark.requirement("AC-SP-002")
@pytest.mark.requirement("AC-SP-022")
@pytest.mark.requirement("AC-UI-003")
@pytest.mark.requirement("AC-UI-004")
@pytest.mark.requirement("AC-WEE-006")
async def test_messages_in_a_row_come_filled_in_one_answer_with_the_next_step_and_only_once() -> None:
    text = """
default_state: {state: {n: 1}}
steps:
  - {type: user_message, message: "one {{ this.n }}"}
  - {type: batch_state_update, updates: [{path: this.n, operation: increment}]}
  - {type: user_message, message: "two {{ this.n }}"}
  - {id: ask, type: agent_prompt, prompt: Ask}
  - {type: user_message, message: three}
"""
    driven = Driven(imported(text))
    first = await driven.start()
    assert (messages_of(first), first["stepKey"]) == (["one 1", "two 2"], "ask")
    last = await driven.report("ask")
    assert (messages_of(last), last["isComplete"]) == (["three"], True)


@pytest.mark.requirement("AC-SP-023")
@pytest.mark.requirement("AC-WEE-007")
@pytest.mark.parametrize(
    "step", [{"type": "input", "prompt": "?"}, {"type": "wait"}, {"type": "prompt", "title": "T", "prompt": "P"}]
)
async def test_nothing_behind_a_step_that_blocks_is_done_or_can_be_reported(step: JsonObject) -> None:
    behind: JsonObject = {"id": "put", "type": "set", "update": [{"path": "n", "value": 2}]}
    driven = Driven(document({"id": "block", **step}, behind, prompt("end"), state={"n": 1}))
    assert (await driven.start())["stepKey"] == "block"
    with pytest.raises(SessionStateError) as refused:
        await driven.report("end")
    assert refused.value.reason == "not_open"
    assert await driven.get("state") == {"n": 1}
