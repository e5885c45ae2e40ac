"""Why each step came: the decisions of a log, newest first, each with its grounds in words.

Above: workflow_session explain, `sessions explain`. Below: audit (what a line says of an event), the families.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from engine.sessions import change_family as change
from engine.sessions import effect_family as effect
from engine.sessions import flow_family as flow
from engine.sessions import phase_family as phase
from engine.sessions import session_family as session
from engine.sessions import step_family as step
from engine.sessions import task_family as task
from engine.sessions import way_family as way
from engine.sessions.audit import audit
from engine.sessions.audit_lines import Entry
from engine.sessions.events import Event
from engine.sessions.nested_events import within
from engine.template import as_text
from schema.values import Json, JsonObject


class Grounds(NamedTuple):
    """What kind of decision an event is, and its reason, made of its line of the audit view."""

    kind: str
    reason: Callable[[JsonObject], str]


def decisions(entries: tuple[Entry, ...]) -> list[Json]:
    """Give {version, at, step, kind, expression?, value?, branch?, ...facts, reason} of what was decided, newest first.

    `step` is the stepKey the decision is about, "" for the session as a whole.
    """
    found: list[Json] = []
    for entry in reversed(entries):
        run, event = within(entry.event)
        grounds = None if _is_end(event) else GROUNDS.get(type(event))
        if grounds is not None:
            (line,) = audit((entry,))
            found.append(_explained(line if isinstance(line, dict) else {}, grounds, run))
    return found


def _is_end(event: Event) -> bool:
    """Tell whether an event only says that a step is done: it changed nothing."""
    return isinstance(event, flow.StateUpdated) and not event.updates and not event.computed


def _explained(line: JsonObject, grounds: Grounds, run: str) -> JsonObject:
    said = {"version": line["version"], "at": line["at"], "step": line.get("key", run), "kind": grounds.kind}
    facts = {name: value for name, value in line.items() if name not in ("version", "at", "by", "event", "key", "run")}
    return {**said, **facts, "reason": grounds.reason(line)}


def _condition(line: JsonObject) -> str:
    words = line.get("expression") or line.get("condition")
    holds = "holds" if line.get("value") else "does not hold"
    return f"{words} {holds}" + _on(line.get("variables"))


def _on(variables: Json) -> str:
    if not isinstance(variables, dict) or not variables:
        return ""
    return ", with " + ", ".join(
        f"{name} = {'nothing' if value is None else as_text(value)}" for name, value in variables.items()
    )


def _pass(line: JsonObject) -> str:
    number, total = line.get("pass"), line.get("total")
    count = int(number) + 1 if isinstance(number, int) else number
    return f"pass {count} begins" if total is None else f"pass {count} of {total} begins"


def _updated(line: JsonObject) -> str:
    made = line.get("computed")
    computed = [f"{name} is {as_text(value)}" for name, value in made.items()] if isinstance(made, dict) else []
    return ", ".join(filter(None, (_listed(line, "updates"), *computed)))


def _failed(line: JsonObject) -> str:
    again = (
        f"; it is tried again at {line['retry_at']}" if "retry_at" in line else f"; what follows is {line['strategy']}"
    )
    return f"{line['message']} (try {line['attempt']}){again}"


def _returned(line: JsonObject) -> str:
    return f"it failed and is done again: {line['error']}" if "error" in line else "nobody reported it within its lease"


def _joined(line: JsonObject) -> str:
    counts = ", ".join(f"{line[name]} {name}" for name in ("succeeded", "failed", "cancelled") if line.get(name))
    return f"enough tasks are done: {counts or 'there were none'}"


def _finished(line: JsonObject) -> str:
    return str(line.get("fault") or f"exit code {line.get('exit_code')}")


def _opened(line: JsonObject) -> str:
    return f"{line['tasks']} tasks are to be done, {line['at_once']} at a time"


def _listed(line: JsonObject, name: str) -> str:
    items = line.get(name)
    return ", ".join(str(item) for item in items) if isinstance(items, list) else str(items or "")


GROUNDS: Final[Mapping[type, Grounds]] = {
    way.ConditionDecided: Grounds("condition", _condition),
    way.PassEntered: Grounds("pass", _pass),
    way.LoopLeft: Grounds("loop", lambda line: f"the loop ended after {line['passes']} passes: {line['reason']}"),
    step.VariablesAwaited: Grounds("variables", lambda line: f"these are missing: {_listed(line, 'variables')}"),
    step.StepRefused: Grounds("report", lambda line: f"the report was refused: {_listed(line, 'issues')}"),
    step.ConfirmationRequested: Grounds("person", lambda _: "a person's word is needed"),
    step.ConfirmationDeclined: Grounds("person", lambda line: f"a person said no: {line.get('comment', '')}"),
    phase.GateRefused: Grounds("gate", lambda line: f"the evidence was refused: {_listed(line, 'issues')}"),
    phase.PhaseCompleted: Grounds("gate", lambda line: f"phase {line['phase']} is complete"),
    phase.PhaseSkipped: Grounds("phase", lambda line: f"nothing in phase {line['phase']} is to be done"),
    session.RolledBack: Grounds("rollback", lambda line: f"back to version {line['to_version']}"),
    flow.BranchTaken: Grounds("branch", lambda line: f"branch {line['branch']} is taken"),
    flow.PassEnded: Grounds("continue", lambda _: "the rest of the pass is left out"),
    flow.StateUpdated: Grounds("update", _updated),
    flow.WaitBegun: Grounds("wait", lambda line: f"rests until {line.get('until') or line.get('signal') or 'a poll'}"),
    flow.WaitEnded: Grounds("wait", lambda line: f"the wait is over: {line['how']}"),
    flow.StepFailed: Grounds("failure", _failed),
    flow.TimerFired: Grounds("timer", lambda line: f"the time of its {line['what']} has come"),
    flow.SessionFailed: Grounds("failure", lambda line: f"the run failed: {line['message']}"),
    flow.SessionTimedOut: Grounds("timer", lambda _: "the time of the whole run is over"),
    task.TasksOpened: Grounds("tasks", _opened),
    task.TasksHandedOut: Grounds("tasks", lambda line: f"handed out: {_listed(line, 'runs')}"),
    task.TaskReturned: Grounds("tasks", _returned),
    task.TaskEnded: Grounds("tasks", lambda line: "it failed" if "error" in line else "it is done"),
    task.TasksJoined: Grounds("tasks", _joined),
    task.TasksReopened: Grounds("tasks", lambda _: "those that failed are to be done again"),
    task.ChildEntered: Grounds("child", lambda line: f"the workflow {line['workflow']} begins inside this one"),
    task.ChildLeft: Grounds("child", lambda line: "the child failed" if "error" in line else "the child is done"),
    effect.CommandRequested: Grounds("command", lambda line: f"{line['program']} is to be run"),
    effect.EffectFinished: Grounds("command", _finished),
    change.SignalReceived: Grounds("signal", lambda line: f"the signal {line['name']} came"),
    change.StepSkipped: Grounds("skip", lambda line: f"passed over: {line.get('reason', '')}"),
    change.SessionCancelled: Grounds("end", lambda line: f"cancelled: {line.get('reason', '')}"),
    change.SessionRetried: Grounds("retry", lambda line: f"tried again: {line.get('reason', '')}"),
}
"""The events that decide something, and how their reason is told."""
