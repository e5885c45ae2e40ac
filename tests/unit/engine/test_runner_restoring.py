"""Going back to a version of the log that lies between two places where a session rested."""

from collections.abc import AsyncIterator

import pytest

from engine.runner import Performed
from engine.sessions.model import State
from engine.sessions.session_family import RolledBack
from engine.sessions.step_family import ReportStep
from schema.values import JsonObject
from tests.unit.engine.running import BY, Running
from tests.unit.engine.sessions.clocked import call, document, prompt

STEPS = [prompt("look"), call(store="state.paid"), prompt("last")]
KID: JsonObject = {**document([prompt("inner")]), "id": "kid"}
SUB: JsonObject = {"id": "sub", "type": "workflow", "workflowId": "kid", "onError": {"strategy": "continue"}}


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    running = Running(None, KID, document(STEPS), {**document([SUB, prompt("last")]), "id": "nest"})
    await running.store.open()
    yield running
    await running.store.close()


async def said(running: Running, session: str, key: str, output: str) -> State:
    outcome = await running.runner.perform(session, ReportStep(key, output, None, {}), BY)
    assert isinstance(outcome, Performed)
    return outcome.session.state


async def back(running: Running, session: str, version: int) -> tuple[int, State]:
    """Go back to a version; gives the one gone back to, and the state."""
    outcome = await running.runner.restore(session, version, "", "Once more.", BY)
    assert isinstance(outcome, Performed)
    (event,) = (each for each in outcome.events if isinstance(each, RolledBack))
    return event.to_version, outcome.session.state


async def test_a_version_on_the_way_stands_for_the_rest_before_it_so_that_nothing_is_left_out(running: Running) -> None:
    session = (await running.runner.begin("flow", "", {}, BY)).state.session_id
    rested = (await said(running, session, "look", "seen")).version
    end = (await said(running, session, "charge", '{"id": 7}')).version
    assert end > rested + 1
    for number, version in enumerate(range(rested, end), 1):
        to_version, state = await back(running, session, version)
        assert (to_version, state.position) == (rested, f"charge~{number}")
    to_version, state = await back(running, session, end)
    assert (to_version, state.position, state.variables) == (end, f"last~{end - rested + 1}", {"paid": {"id": 7}})


async def test_before_the_first_rest_there_is_the_beginning(running: Running) -> None:
    state = (await running.runner.begin("flow", "", {}, BY)).state
    assert state.version > 1
    await said(running, state.session_id, "look", "seen")
    to_version, again = await back(running, state.session_id, state.version - 1)
    assert (to_version, again.position) == (1, "look~1")


async def test_a_child_that_was_just_left_with_a_failure_is_gone_back_into(running: Running) -> None:
    session = (await running.runner.begin("nest", "", {}, BY)).state
    await said(running, session.session_id, "sub#0::inner", "done")
    for version in range(session.version, session.version + 2):
        to_version, state = await back(running, session.session_id, version)
        assert (to_version, state.nested["sub#0"].state.position.partition("~")[0]) == (session.version, "inner")
