"""The audit view: every kind of event has its line, and no line grows with what was sent."""

from typing import get_args

import pytest

from engine.sessions.audit import FACTS, MAX_LINE, MAX_NAMES, Entry, audit
from engine.sessions.events import Event
from engine.sessions.evolve import evolve
from engine.sessions.model import Approval, Gap, Issue
from engine.sessions.phase_family import GateRefused, PhaseCompleted, PhaseRetried, PhaseSkipped
from engine.sessions.session_family import (
    CodeIssued,
    CodeRefused,
    RolledBack,
    SessionCompleted,
    SessionPaused,
    SessionResumed,
)
from engine.sessions.session_family import SessionStarted as Started
from engine.sessions.step_family import (
    ConfirmationDeclined,
    ConfirmationRequested,
    StepOpened,
    StepRefused,
    StepReported,
    VariablesAwaited,
    VariablesGiven,
)
from engine.sessions.task_family import Inside
from engine.sessions.way_family import ConditionDecided, LoopLeft, PassEntered
from schema.values import JsonObject

ISSUE = Issue("plan", "It must be 5 long.", "5 or more", "3")
WORD = Approval("override", "We know.", "elicitation")
STARTED = Started("wf_1", "flow", "1.0.0", "abc", "a.py", "", {"dry": True}, {}, None)
LINES: list[tuple[Event, JsonObject]] = [
    (
        STARTED,
        {"workflow": "flow 1.0.0", "document": "abc", "target_file": "a.py", "options": ["dry"]},
    ),
    (
        RolledBack(3, 1, evolve(None, STARTED, 0.0), (2,), ("ship",), "Wrong way.\nAll of it."),
        {
            "to_version": 3,
            "to_phase": 1,
            "cleared_phases": [2],
            "irreversible": ["ship"],
            "reason": "Wrong way.",
        },
    ),
    (SessionPaused(2, "lunch\nand more"), {"phase": 2, "note": "lunch"}),
    (SessionResumed(), {}),
    (SessionCompleted(("w",)), {"warnings": ["w"]}),
    (CodeIssued("one", 3, "s", "h", 0.0), {"key": "one", "expires_at": "1970-01-01T00:00:00.000Z"}),
    (CodeRefused("one", 2), {"key": "one", "tries": 2}),
    (
        GateRefused("gate:1", 1, "d", {"plan": "abc"}, (ISSUE,), failed=True),
        {
            "key": "gate:1",
            "phase": 1,
            "evidence": ["plan"],
            "issues": ["plan: It must be 5 long."],
            "session_failed": True,
        },
    ),
    (
        PhaseCompleted(1, "gate:1", "d", {"plan": "abc"}, {}, (ISSUE,), ("t1",), WORD, 9),
        {
            "key": "gate:1",
            "phase": 1,
            "evidence": ["plan"],
            "findings": ["plan: It must be 5 long."],
            "unreported": ["t1"],
            "approval": {"decision": "override", "how": "elicitation", "comment": "We know."},
        },
    ),
    (PhaseRetried(1, reset_evidence=True), {"phase": 1, "evidence_reset": True}),
    (PhaseSkipped(3), {"phase": 3}),
    (StepOpened("one", 1, ()), {"key": "one", "phase": 1}),
    (
        StepReported("one", "d", "done\nit", None, {"n": 1}, (), None, 1, 5),
        {"key": "one", "output": "done", "variables": ["n"], "completes_phase": 1},
    ),
    (
        StepRefused("one", "d", None, (ISSUE._replace(field=""),)),
        {"key": "one", "issues": ["It must be 5 long."]},
    ),
    (
        ConditionDecided("one", "runCondition", False, {"n": 4, "files": ["a", "b"], "map": {}, "t": "x" * 300}),  # noqa: FBT003 - the event's own order
        {
            "key": "one",
            "condition": "runCondition",
            "value": False,
            "variables": {"n": 4, "files": "list of 2", "map": "object of 0", "t": "x" * MAX_LINE + "…"},
        },
    ),
    (PassEntered("each", 0, 2, "a"), {"key": "each", "pass": 0, "total": 2, "item": "a"}),
    (LoopLeft("each", 2, "all items are done"), {"key": "each", "passes": 2, "reason": "all items are done"}),
    (VariablesAwaited("two", 2, "runCondition", (Gap("n", ()),), ()), {"key": "two", "phase": 2, "variables": ["n"]}),
    (VariablesGiven("two", "d", {"n": 1}, None, 7), {"key": "two", "variables": ["n"]}),
    (ConfirmationRequested("two", "d"), {"key": "two"}),
    (ConfirmationDeclined("two", "d", "Not yet.", "agent"), {"key": "two", "comment": "Not yet.", "how": "agent"}),
]


@pytest.mark.parametrize(("event", "facts"), LINES, ids=[type(event).__name__ for event, _ in LINES])
@pytest.mark.requirement("AC-MD-021")
def test_each_event_has_a_line_with_its_facts(event: Event, facts: JsonObject) -> None:
    (line,) = audit((Entry(4, 0.0, "agent", event),))
    head = {"version": 4, "at": "1970-01-01T00:00:00.000Z", "by": "agent", "event": type(event).__name__}
    assert line == head | facts


def test_no_kind_of_event_is_without_a_line() -> None:
    assert set(FACTS) == set(get_args(Event)) - {Inside}


def test_a_line_stays_short_whatever_was_sent() -> None:
    large = StepReported("one", "d", "x" * 10_000, {f"f{n}": 1 for n in range(1000)}, {}, (ISSUE,) * 500, None, None, 1)
    (line,) = audit((Entry(1, 0.0, "agent", large),))
    assert isinstance(line, dict)
    evidence, findings = line["evidence"], line["findings"]
    assert isinstance(evidence, list)
    assert isinstance(findings, list)
    assert [len(str(line["output"])), len(evidence), len(findings)] == [MAX_LINE + 1, MAX_NAMES, MAX_NAMES]
