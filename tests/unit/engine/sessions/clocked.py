"""A session under way with a clock: documents of the automation language, timers, and changes from outside.

Above: the tests of failures, waits, timers and changes. Below: play.
"""

from engine.build import build
from engine.definition import Operation, Workflow
from engine.sessions.change_family import (
    CancelSession,
    FireTimers,
    MakeCheckpoint,
    RetrySession,
    SendSignal,
    SkipStep,
    UpdateState,
)
from engine.sessions.due import due_at
from engine.sessions.events import Event
from engine.sessions.evolve import fold
from engine.sessions.nested_events import within
from engine.sessions.restoring import version_of
from engine.sessions.session_family import RollBack
from engine.updates import Update
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.play import Play

BEGAN = 1000.0
"""When a session of play begins."""


def document(steps: list[JsonObject], **root: Json) -> JsonObject:
    """Give a document of these steps."""
    head: JsonObject = {
        "id": "flow",
        "name": "Flow",
        "description": "To be tested.",
        "version": "1.0.0",
        "schemaVersion": "1.2.0",
        "state": {},
    }
    return {**head, **root, "steps": [*steps]}


def flow(*steps: JsonObject, **root: Json) -> Workflow:
    """Give a workflow of these steps."""
    return build(document([*steps], **root))


def prompt(step_id: str, **keys: Json) -> JsonObject:
    """Give a prompt step."""
    return {"id": step_id, "title": step_id, "prompt": f"Do {step_id}.", **keys}


def call(step_id: str = "charge", **keys: Json) -> JsonObject:
    """Give a call step."""
    return {"id": step_id, "type": "call", "tool": "payments.charge", **keys}


def names(events: tuple[Event, ...]) -> list[str]:
    """Name what happened, runs inside left out."""
    return [type(within(event)[1]).__name__ for event in events]


class Clocked(Play):
    """A session whose clock counts from its beginning."""

    def later(self, seconds: float) -> tuple[Event, ...]:
        """Move the clock to so many seconds after the beginning, and do what is due."""
        self.now = BEGAN + seconds
        return self.do(FireTimers())

    def status(self) -> str:
        """Give the status now."""
        return self.state.status.value

    def due(self) -> float | None:
        """Give when something is due, in seconds after the beginning."""
        at = due_at(self.state)
        return None if at is None else at - BEGAN

    def fails(self) -> tuple[Event, ...]:
        """Report that the open call returned an error status."""
        return self.report('{"status": "error", "error_code": "INSUFFICIENT_FUNDS"}')

    def signal(self, name: str, payload: Json = None) -> tuple[Event, ...]:
        return self.do(SendSignal(name, payload))

    def update(self, path: str, value: Json, expected: int | None = None) -> tuple[Event, ...]:
        return self.do(UpdateState((Update(path, Operation.SET, value),), expected))

    def skip(self, key: str | None = None, reason: str = "not needed") -> tuple[Event, ...]:
        return self.do(SkipStep(self.key if key is None else key, reason))

    def checkpoint(self, label: str) -> tuple[Event, ...]:
        return self.do(MakeCheckpoint(label))

    def cancel(self, reason: str = "") -> tuple[Event, ...]:
        return self.do(CancelSession(reason))

    def again(self, reason: str = "mended") -> tuple[Event, ...]:
        """Retry the session."""
        return self.do(RetrySession(reason))

    def restore(self, version: int, reason: str = "", label: str = "") -> tuple[Event, ...]:
        """Go back to a version of the log."""
        restored = fold(self.log[:version]) if 0 < version < self.state.version else None
        return self.do(RollBack(version, None, restored, reason, label))

    def restore_label(self, label: str, reason: str = "") -> tuple[Event, ...]:
        """Go back to a checkpoint."""
        return self.restore(version_of(self.state, label) or 0, reason, label)
