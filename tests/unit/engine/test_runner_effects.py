"""Commands over the runner: run before the answer, run once, and never lost, whoever goes away meanwhile."""

import asyncio
from pathlib import Path
from typing import Final

import pytest

from engine import runner_effects
from engine.errors import StoreError
from engine.runner import Declined, Performed
from engine.runner_effects import MARGIN_S, MAX_AT_ONCE
from engine.runner_model import Session
from engine.sessions.change_family import CancelSession, FireTimers
from engine.sessions.model import Status
from engine.sessions.session_family import PauseSession, ResumeSession
from engine.store.memory import MemoryStore
from engine.store.port import Append
from schema.values import Json, JsonObject
from tests.unit.engine.flows import prompt
from tests.unit.engine.performing import Performing, eventually
from tests.unit.engine.running import BY, moved
from tests.unit.engine.sessions.clocked import document
from tests.unit.engine.sessions.commanded import command, ended

LIMIT: Final = 60.0 + MARGIN_S
"""Seconds of a claim of a command that says nothing of its time."""
ONE: Final = document([command("run-it", "tool one", store="said"), prompt("next")])
AGAIN: Final = document([command("run-it", "tool one", repeatable=True), prompt("next")])


@pytest.fixture
def world(tmp_path: Path) -> Performing:
    return Performing(tmp_path, ONE)


def with_document(tmp_path: Path, *steps: JsonObject, **root: Json) -> Performing:
    return Performing(tmp_path, document([*steps], **root))


def said(session: Session) -> Json:
    """Give what the command of the first document wrote."""
    found = session.state.variables["said"]
    assert isinstance(found, dict)
    return found["data"]


async def test_a_session_begins_at_the_first_step_that_is_not_the_server_s(world: Performing) -> None:
    session = await world.runner.begin("flow", "", {}, BY)
    assert (session.state.position, said(session)) == ("next", "one")
    assert [each.by for each in await world.runner.log(session.state.session_id)][:4] == [BY, BY, BY, "server"]


async def test_the_answer_to_a_report_comes_after_all_commands_behind_it(tmp_path: Path) -> None:
    body: list[Json] = [command("each", "tool {{ loop.index }}")]
    loop: JsonObject = {"type": "for", "count": 20, "maxIterations": 20}
    looped: JsonObject = {"id": "loop", "type": "loop", "title": "L", "loop": loop, "body": body}
    world = with_document(tmp_path, prompt("first"), looped, prompt("last"))
    session = await moved(world.runner, await world.begun(), "first")
    assert session.state.position == "last"
    assert world.scripted.ran == [f"tool {number}" for number in range(20)]


@pytest.mark.requirement("AC-PR-003")
async def test_commands_of_tasks_run_side_by_side_but_not_too_many(tmp_path: Path) -> None:
    task: JsonObject = {"description": "One.", "steps": [command("each", "tool x")]}
    fan: JsonObject = {"id": "fan", "type": "parallel", "items": [*range(20)], "maxParallel": 20, "task": "one"}
    world = with_document(tmp_path, fan, prompt("last"), tasks={"one": task})
    world.scripted.gate.clear()
    beginning = asyncio.create_task(world.runner.begin("flow", "", {}, BY))
    await eventually(lambda: world.scripted.under_way == MAX_AT_ONCE)
    world.scripted.gate.set()
    assert (await beginning).state.position == "last"
    assert (len(world.scripted.ran), world.scripted.most) == (20, MAX_AT_ONCE)


@pytest.mark.requirement("AC-PR-026")
async def test_of_many_processes_one_runs_a_command(world: Performing) -> None:
    session = await world.asked_for()
    assert session.state.effect is not None
    assert world.scripted.ran == []
    session_id = session.state.session_id
    await asyncio.gather(*(world.other().tick(session_id) for _ in range(10)))
    assert world.scripted.ran == ["tool one"]
    assert (await world.other().session(session_id)).state.position == "next"


async def test_a_caller_who_leaves_loses_nothing(world: Performing) -> None:
    world.scripted.gate.clear()
    calling = asyncio.create_task(world.runner.begin("flow", "", {}, BY))
    await eventually(lambda: bool(world.scripted.ran))
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    (session_id,) = await world.store.ids()
    world.scripted.gate.set()
    await eventually(lambda: world.scripted.under_way == 0)
    await world.runner.close()
    assert (await world.other().session(session_id)).state.position == "next"
    assert world.scripted.cancelled == []


