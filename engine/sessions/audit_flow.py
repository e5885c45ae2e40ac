"""What the audit view says of events of the automation language: steps of the server, tasks, commands, changes.

Above: audit. Below: the families. Values are named and measured, not repeated, but for what a decision was made on.
"""

from collections.abc import Callable, Mapping
from typing import Final

from engine.sessions import change_family as change
from engine.sessions import effect_family as effect
from engine.sessions import flow_family as flow
from engine.sessions import task_family as task
from engine.sessions.audit_lines import MAX_NAMES, iso, line, names, short
from engine.sessions.model import Failure
from engine.template import as_text
from engine.updates import Update
from schema.values import Json, JsonObject


def updates_of(updates: tuple[Update, ...]) -> list[Json]:
    """Give what changed, one text an update.

    >>> from engine.definition import Operation
    >>> updates_of((Update("done", Operation.SET, True), Update("log", Operation.APPEND, [1, 2])))
    ['set done: true', 'append log: list of 2']
    """
    return [f"{each.operation.value} {each.path}: {as_text(short(each.value))}" for each in updates[:MAX_NAMES]]


def when(at: float | None) -> str | None:
    """Give a time, or nothing where there is none."""
    return None if at is None else iso(at)


def failure_of(error: Failure | None) -> Json:
    """Give why something failed."""
    return None if error is None else {"key": error.key, "type": error.error_type, "message": line(error.message)}


def _updated(event: flow.StateUpdated) -> JsonObject:
    computed: JsonObject = {name: short(value) for name, value in list(event.computed.items())[:MAX_NAMES]}
    return {"key": event.key, "updates": updates_of(event.updates), "computed": computed}


def _waits(event: flow.WaitBegun) -> JsonObject:
    return {
        "key": event.key,
        "until": when(event.until),
        "signal": event.signal,
        "deadline": when(event.deadline),
        "warnings": list(event.warnings),
    }


def _failed(event: flow.StepFailed) -> JsonObject:
    return {
        "key": event.key,
        "attempt": event.attempt,
        "type": event.error_type,
        "message": line(event.message),
        "strategy": event.strategy,
        "retry_at": when(event.retry_at),
    }


def _ended(event: flow.SessionFailed) -> JsonObject:
    return {"key": event.key, "type": event.error_type, "message": line(event.message), "tries": event.tries}


def _opened(event: task.TasksOpened) -> JsonObject:
    return {
        "key": event.key,
        "tasks": len(event.openings),
        "at_once": event.limit,
        "mode": "serial" if event.serial else "parallel",
        "warnings": list(event.warnings),
    }


def _returned(event: task.TaskReturned) -> JsonObject:
    return {"run": event.run, "error": failure_of(event.error), "again_at": when(event.ready_at)}


def _joined(event: task.TasksJoined) -> JsonObject:
    counts: JsonObject = {"succeeded": event.succeeded, "failed": event.failed, "cancelled": event.cancelled}
    return {"key": event.key, **counts, "warnings": list(event.warnings)}


def _entered(event: task.ChildEntered) -> JsonObject:
    return {
        "key": event.key,
        "run": event.run,
        "workflow": event.workflow_id,
        "inputs": names(event.opening.inputs),
        "deadline": when(event.deadline),
    }


def _requested(event: effect.CommandRequested) -> JsonObject:
    asked = event.effect
    return {"key": asked.key, "effect": asked.id, "program": asked.words[0] if asked.words else "sh"}


def _finished(event: effect.EffectFinished) -> JsonObject:
    outcome = event.outcome
    return {
        "effect": event.effect_id,
        "exit_code": outcome.exit_code,
        "seconds": round(outcome.duration, 3),
        "timed_out": outcome.timed_out or None,
        "fault": outcome.fault,
        "stdout": len(outcome.stdout) or None,
        "stderr": line(outcome.stderr),
    }


FLOW: Final[Mapping[type, Callable[..., JsonObject]]] = {
    flow.BranchTaken: lambda event: {"key": event.key, "branch": "none" if event.branch is None else event.branch},
    flow.StateUpdated: _updated,
    flow.OutputKept: lambda event: {"key": event.key, "value": short(event.value)},
    flow.MessageShown: lambda event: {"key": event.key, "level": event.level, "text": line(event.text)},
    flow.PassEnded: lambda event: {"key": event.key},
    flow.WaitBegun: _waits,
    flow.WaitEnded: lambda event: {"key": event.key, "how": event.how},
    flow.StepFailed: _failed,
    flow.TimerFired: lambda event: {"key": event.key, "what": event.what},
    flow.SessionFailed: _ended,
    flow.SessionTimedOut: lambda event: {"deadline": iso(event.deadline), "message": line(event.message)},
}
"""What a line says of steps the server carries out itself, and of how steps fail."""
RUNS: Final[Mapping[type, Callable[..., JsonObject]]] = {
    task.TasksOpened: _opened,
    task.TasksHandedOut: lambda event: {"runs": list(event.runs[:MAX_NAMES]), "lease_until": iso(event.lease_until)},
    task.LeaseExtended: lambda event: {"run": event.run, "lease_until": iso(event.lease_until)},
    task.TaskReturned: _returned,
    task.TaskEnded: lambda event: {"run": event.run, "error": failure_of(event.error), "value": short(event.value)},
    task.TasksJoined: _joined,
    task.TasksReopened: lambda event: {"key": event.key},
    task.ChildEntered: _entered,
    task.ChildLeft: lambda event: {"key": event.key, "run": event.run, "error": failure_of(event.error)},
}
"""What a line says of tasks and children; of `Inside` it is the line of the event within."""
EFFECTS: Final[Mapping[type, Callable[..., JsonObject]]] = {
    effect.CommandRequested: _requested,
    effect.EffectClaimed: lambda event: {
        "effect": event.effect_id,
        "node": event.node,
        "lease_until": iso(event.lease_until),
    },
    effect.EffectReleased: lambda event: {"effect": event.effect_id, "attempt": event.attempt},
    effect.EffectFinished: _finished,
}
"""What a line says of commands."""
CHANGES: Final[Mapping[type, Callable[..., JsonObject]]] = {
    change.SignalReceived: lambda event: {"key": event.key, "name": event.name, "payload": short(event.payload)},
    change.StepSkipped: lambda event: {"key": event.key, "reason": line(event.reason)},
    change.CheckpointMade: lambda event: {"label": event.label, "checkpoint": event.version},
    change.SessionCancelled: lambda event: {"reason": line(event.reason)},
    change.SessionRetried: lambda event: {"key": event.key, "run": event.run, "reason": line(event.reason)},
}
"""What a line says of changes from outside."""
