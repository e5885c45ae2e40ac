"""Whatever happens to a session with tasks - failures, time, retries, going back - it stays sound and can be ended."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.sessions.due import due_at
from engine.sessions.evolve import fold
from engine.sessions.model import FINISHED, State, Status, TaskStatus
from engine.sessions.step_family import ReportStep
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, each, loop, prompt
from tests.unit.engine.sessions.fanned import SERIAL, Fanned, parallel
from tests.unit.engine.sessions.play import PLAIN

ASK: JsonObject = {"id": "ask", "type": "input", "prompt": "Which?", "kind": "integer", "maxAttempts": 1}
LIMIT = 3
ACTS = ("good", "good", "good", "bad", "again", "little", "long", "retry", "back", "check")


@st.composite
def sources(draw: st.DrawFn) -> JsonObject:
    """Give a document with a parallel step in a loop, whose tasks may fail, take too long and have tasks themselves."""
    on_error: JsonObject = {
        "strategy": draw(st.sampled_from(["fail", "continue", "retry", "fallback"])),
        "maxRetries": draw(st.integers(0, 2)),
        "backoff": {"initial": draw(st.sampled_from([0, 5]))},
    }
    if on_error["strategy"] == "fallback":
        on_error["fallbackValue"] = draw(st.sampled_from(["none", "{{ state.missing.there }}"]))
    inner = parallel(id="deeper", items=["x", "y"], task="leaf", maxParallel=1, onError=on_error)
    body = draw(
        st.lists(
            st.sampled_from([prompt("read"), ASK, inner]), min_size=1, max_size=3, unique_by=lambda s: str(s["id"])
        )
    )
    step = parallel(
        items="state.files",
        maxParallel=LIMIT,
        lease=20,
        join=draw(st.sampled_from(["all", "any", 2])),
        onError=on_error,
        collect="state.found",
        **({"timeout": 30} if draw(st.booleans()) else {}),
    )
    tasks: JsonObject = {
        "check": {"description": "Look.", "steps": list[Json](body)},
        "leaf": {"description": "Closer.", "steps": [ASK | {"id": "tell"}]},
    }
    state: JsonObject = {"files": list(range(draw(st.sampled_from([0, 2, 3, 5])))), "rounds": [1, 2]}
    return document(loop("rounds", each("state.rounds"), [step]), prompt("end"), state=state, tasks=tasks)


def act(play: Fanned, name: str, data: st.DataObject, said: list[tuple[str, str]]) -> None:
    """Do one thing to a session."""
    if name in ("good", "bad") and play.open:
        key = data.draw(st.sampled_from(play.open))
        text = "7" if name == "good" else "no number"
        said.append((key, text))
        play.do(ReportStep(key, text, None, {}))
    elif name == "again" and said:
        version = play.state.version
        key, text = data.draw(st.sampled_from(said))
        play.do(ReportStep(key, text, None, {}))
        assert play.state.version == version or key in play.before
    elif name in ("little", "long"):
        play.later(5 if name == "little" else 40)
    elif name == "retry" and play.state.status is Status.FAILED:
        play.try_again()
    elif name == "back" and play.state.status not in (Status.CANCELLED, Status.TIMED_OUT):
        play.restore(data.draw(st.integers(1, play.state.version)))


def hold(state: State) -> None:
    """Hold a run against what must be true of any."""
    for prefix, fan in state.fans.items():
        mine = [each for run, each in state.nested.items() if run.startswith(prefix)]
        numbers = [*(each.number for each in fan.ended), *(each.number for each in mine)]
        assert len(numbers) == len(set(numbers))
        assert all(number < fan.begun <= len(fan.openings) for number in numbers)
        assert sum(each.status is TaskStatus.LEASED for each in mine) <= fan.limit
        assert fan.succeeded == sum(each.status is TaskStatus.COMPLETED for each in fan.ended)
    for nested in state.nested.values():
        assert nested.state.status not in FINISHED or nested.status is not TaskStatus.LEASED
        hold(nested.state)


@settings(deadline=None, max_examples=100)
@given(source=sources(), data=st.data())
def test_a_session_stays_sound_and_comes_to_an_end(source: JsonObject, data: st.DataObject) -> None:
    play = Fanned(source, data.draw(st.sampled_from([PLAIN, SERIAL])))
    said: list[tuple[str, str]] = []
    for name in data.draw(st.lists(st.sampled_from(ACTS), max_size=25)):
        play.before = play.open
        act(play, name, data, said)
        hold(play.state)
    assert fold(play.log) == play.state
    for _ in range(300):
        if play.open and play.state.status not in FINISHED:
            play.say(play.open[0], "7")
        elif play.state.status is Status.FAILED:
            play.try_again()
        elif due_at(play.state) is not None and not play.is_behind():
            play.later(100)
        else:
            break
        hold(play.state)
    assert play.is_behind()
    assert play.out == []
