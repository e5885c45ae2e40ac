"""Random automation documents against a small interpreter of their own, and what holds for every such session."""

import json
from typing import Final, NamedTuple

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from engine.build import build
from engine.sessions.codec import state_from, state_json
from engine.sessions.evolve import fold
from engine.sessions.model import Status
from engine.sessions.position import began_version, progress_of
from engine.sessions.session_family import RollBack
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import document
from tests.unit.engine.sessions.play import Play

COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
MOST_LEVELS: Final = 3
MOST_STEPS: Final = 3
MOST_PASSES: Final = 3
LEAVES: Final = ("set", "add", "message", "prompt")
TESTS: Final = ("state.n < 3", "state.n % 2 == 0", "loop.index > 0", "state.log.length < 6", "true", "state.flag")


class _Writer:
    """Writes one document; numbers its steps."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.number = 0

    def sequence(self, level: int, *, in_loop: bool) -> list[Json]:
        return [self.step(level, in_loop=in_loop) for _ in range(self.draw(st.integers(1, MOST_STEPS)))]

    def step(self, level: int, *, in_loop: bool) -> JsonObject:
        self.number += 1
        kinds = [*LEAVES, *(("break", "continue") if in_loop else ()), *(("if", "loop", "if", "loop") if level else ())]
        kind = self.draw(st.sampled_from(kinds))
        step = self.of_kind(kind, f"{kind}-{self.number}", level, in_loop=in_loop)
        if kind != "loop" and self.draw(st.sampled_from([False, False, False, True])):
            step["runCondition"] = self.test(in_loop=in_loop)
        return step

    def of_kind(self, kind: str, step_id: str, level: int, *, in_loop: bool) -> JsonObject:
        if kind in LEAVES:
            return self.leaf(kind, step_id)
        if kind in ("break", "continue"):
            return {"id": step_id, "type": kind}
        if kind == "if":
            then = self.sequence(level - 1, in_loop=in_loop)
            other: JsonObject = {"else": self.sequence(level - 1, in_loop=in_loop)} if self.draw(st.booleans()) else {}
            return {"id": step_id, "type": "if", "condition": self.test(in_loop=in_loop), "then": then, **other}
        rules = self.rules(in_loop=in_loop)
        body = self.sequence(level - 1, in_loop=True)
        return {"id": step_id, "type": "loop", "title": step_id, "loop": rules, "body": body}

    def leaf(self, kind: str, step_id: str) -> JsonObject:
        if kind == "set":
            return _set(step_id, "n", "increment", self.draw(st.integers(-1, 2)))
        if kind == "add":
            value = self.draw(st.sampled_from([step_id, "{{ state.n }}", "{{ [state.n] }}"]))
            return _set(step_id, "log", "append", value)
        if kind == "message":
            return {"id": step_id, "type": "message", "message": step_id + " {{ state.n }}"}
        update = [_update("log", "append", "{{ result }}")]
        return {"id": step_id, "title": step_id, "prompt": "Do it.", "update": [*update]}

    def test(self, *, in_loop: bool) -> str:
        return self.draw(st.sampled_from([text for text in TESTS if in_loop or "loop." not in text]))

    def rules(self, *, in_loop: bool) -> JsonObject:
        kind = self.draw(st.sampled_from(["while", "until", "for", "forEach"]))
        rules: JsonObject = {"type": kind, "maxIterations": self.draw(st.integers(1, MOST_PASSES))}
        if kind in ("while", "until"):
            rules["condition"] = self.test(in_loop=in_loop)
        elif kind == "for":
            rules["count"] = self.draw(st.sampled_from([2, "state.n", "state.log.length"]))
        else:
            rules["items"] = self.draw(st.sampled_from(["state.log", "[state.n, 1, 1]", "[]"]))
        return rules


def _update(path: str, operation: str, value: Json) -> JsonObject:
    return {"path": path, "operation": operation, "value": value}


def _set(step_id: str, path: str, operation: str, value: Json) -> JsonObject:
    return {"id": step_id, "type": "set", "update": [_update(path, operation, value)]}


@st.composite
def documents(draw: st.DrawFn) -> JsonObject:
    """Give a document of updates, messages, prompts, branches, loops and jumps, in phases or not."""
    steps = _Writer(draw).sequence(MOST_LEVELS, in_loop=False)
    state: JsonObject = {"n": draw(st.integers(0, 2)), "log": [], "flag": draw(st.booleans())}
    whole = document([], state=state)
    if draw(st.booleans()):
        cut = draw(st.integers(1, len(steps)))
        phases = [_phase(1, steps[:cut]), *([_phase(2, steps[cut:])] if steps[cut:] else [])]
        return {**{key: each for key, each in whole.items() if key != "steps"}, "phases": [*phases]}
    return {**whole, "steps": steps}


def _phase(number: int, steps: list[Json]) -> JsonObject:
    return {"number": number, "title": f"Phase {number}", "purpose": "To be tested.", "tasks": steps}


class _JumpError(Exception):
    """A break or continue on its way to its loop."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Turn(NamedTuple):
    """What `loop` is in a pass."""

    at: int
    item: Json


