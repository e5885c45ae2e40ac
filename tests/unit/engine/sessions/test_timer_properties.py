from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import keys
from engine.definition import Workflow
from engine.sessions.due import due_at
from engine.sessions.evolve import fold
from engine.sessions.flow_family import TimerFired
from engine.sessions.model import FINISHED, Status, TaskStatus
from engine.sessions.nested_events import within
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import BEGAN, Clocked, call, flow, prompt

SECONDS = st.sampled_from([0, 1, 5, 5, 30])
STRATEGIES: list[JsonObject] = [
    {"strategy": "fail"},
    {"strategy": "continue"},
    {"strategy": "continue", "maxRetries": 1, "backoff": {"initial": 0}},
    {"strategy": "fallback", "fallbackValue": 1},
    {"strategy": "retry", "maxRetries": 2, "backoff": {"initial": 5, "jitter": 0.5}},
    {"strategy": "retry", "maxRetries": 1, "then": [{"id": "THEN", "type": "message", "message": "Again."}]},
]


RESTS: list[JsonObject] = [{"for": 10}, {"until": "state.ready"}, {"signal": "go"}, {"for": 0}, {}]


@st.composite
def steps(draw: st.DrawFn, number: int) -> JsonObject:
    """Give a step that may take its time, fail, or both."""
    keys: JsonObject = {"onError": named(draw(st.sampled_from(STRATEGIES)), number)}
    timeout = draw(st.none() | st.sampled_from([5, 20, 60]))
    if timeout is not None:
        keys["timeout"] = timeout
    kind = draw(st.sampled_from(["wait", "call", "prompt", "set", "parallel"]))
    if kind == "set":
        update: JsonObject = {"path": "n", "value": draw(st.sampled_from(["{{ state.none.at.all }}", 1]))}
        return {"id": f"set{number}", "type": "set", "update": [update], "onError": keys["onError"]}
    if kind == "wait":
        rest: JsonObject = draw(
            st.sampled_from([{"for": 10}, {"until": "state.ready"}, {"signal": "go"}, {"for": 0}, {}])
        )
        return {"id": f"hold{number}", "type": "wait", **rest, **keys}
    if kind == "parallel":
        task = draw(st.sampled_from(["work", "hold"]))
        return {"id": f"all{number}", "type": "parallel", "items": [1, 2, 3], "task": task, "lease": 20, **keys}
    return call(f"call{number}", **keys) if kind == "call" else prompt(f"ask{number}", **keys)


def named(on_error: JsonObject, number: int) -> JsonObject:
    """Give the steps of `then` ids of their own."""
    then = on_error.get("then")
    if not isinstance(then, list):
        return on_error
    mine: list[Json] = [{**each, "id": f"then{number}"} for each in then if isinstance(each, dict)]
    return {**on_error, "then": mine}


TASKS: JsonObject = {
    "work": {"description": "Work.", "steps": [call("pay", onError={"strategy": "retry"}), prompt("see", timeout=30)]},
    "hold": {"description": "Hold.", "steps": [{"id": "rest", "type": "wait", "for": 10, "timeout": 25}]},
}


@st.composite
def flows(draw: st.DrawFn) -> Workflow:
    count = draw(st.integers(1, 4))
    config: JsonObject = draw(st.sampled_from([{}, {"timeout": 100}]))
    whole = tuple(draw(steps(number)) for number in range(count))
    tasks: JsonObject = {name: each for name, each in TASKS.items() if any(step.get("task") == name for step in whole)}
    return flow(*whole, config=config, state={"ready": False}, tasks=tasks)


def fires(play: Clocked) -> None:
    """Fire the timers: never early, never twice."""
    before = due_at(play.state)
    events = play.later(play.now - BEGAN)
    assert bool(events) is (before is not None and before <= play.now)
    after = due_at(play.state)
    assert after is None or after > play.now
    assert play.later(play.now - BEGAN) == ()
    happened = [within(event) for event in events]
    fired = [(run, event.key, event.what) for run, event in happened if isinstance(event, TimerFired)]
    assert len(fired) == len(set(fired))


def inside(play: Clocked, output: str) -> None:
    """Report the first task that is handed out."""
    for run, nested in play.state.nested.items():
        if nested.status is TaskStatus.LEASED:
            play.report(output, key=keys.inside(run, nested.state.position))
            return


ACTS: dict[str, Callable[[Clocked], object]] = {
    "report": lambda play: play.report('{"id": 1}'),
    "fail": Clocked.fails,
    "task": lambda play: inside(play, '{"id": 1}'),
    "task fails": lambda play: inside(play, '{"status": "error"}'),
    "poll": lambda play: play.report(None),
    "timers": fires,
    "signal": lambda play: play.signal("go", {"by": "ann"}),
    "update": lambda play: play.update("ready", 1),
    "pause": Clocked.pause,
    "resume": Clocked.resume,
    "retry": Clocked.again,
    "late": lambda play: play.report("late", key=play.key.partition("+")[0]),
}
"""What may be done to a session, whether it makes sense now or not."""
DOINGS = st.lists(st.tuples(SECONDS, st.sampled_from(sorted(ACTS))), max_size=25)


@settings(max_examples=300)
@given(flows(), DOINGS)
def test_whatever_comes_in_whatever_order_timers_fire_once_and_never_early(
    workflow: Workflow, acts: list[tuple[int, str]]
) -> None:
    play = Clocked(workflow)
    for seconds, name in acts:
        play.now += seconds
        ACTS[name](play)
        state = play.state
        assert state == fold(play.log)
        if state.status in FINISHED:
            assert due_at(state) is None
        elif state.status is not Status.PAUSED:
            assert state.waiting is not None
            assert state.position == state.waiting.key


@settings(max_examples=100)
@given(flows(), DOINGS, st.data())
def test_any_version_of_such_a_session_can_be_gone_back_to(
    workflow: Workflow, acts: list[tuple[int, str]], data: st.DataObject
) -> None:
    play = Clocked(workflow)
    for seconds, name in acts:
        play.now += seconds
        ACTS[name](play)
    version = data.draw(st.integers(1, play.state.version))
    before = play.state
    events = play.restore(version)
    if not events:
        assert play.state is before
        return
    assert play.state.rollbacks == before.rollbacks + 1
    assert play.state == fold(play.log)
    assert play.state.status in FINISHED or play.state.waiting is not None
    assert not play.key or play.key.endswith(f"~{play.state.rollbacks}")