async def test_two_calls_that_meet_at_one_command_both_wait_for_it(world: Performing) -> None:
    world.scripted.gate.clear()
    session_id = (await world.asked_for()).state.session_id
    calls = [asyncio.create_task(world.runner.tick(session_id)) for _ in range(3)]
    await eventually(lambda: bool(world.scripted.ran))
    world.scripted.gate.set()
    assert [session.state.position for session in await asyncio.gather(*calls)] == ["next"] * 3
    assert world.scripted.ran == ["tool one"]


async def killed(world: Performing) -> str:
    """Have a process claim a command and come to nothing; gives the session's id."""
    world.scripted.gate.clear()
    calling = asyncio.create_task(world.other().begin("flow", "", {}, BY))
    await eventually(lambda: bool(world.scripted.ran))
    calling.cancel()
    world.scripted.gate = asyncio.Event()  # what was begun waits for a gate that nobody opens
    world.scripted.gate.set()
    (session_id,) = await world.store.ids()
    return session_id


async def test_a_command_whose_process_died_has_failed_once_its_lease_is_over(world: Performing) -> None:
    session_id = await killed(world)
    world.clock.time += LIMIT - 1
    assert (await world.runner.tick(session_id)).state.status is Status.WAITING
    world.clock.time += 1
    state = (await world.runner.tick(session_id)).state
    assert state.status is Status.FAILED
    assert state.cause is not None
    assert state.cause.error_type == "OutcomeUnknownError"
    assert world.scripted.ran == ["tool one"]


async def test_a_repeatable_command_whose_process_died_is_run_again(tmp_path: Path) -> None:
    world = Performing(tmp_path, AGAIN)
    session_id = await killed(world)
    world.clock.time += LIMIT
    assert (await world.runner.tick(session_id)).state.position == "next"
    assert world.scripted.ran == ["tool one", "tool one"]


async def test_a_process_that_is_late_does_not_overwrite_what_another_stored(tmp_path: Path) -> None:
    world = Performing(tmp_path, AGAIN)
    world.scripted.gate.clear()
    late = asyncio.create_task(world.other().begin("flow", "", {}, BY))
    await eventually(lambda: bool(world.scripted.ran))
    (session_id,) = await world.store.ids()
    gate, world.scripted.gate = world.scripted.gate, asyncio.Event()
    world.scripted.gate.set()
    world.clock.time += LIMIT
    version = (await world.runner.tick(session_id)).state.version
    gate.set()
    assert (await late).state.version == version
    assert world.trouble == []


class Stubborn(MemoryStore):
    """A store that refuses some appends that finish a command."""

    refusals = 0

    async def append(self, batch: Append) -> int:
        if self.refusals and batch.events[0].type == "EffectFinished":
            self.refusals -= 1
            raise StoreError("append", "the disk is full")
        return await super().append(batch)


@pytest.mark.parametrize(("refusals", "position"), [(7, "next"), (8, "run-it")])
async def test_an_outcome_is_stored_once_the_store_takes_it_or_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusals: int, position: str
) -> None:
    monkeypatch.setattr(runner_effects, "PAUSES_S", (0.0,) * 4)
    world = Performing(tmp_path, ONE)
    store = world.store = Stubborn(world.clock)
    store.refusals = refusals
    session = await world.other().begin("flow", "", {}, BY)
    assert session.state.position == position
    assert [type(error) for _, error in world.trouble] == ([] if position == "next" else [StoreError])
    assert world.scripted.ran == ["tool one"]


async def test_a_cancelled_session_ends_its_command(world: Performing) -> None:
    world.scripted.gate.clear()
    session_id = (await world.asked_for()).state.session_id
    waiting = asyncio.create_task(world.runner.tick(session_id))
    await eventually(lambda: bool(world.scripted.ran))
    await world.runner.perform(session_id, CancelSession("not needed"), BY)
    assert (await waiting).state.status is Status.CANCELLED
    assert world.scripted.cancelled == ["tool one"]


