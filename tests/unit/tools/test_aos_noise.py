"""aos_workflow under noise and in races: any arguments, any sequence, many at once."""

import asyncio
import math
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.store.memory import MemoryStore
from schema.values import Json, JsonObject
from tests.unit.clocks import FakeClock
from tests.unit.tools.aos_world import GOOD, MODULE, World
from tools.aos_arguments import INPUT_SCHEMA, NEEDS

TYPES = {"ValidationError", "NotFoundError", "StateError", "PermissionError", "RuntimeError"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_of_two_who_complete_a_phase_at_once_exactly_one_completes_it(world: World) -> None:
    session_id = await world.begun()
    evidence: list[JsonObject] = [{"functions": number, "names": []} for number in range(1, 9)]
    answers = await asyncio.gather(
        *(world.call("complete_phase", session_id=session_id, phase=1, evidence=one) for one in evidence)
    )
    won = [answer for answer in answers if answer["status"] == "success"]
    state = await world.good("get_state", session_id=session_id)

    assert len(won) == 1
    assert {str(one["error_type"]) for one in answers if one["status"] == "error"} == {"StateError"}
    assert (state["completed_phases"], state["current_phase"]) == ([1], 2)


async def test_ten_who_fail_at_once_lose_no_attempt(world: World) -> None:
    session_id = await world.begun()
    await world.passed(session_id, 1)
    await asyncio.gather(
        *(
            world.call("complete_phase", session_id=session_id, phase=2, evidence={"passed": number, "total": 99})
            for number in range(10)
        )
    )

    assert (await world.good("get_errors", session_id=session_id))["error_count"] == 10


async def test_two_processes_on_one_session_lose_nothing(tmp_path: Path) -> None:
    clock = FakeClock()
    store = MemoryStore(clock)
    worlds = [World(tmp_path, store=store, clock=clock) for _ in range(2)]
    session_id = await worlds[0].begun()
    answers = await asyncio.gather(
        *(
            worlds[number % 2].call("complete_phase", session_id=session_id, phase=1, evidence={"functions": number})
            for number in (-1, -2, -3)
        )
    )
    state = await worlds[1].good("get_state", session_id=session_id)

    assert sorted(int(str(one["attempts"])) for one in answers) == [1, 2, 3]
    assert state["session_status"] == "failed"


async def test_a_hundred_sessions_run_side_by_side_without_touching_each_other(world: World) -> None:
    async def run(number: int) -> JsonObject:
        answer = await world.good("start", workflow_type=MODULE, target_file=f"file-{number}.py")
        session_id = str(answer["session_id"])
        await world.good(
            "complete_phase", session_id=session_id, phase=1, evidence={"functions": number + 1, "names": []}
        )
        return await world.good("get_state", session_id=session_id)

    states = await asyncio.gather(*(run(number) for number in range(100)))

    for number, state in enumerate(states):
        assert state["target_file"] == f"file-{number}.py"
        assert state["artifacts"] == {"phase_1": {"functions": number + 1, "names": []}}
    assert len({str(state["session_id"]) for state in states}) == 100


async def test_deleting_while_others_work_leaves_no_half_of_a_session(world: World) -> None:
    session_id = await world.begun()
    await asyncio.gather(
        world.call("complete_phase", session_id=session_id, phase=1, evidence=GOOD[1]),
        world.call("delete_session", session_id=session_id),
        world.call("pause", session_id=session_id),
    )
    await world.good("delete_session", session_id=session_id)

    await world.bad("NotFoundError", "get_state", session_id=session_id)
    assert (await world.good("list_sessions"))["counts"] == {}


def jsons() -> st.SearchStrategy[Json]:
    simple = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    return st.recursive(simple, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner))


NAMES = list(INPUT_SCHEMA["properties"]) if isinstance(INPUT_SCHEMA["properties"], dict) else []
CALLS = st.fixed_dictionaries(
    {"action": st.sampled_from(sorted(NEEDS)) | jsons()},
    optional={name: jsons() for name in NAMES if name != "action"},
)
LIKELY = st.fixed_dictionaries(
    {"action": st.sampled_from(sorted(NEEDS))},
    optional={
        "session_id": st.just("@"),
        "phase": st.integers(-1, 4) | st.floats(0, 4),
        "task_number": st.integers(0, 3),
        "to_phase": st.integers(0, 4),
        "evidence": st.sampled_from([{}, *GOOD.values(), {"functions": 0}, {"functions": True}]),
        "workflow_type": st.sampled_from([MODULE, "broken-one", "../x"]),
        "target_file": st.sampled_from(["a.py", "../b"]),
        "reset_evidence": st.booleans(),
        "status": st.sampled_from(["active", "nonsense"]),
        "approval": jsons(),
        "limit": st.integers(-1, 200),
    },
)


def check_form(answer: JsonObject, *, failed: bool) -> None:
    """Hold an answer against the promises all answers make."""
    assert answer["status"] in {"success", "error"}
    assert failed == (answer["status"] == "error")
    assert isinstance(answer["action"], str)
    orjson.dumps(answer)
    if failed:
        assert answer["error_type"] in TYPES
        assert "\n" not in str(answer["error"])
        assert str(answer["remediation"]).split(" ")[0] in {"aos_workflow", "workflow_next"}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arguments=CALLS)
@pytest.mark.requirement("AOS-1")
async def test_noise_is_always_answered_in_the_tools_own_form(world: World, arguments: JsonObject) -> None:
    done = await world.done(arguments)

    assert done.value is not None
    check_form(done.value, failed=done.failed)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(LIKELY, max_size=15))
async def test_any_sequence_of_calls_keeps_a_session_sound(world: World, calls: list[JsonObject]) -> None:
    session_id = await world.begun()
    for arguments in calls:
        named: JsonObject = {key: session_id if value == "@" else value for key, value in arguments.items()}
        done = await world.done(named)
        assert done.value is not None
        check_form(done.value, failed=done.failed)
    state = await world.call("get_state", session_id=session_id)
    if state["status"] == "success":
        completed = state["completed_phases"]
        assert isinstance(completed, list)
        assert completed == list(range(1, len(completed) + 1))
        assert state["current_phase"] == min(len(completed) + 1, 3)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e308, -0.0])
async def test_numbers_json_hardly_knows_do_not_get_past_a_gate_unseen(world: World, value: float) -> None:
    session_id = await world.begun()
    answer = await world.call("complete_phase", session_id=session_id, phase=1, evidence={"functions": value})

    assert answer["status"] == "error"