class Interpreter:
    """Carries a document out by plain recursion: what is in the state, said and handed out, in order."""

    def __init__(self, source: JsonObject) -> None:
        self.state: JsonObject = json.loads(json.dumps(source["state"]))
        self.keys: list[str] = []
        self.said: list[str] = []
        phases = source.get("phases") or [{"tasks": source["steps"]}]
        assert isinstance(phases, list)
        for phase in phases:
            assert isinstance(phase, dict)
            self.sequence(phase["tasks"], "", None)

    @property
    def n(self) -> int:
        assert isinstance(self.state["n"], int)
        return self.state["n"]

    @property
    def log(self) -> list[Json]:
        assert isinstance(self.state["log"], list)
        return self.state["log"]

    def sequence(self, steps: Json, frames: str, turn: Turn | None) -> bool:
        """Carry steps out; tells whether there was anything to do."""
        worked = False
        for step in steps if isinstance(steps, list) else []:
            assert isinstance(step, dict)
            if "runCondition" in step and not self.holds(step["runCondition"], turn):
                continue
            worked = self.step(step, frames, turn) or worked
        return worked

    def holds(self, text: Json, turn: Turn | None) -> bool:
        told = {
            "state.n < 3": self.n < 3,
            "state.n % 2 == 0": self.n % 2 == 0,
            "state.log.length < 6": len(self.log) < 6,
            "true": True,
            "state.flag": self.state["flag"] is True,
            "loop.index > 0": turn is not None and turn.at > 0,
        }
        return told[str(text)]

    def step(self, step: JsonObject, frames: str, turn: Turn | None) -> bool:
        step_id = str(step["id"])
        kind = step_id.partition("-")[0]
        if kind in ("break", "continue"):
            raise _JumpError(kind)
        if kind == "loop":
            return self.loop(step, step_id, frames, turn)
        if kind == "if":
            branch = step["then"] if self.holds(step["condition"], turn) else step.get("else")
            self.sequence(branch, frames, turn)
        elif kind == "message":
            self.said.append(f"{step_id} {self.n}")
        elif kind == "prompt":
            self.keys.append(f"{frames}::{step_id}" if frames else step_id)
            self.state["log"] = [*self.log, f"did {len(self.keys)}"]
        else:
            self.update(step)
        return True

    def update(self, step: JsonObject) -> None:
        updates = step["update"]
        assert isinstance(updates, list)
        update = updates[0]
        assert isinstance(update, dict)
        value = update["value"]
        if update["path"] == "n":
            assert isinstance(value, int)
            self.state["n"] = self.n + value
        else:
            values: dict[Json, Json] = {"{{ state.n }}": self.n, "{{ [state.n] }}": [self.n]}
            self.state["log"] = [*self.log, values.get(value, value) if isinstance(value, str) else value]

    def loop(self, step: JsonObject, step_id: str, frames: str, turn: Turn | None) -> bool:
        rules = step["loop"]
        assert isinstance(rules, dict)
        most = rules["maxIterations"]
        assert isinstance(most, int)
        items = self.items(rules)
        has_worked = False
        for index in range(most if items is None else min(most, len(items))):
            here = Turn(index, None if items is None else items[index])
            if items is None and self.holds(rules["condition"], here) is (rules["type"] == "until"):
                break
            inner = f"{frames}/{step_id}@{index}" if frames else f"{step_id}@{index}"
            try:
                worked = self.sequence(step["body"], inner, here)
            except _JumpError as jump:
                worked = True
                if jump.kind == "break":
                    return True
            has_worked = has_worked or worked
            if items is None and not worked:
                break
        return has_worked

    def items(self, rules: JsonObject) -> list[Json] | None:
        """Give the items a for or forEach goes through; None where a test decides."""
        if rules["type"] == "for":
            counts = {"state.n": self.n, "state.log.length": len(self.log)}
            count = rules["count"]
            return [None] * max(0, counts[count] if isinstance(count, str) else 2)
        if rules["type"] == "forEach":
            lists: dict[Json, list[Json]] = {"state.log": self.log, "[]": [], "[state.n, 1, 1]": [self.n, 1, 1]}
            return list(lists[str(rules["items"])])
        return None


def walked(play: Play, most: int = 300) -> tuple[list[str], list[str]]:
    """Report every prompt; gives the keys and what was said."""
    keys: list[str] = []
    said = [each.text for each in play.state.messages]
    while play.state.status is Status.RUNNING and len(keys) < most:
        keys.append(play.key)
        play.report(f"did {len(keys)}")
        said += [each.text for each in play.state.messages]
    return keys, said


@settings(COMMON, max_examples=300)
@given(documents())
def test_a_session_does_what_a_plain_interpreter_does(source: JsonObject) -> None:
    wanted = Interpreter(source)
    play = Play(build(source))
    keys, said = walked(play)
    assert play.state.status is Status.COMPLETED
    assert (keys, said) == (wanted.keys, wanted.said)
    assert play.state.variables == wanted.state
    event(f"prompts: {min(len(keys), 10)}")


@settings(COMMON, max_examples=100)
@given(documents(), st.data())
def test_every_version_of_the_log_folds_to_a_state_that_travels(source: JsonObject, data: st.DataObject) -> None:
    play = Play(build(source))
    walked(play)
    assert fold(play.log) == play.state
    version = data.draw(st.integers(1, play.state.version))
    state = play.at(version)
    assert fold(play.log[version:], state) == play.state
    assert state_from(state_json(state)) == state
    done, total = progress_of(play.state, play.workflow)
    assert total is None or done <= total


@settings(COMMON, max_examples=100)
@given(documents(), st.data())
def test_a_session_that_goes_back_to_a_phase_comes_to_an_end_of_the_same_kind(
    source: JsonObject, data: st.DataObject
) -> None:
    play = Play(build(source))
    steps = data.draw(st.integers(0, 4))
    walked(play, steps)
    if not play.state.phases:
        return
    number = data.draw(st.sampled_from([each.number for each in play.state.phases]))
    version = began_version(play.state, number) or 0
    before = play.at(version)
    play.do(RollBack(version, number, before, "on purpose"))
    assert play.state.rollbacks == 1
    walked(play)
    assert play.state.status is Status.COMPLETED
    assert all(key.endswith("~1") for key in list(play.state.reports)[len(before.reports) :])