@pytest.mark.requirement("AC-PR-024")
async def test_the_end_of_a_server_ends_its_commands_and_says_so(world: Performing) -> None:
    world.scripted.gate.clear()
    session_id = (await world.asked_for()).state.session_id
    waiting = asyncio.create_task(world.runner.tick(session_id))
    await eventually(lambda: bool(world.scripted.ran))
    await world.runner.close()
    state = (await waiting).state
    assert (state.status, world.scripted.cancelled) == (Status.FAILED, ["tool one"])
    assert state.cause is not None
    assert "outcome unknown" in state.cause.message


@pytest.mark.requirement("AC-PR-024")
async def test_a_server_that_ends_leaves_what_may_run_again_to_the_next_one(tmp_path: Path) -> None:
    world = Performing(tmp_path, AGAIN)
    world.scripted.gate.clear()
    session_id = (await world.asked_for()).state.session_id
    waiting = asyncio.create_task(world.runner.tick(session_id))
    await eventually(lambda: bool(world.scripted.ran))
    await world.runner.close()
    assert (await waiting).state.effect is not None
    world.scripted.gate.set()
    assert (await world.other().tick(session_id)).state.position == "next"


async def test_a_mistake_of_ours_leaves_the_outcome_unknown_and_is_told(world: Performing) -> None:
    world.scripted.outcomes["one"] = ValueError("a bug")
    state = (await world.runner.begin("flow", "", {}, BY)).state
    assert state.status is Status.FAILED
    assert [(session_id, str(error)) for session_id, error in world.trouble] == [(state.session_id, "a bug")]


async def test_an_outcome_that_comes_in_a_pause_counts_when_the_session_goes_on(world: Performing) -> None:
    world.scripted.gate.clear()
    session_id = (await world.asked_for()).state.session_id
    waiting = asyncio.create_task(world.runner.tick(session_id))
    await eventually(lambda: bool(world.scripted.ran))
    await world.runner.perform(session_id, PauseSession("lunch"), BY)
    world.scripted.gate.set()
    assert (await waiting).state.status is Status.PAUSED
    outcome = await world.other().perform(session_id, ResumeSession(), BY)
    assert isinstance(outcome, Performed)
    assert (outcome.session.state.position, said(outcome.session)) == ("next", "one")
    assert world.scripted.ran == ["tool one"]


async def test_a_process_that_may_run_no_commands_fails_the_step(world: Performing) -> None:
    session_id = (await world.asked_for()).state.session_id
    state = (await world.other(allowed=False).tick(session_id)).state
    assert state.status is Status.FAILED
    assert state.cause is not None
    assert "command_sources" in state.cause.message


async def test_a_session_of_another_workspace_is_left_alone(world: Performing, tmp_path: Path) -> None:
    session_id = (await world.asked_for()).state.session_id
    elsewhere = world.other(workspace=tmp_path / "elsewhere")
    assert (await elsewhere.tick(session_id)).state.effect is not None
    assert world.scripted.ran == []


async def test_what_does_not_take_effect_carries_nothing_out(world: Performing) -> None:
    session_id = (await world.asked_for()).state.session_id
    assert isinstance(await world.runner.perform(session_id, ResumeSession(), BY), Declined)
    assert world.scripted.ran == []


async def test_a_failing_command_is_tried_until_it_works(tmp_path: Path) -> None:
    step = command("run-it", "tool one", onError={"strategy": "retry", "maxRetries": 3})
    world = with_document(tmp_path, step, prompt("next"))
    world.scripted.outcomes["one"] = ended(1)
    session_id = await world.begun()
    world.clock.time += 1
    await world.runner.tick(session_id)
    world.scripted.outcomes.clear()
    world.clock.time += 60
    assert (await world.runner.tick(session_id)).state.position == "next"
    assert len(world.scripted.ran) == 3


async def test_a_clock_that_steps_back_does_not_end_a_claim(world: Performing) -> None:
    session_id = (await world.asked_for()).state.session_id
    world.clock.time -= 24 * 3600
    world.scripted.gate.clear()
    waiting = asyncio.create_task(world.runner.tick(session_id))
    await eventually(lambda: bool(world.scripted.ran))
    assert await world.other().perform(session_id, FireTimers(), BY)
    world.scripted.gate.set()
    assert (await waiting).state.position == "next"
