"""The stepKeys a refusal names as open: each of them can be reported now."""

import pytest

from engine.sessions.task_reading import open_keys
from schema.values import JsonObject
from tests.unit.engine.sessions.clocked import Clocked, call, flow, prompt
from tests.unit.engine.sessions.commanded import Commanded, command

RETRIED: JsonObject = {"strategy": "retry", "maxRetries": 1, "backoff": {"initial": 5}}


def all_of(*steps: JsonObject) -> JsonObject:
    """Give a document's root keys: a task of these steps."""
    return {"tasks": {"work": {"description": "Work.", "steps": [*steps]}}}


ALL: JsonObject = {"id": "all", "type": "parallel", "items": [1, 2], "task": "work"}


def test_a_task_whose_command_the_server_runs_has_nothing_open() -> None:
    play = Commanded(workflow=flow(ALL, **all_of(command(), prompt("tell"))))
    assert open_keys(play.state) == ()
    play.ran(effect_id="all#1::run-it")
    assert open_keys(play.state) == ("all#1::tell",)


def test_a_task_that_rests_before_it_tries_again_has_nothing_open() -> None:
    play = Clocked(flow(ALL, **all_of(call(onError=RETRIED))))
    play.report('{"status": "error"}', key="all#0::charge")
    assert open_keys(play.state) == ("all#1::charge",)


def test_nothing_is_open_while_a_session_rests() -> None:
    play = Clocked(flow(ALL, **all_of(prompt("tell"))))
    play.pause()
    assert open_keys(play.state) == ()
    play.report(key="all#0::tell")
    assert (play.refusal.reason, play.refusal.open) == ("paused", ())


@pytest.mark.parametrize("step", [command(), ALL | {"items": [1], "task": "ran"}])
def test_a_refusal_names_no_step_the_server_carries_out(step: JsonObject) -> None:
    tasks: JsonObject = {"ran": {"description": "Run.", "steps": [command("inner")]}}
    root: JsonObject = {"tasks": tasks} if step["type"] == "parallel" else {}
    play = Commanded(workflow=flow(step, **root))
    play.report(key="nowhere")
    assert (play.refusal.reason, play.refusal.open) == ("not_open", ())


def test_a_refusal_names_no_step_that_is_tried_again_later() -> None:
    play = Clocked(flow(call(onError=RETRIED)))
    play.fails()
    play.report()
    assert (play.refusal.reason, play.refusal.open) == ("not_open", ())
    play.later(10)
    play.report(key="nowhere")
    assert play.refusal.open == ("charge+1",)
