"""Every decision of a log is told with its grounds, whatever kind of event it is and wherever it happened."""

from typing import cast, get_args

import pytest

from engine.definition import Operation
from engine.sessions import change_family as change
from engine.sessions import effect_family as effect
from engine.sessions import flow_family as flow
from engine.sessions import task_family as task
from engine.sessions import way_family as way
from engine.sessions.audit import audit
from engine.sessions.audit_lines import Entry
from engine.sessions.effect_model import CommandOutcome
from engine.sessions.events import Event
from engine.sessions.explaining import GROUNDS, decisions
from engine.sessions.model import Failure
from engine.sessions.nested_events import wrapped
from engine.sessions.task_family import Inside
from engine.updates import Update
from schema.values import JsonObject
from tests.unit.engine.sessions.any_event import made

KINDS = sorted(set(get_args(Event)) - {Inside}, key=lambda kind: cast("str", kind.__name__))
FAILURE = Failure("pay", "CallError", "There was no money.", 3)


NOTHING_DONE = task.TasksJoined("each", 0, 0, 0, is_kept=False, is_reached=True, warnings=())


def told(event: Event) -> JsonObject:
    (line,) = decisions((Entry(7, 0.0, "agent", event),))
    assert isinstance(line, dict)
    return line


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.requirement("AC-MD-005")
def test_every_kind_of_event_has_a_line_and_those_that_decide_a_reason(kind: type) -> None:
    event = cast("Event", made(kind))
    (line,) = audit((Entry(7, 0.0, "agent", event),))
    found = decisions((Entry(7, 0.0, "agent", event),))
    assert isinstance(line, dict)
    assert line["event"] == kind.__name__
    assert len(found) == (kind in GROUNDS)
    for each in found:
        assert isinstance(each, dict)
        assert each["reason"]
        assert list(each)[:4] == ["version", "at", "step", "kind"]


@pytest.mark.parametrize(
    ("event", "kind", "reason"),
    [
        (
            way.ConditionDecided("again", "test", value=True, variables={"n": 1, "m": None}, expression="n > m"),
            "condition",
            "n > m holds, with n = 1, m = nothing",
        ),
        (way.ConditionDecided("again", "test", value=False, variables={}), "condition", "test does not hold"),
        (
            way.ConditionDecided("again", "test", value=False, variables={"done": True}),
            "condition",
            "test does not hold, with done = true",
        ),
        (way.PassEntered("again", 1, 3, None), "pass", "pass 2 of 3 begins"),
        (way.PassEntered("again", 1, None, None), "pass", "pass 2 begins"),
        (flow.BranchTaken("sort", None), "branch", "branch none is taken"),
        (
            flow.StateUpdated("add", (Update("n", Operation.INCREMENT, 2),), {}, settled=True),
            "update",
            "increment n: 2",
        ),
        (
            flow.StateUpdated("add", (Update("ok", Operation.SET, value=False),), {"sum": 3}, settled=True),
            "update",
            "set ok: false, sum is 3",
        ),
        (
            flow.StepFailed("pay", 2, "CallError", "No money.", "retry", 60.0),
            "failure",
            "No money. (try 2); it is tried again at 1970-01-01T00:01:00.000Z",
        ),
        (
            flow.StepFailed("pay", 3, "CallError", "No money.", "fail", None),
            "failure",
            "No money. (try 3); what follows is fail",
        ),
        (flow.WaitBegun("rest", 1, None, "", None, ()), "wait", "rests until a poll"),
        (task.TaskReturned("each#1"), "tasks", "nobody reported it within its lease"),
        (
            task.TasksJoined("each", 0, 0, 0, is_kept=False, is_reached=True, warnings=()),
            "tasks",
            "enough tasks are done: there were none",
        ),
        (task.TaskEnded("each#1", FAILURE, None), "tasks", "it failed"),
        (task.ChildLeft("sub", "sub#0", None), "child", "the child is done"),
        (
            effect.EffectFinished("e1", CommandOutcome(2, "", "no", timed_out=False, duration=0.1, fault="")),
            "command",
            "exit code 2",
        ),
        (change.SignalReceived("go", 1, "rest"), "signal", "the signal go came"),
    ],
)
@pytest.mark.requirement("AC-MD-010")
def test_a_reason_is_a_sentence_somebody_understands(event: Event, kind: str, reason: str) -> None:
    line = told(event)
    assert (line["kind"], line["reason"]) == (kind, reason)


def test_what_happened_in_a_task_or_child_is_told_with_its_whole_key() -> None:
    inner = wrapped("sub#0", flow.BranchTaken("sort", 1))
    assert told(wrapped("files@2/each#7", inner))["step"] == "files@2/each#7/sub#0::sort"
    assert told(wrapped("each#7", flow.SessionTimedOut(1.0, "Late.")))["step"] == "each#7"


def test_an_event_that_only_says_a_step_is_done_decided_nothing() -> None:
    assert decisions((Entry(1, 0.0, "agent", flow.StateUpdated("add", (), {}, settled=True)),)) == []


def test_decisions_come_newest_first() -> None:
    entries = tuple(Entry(number, 0.0, "agent", flow.PassEnded("again")) for number in (1, 2, 3))
    assert [line["version"] for line in decisions(entries) if isinstance(line, dict)] == [3, 2, 1]
