"""Tasks in any order: the same end as one after another, nothing lost, nothing counted twice, replay equals live."""

import math
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import keys
from engine.sessions.decide import Policy, Repeated
from engine.sessions.evolve import fold
from engine.sessions.model import State, TaskStatus
from engine.sessions.step_family import ReportStep
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.sessions.fanned import SERIAL, Fanned
from tests.unit.engine.sessions.play import PLAIN

LEASE = 50
DEPTH = 2
"""Parallel steps one within the other."""


class Graph(NamedTuple):
    """A document with tasks, and how many of its items each parallel step hands out at a time."""

    source: JsonObject


def _noting(step_id: str) -> JsonObject:
    update: Json = [
        {"path": "log", "operation": "append", "value": f"{step_id}: {{{{ result }}}}"},
        {"path": "count", "operation": "increment", "value": 1},
    ]
    return prompt(step_id, update=update)


def _setting(step_id: str) -> JsonObject:
    update: Json = [{"path": "log", "operation": "append", "value": "{{ inputs.item }}"}]
    return {"id": step_id, "type": "set", "update": update}


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Give a document of parallel steps, each task noting what it did in its own state."""
    tasks: JsonObject = {}

    def steps(name: str, depth: int) -> list[Json]:
        body: list[Json] = []
        kinds = ["prompt", "set"] + (["parallel"] if depth < DEPTH else [])
        for number, kind in enumerate(draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3))):
            step_id = f"{name}-{number}"
            if kind == "prompt":
                body.append(_noting(step_id))
            elif kind == "set":
                body.append(_setting(step_id))
            else:
                body.append(spread(step_id, depth))
        return body

    def spread(step_id: str, depth: int) -> JsonObject:
        task = f"task-{step_id}"
        tasks[task] = {
            "description": "Work.",
            "state": {"log": [], "count": 0},
            "steps": steps(f"s-{step_id}", depth + 1),
        }
        return {
            "id": step_id,
            "type": "parallel",
            "items": list[Json](draw(st.lists(st.integers(0, 9), max_size=4))),
            "task": task,
            "maxParallel": draw(st.integers(1, 4)),
            "lease": LEASE,
            "collect": {
                "store": f"log{'' if depth else 's'}",
                "value": {"log": "{{ state.log }}", "n": "{{ state.count }}"},
            },
        }

    first = spread("all", 0)
    source = document(first, prompt("end"), state={"logs": []}, tasks=tasks)
    return Graph(source)


def say(key: str) -> str:
    """Give what a sub-agent says: what it is about, and nothing of when."""
    return f"did {keys.unmarked(key)}"


def finished(play: Fanned, choose: Callable[[int], int]) -> State:
    """Work on the tasks in the order that is chosen until the session is behind its parallel step."""
    for _ in range(2_000):
        if not play.open:
            break
        key = play.open[choose(len(play.open))]
        play.say(key, say(key))
    assert play.is_behind()
    return play.state


def serial(graph: Graph, policy: Policy = SERIAL) -> State:
    return finished(Fanned(graph.source, policy), lambda _: 0)


def assert_replayed(play: Fanned) -> None:
    """Hold what decide worked with against what the log says."""
    assert fold(play.log) == play.state


@settings(deadline=None, max_examples=60)
@given(graph=graphs(), data=st.data())
@pytest.mark.requirement("AC-SAM-013")
@pytest.mark.requirement("AC-MD-004")
def test_any_order_of_completion_ends_as_one_task_after_another_does(graph: Graph, data: st.DataObject) -> None:
    expected = serial(graph).variables
    play = Fanned(graph.source, PLAIN)
    assert finished(play, lambda most: data.draw(st.integers(0, most - 1))).variables == expected
    assert_replayed(play)


@settings(deadline=None, max_examples=60)
@given(graph=graphs(), data=st.data())
def test_lost_late_and_repeated_reports_change_nothing_of_the_end(graph: Graph, data: st.DataObject) -> None:
    expected = serial(graph).variables
    play = Fanned(graph.source, PLAIN)
    said: list[str] = []
    for _ in range(30):
        act = data.draw(st.sampled_from(["report", "again", "time", "early"]))
        if act == "report" and play.open:
            key = data.draw(st.sampled_from(play.open))
            play.say(key, say(key))
            said.append(key)
        elif act == "again" and said:
            key = data.draw(st.sampled_from(said))
            version = play.state.version
            play.do(ReportStep(key, say(key), None, {}))
            assert isinstance(play.last, Repeated), play.last
            assert play.state.version == version
        elif act == "time":
            play.later(data.draw(st.sampled_from([1, LEASE / 2, LEASE, math.nextafter(LEASE, 0)])))
        elif act == "early" and (
            waiting := [each for each in play.all().values() if each.status is TaskStatus.PENDING]
        ):
            play.do(ReportStep(f"{waiting[0].task_id}::s-all-0", "too early", None, {}))
            assert play.refusal.reason == "not_open"
    finished(play, lambda _: 0)
    assert play.values == expected
    assert_replayed(play)
    for fan in play.state.fans.values():
        numbers = [each.number for each in fan.ended]
        assert sorted(numbers) == list(range(len(fan.openings)))
    assert play.state.nested == {}
