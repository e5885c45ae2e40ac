"""The answer of durable workflow_next: what to do now, what was wrong, how far it is. Made of the state alone.

Above: tools.workflow_next. Below: position, model, engine.guidance. The same state gives the same answer for ever, so
a repeated report is answered by rendering the state at the version it was recorded with.
"""

from typing import Final

from engine import keys
from engine.definition import Gate, PromptStep, Workflow
from engine.guidance import progress, prompt_of
from engine.sessions.model import State, Status, WaitKind
from engine.sessions.phase_view import issues_shown
from engine.sessions.position import (
    failures_at,
    gate_key,
    needs_confirmation,
    open_gate,
    open_step,
    phase_of,
    progress_of,
    scope_of,
)
from engine.template import as_text, fill, parse
from engine.variables import Scope
from schema.values import Json, JsonObject

NOT_SHOWN: Final = frozenset(
    ("id", "type", "title", "prompt", "agentRole", "guidance", "evidence", "requireConfirmation", "runCondition")
)
"""Keys of a step that stand elsewhere in the answer, or were decided before it was handed out."""
APPROVAL: Final = "approval"
"""The argument that carries a person's word."""


def answer(state: State, workflow: Workflow, *, verified: bool) -> JsonObject:
    """Give where a session stands and what to do next; `verified`: only a one-time code counts as a person's word.

    ArgumentError where the values make the prompt too long; CriterionError where a pattern hits its limit.
    """
    shown: JsonObject = {"sessionId": state.session_id, "status": state.status.value}
    if state.status not in (Status.RUNNING, Status.WAITING):
        shown.update(step=None, guidance={"prompt": _rest(state, workflow)})
    elif state.waiting is not None and state.waiting.kind is WaitKind.VARIABLE:
        shown.update(stepKey=state.position, step=None, guidance=_awaiting(state))
    else:
        shown.update(stepKey=state.position, **_open(state, workflow))
    _add_issues(shown, state, workflow, verified=verified)
    shown["progress"] = _progress(state, workflow)
    shown["isComplete"] = state.status is Status.COMPLETED
    if state.waiting is not None and state.waiting.kind is not WaitKind.REPORT:
        shown["waitingFor"] = {"kind": state.waiting.kind.value, "stepKey": state.waiting.key}
    if state.warnings:
        shown["warnings"] = list(state.warnings)
    if state.status is Status.FAILED and state.errors:
        last = state.errors[-1]
        shown["error"] = {"message": last.message, "remediation": last.remediation}
    return shown


def is_accepted(state: State, key: str) -> bool:
    """Tell whether a report of `key` that was made before counted, from the state it had led to."""
    refused, waiting = state.refused, state.waiting
    if refused is not None and refused.key == key:
        return False
    return waiting is None or waiting.kind is not WaitKind.CONFIRMATION or waiting.key != key


def _open(state: State, workflow: Workflow) -> JsonObject:
    """Give the open step or gate with its guidance."""
    step = open_step(state, workflow)
    gate = open_gate(state, workflow) if step is None else step.gate
    if step is None:
        phase = phase_of(workflow, state.phase)
        guidance: JsonObject = {"prompt": _GATE.format(number=phase.number, title=phase.title)}
        shown: JsonObject = {"id": keys.gate(phase.number), "type": "gate", "title": phase.title}
    else:
        scope = scope_of(state, workflow)
        filled = prompt_of(step, scope)
        guidance = {"prompt": filled.value}
        if filled.missing:
            guidance["missing"] = [{"variable": name} for name in filled.missing]
        shown = _step(step, scope)
    if needs_confirmation(state, workflow):
        guidance["requiresConfirmation"] = True
    if gate is not None:
        guidance["evidence"] = _evidence(gate)
        if gate.rules:
            guidance["rules"] = [rule.message for rule in gate.rules]
    return {"step": shown, "guidance": guidance}


def _step(step: PromptStep, scope: Scope) -> JsonObject:
    """Give a step as its document has it, but for what stands elsewhere; its texts with their values."""
    shown: JsonObject = {"id": step.id, "type": str(step.shown.get("type", "prompt")), "title": step.title}
    shown.update((name, value) for name, value in step.shown.items() if name not in NOT_SHOWN)
    return {name: _filled(value, scope) for name, value in shown.items()}


def _filled(value: Json, scope: Scope) -> Json:
    """Fill in a text, or the texts of a list; anything deeper (criteria) means what it says."""
    if isinstance(value, str):
        return as_text(fill(parse(value), scope).value) if "{{" in value else value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [_filled(each, scope) for each in value]
    return value


def _evidence(gate: Gate) -> list[Json]:
    """Give what a gate asks for, field by field."""
    asked: list[Json] = []
    for field in gate.fields:
        shown: JsonObject = {"field": field.name, "type": field.type, "required": field.required}
        if field.description:
            shown["description"] = field.description
        if field.has_example:
            shown["example"] = field.example
        asked.append(shown)
    return asked


def _awaiting(state: State) -> JsonObject:
    """Give the guidance of a session that waits for variables."""
    gaps = state.waiting.gaps if state.waiting is not None else ()
    missing: list[Json] = []
    for gap in gaps:
        shown: JsonObject = {"variable": gap.variable}
        if gap.values:
            shown["values"] = list(gap.values)
        missing.append(shown)
    names = ", ".join(gap.variable for gap in gaps)
    return {"prompt": _AWAITING.format(names=names), "missing": missing}


def _add_issues(shown: JsonObject, state: State, workflow: Workflow, *, verified: bool) -> None:
    """Add what was wrong with the last report, how often it may still be tried, and whose word is missing."""
    issues = issues_shown(state.refused.issues) if state.refused is not None else []
    if state.waiting is not None and state.waiting.kind is WaitKind.CONFIRMATION:
        issues.append(advice(state.session_id if verified else ""))
    if issues:
        shown["issues"] = issues
    left = _attempts_left(state, workflow)
    if left is not None:
        shown["attemptsLeft"] = left


def advice(code_for: str = "") -> JsonObject:
    """Say how a person's word reaches the server; the agent reads it where its client could not be asked.

    `code_for`: the session a person gets a code for, where only codes count.
    """
    example: JsonObject = {"decision": "approve", "comment": "in your user's words"}
    if code_for:
        example["code"] = "ABCD2345"
    return {
        "field": APPROVAL,
        "message": _ASK_CODE.format(session=code_for) if code_for else _ASK_USER,
        "expected": "approval {decision: approve or reject, comment" + (", code}" if code_for else "}"),
        "received": "no person's word yet",
        "example": example,
    }


def _attempts_left(state: State, workflow: Workflow) -> int | None:
    """Give how many failed attempts the open gate still allows, once one has failed; None where it sets no limit."""
    if state.status not in (Status.RUNNING, Status.WAITING) or not _has_failed(state):
        return None
    gate = open_gate(state, workflow)
    if gate is None or gate.max_attempts is None:
        return None
    failures = failures_at(state, gate_key(state, workflow))
    return max(0, gate.max_attempts - failures) if failures else None


def _has_failed(state: State) -> bool:
    """Tell whether any gate was failed that may still be open; of most sessions none ever is."""
    return bool(state.failures) or (bool(state.phases) and state.phases[-1].failures > 0)


def _progress(state: State, workflow: Workflow) -> JsonObject:
    shown = progress(*progress_of(state, workflow))
    if state.frames:
        frame = state.frames[-1]
        shown["loop"] = {"id": frame.loop, "pass": frame.number + 1, "total": frame.total}
    return shown


def _rest(state: State, workflow: Workflow) -> str:
    """Say why there is nothing to do now, and what would change that."""
    return _RESTS[state.status].format(name=workflow.name, session=state.session_id, phase=state.phase)


_GATE: Final = (
    'The tasks of phase {number}, "{title}", are done. Show it: report this stepKey with `evidence`, '
    "an object with the fields of guidance.evidence."
)
_AWAITING: Final = (
    "No step can be chosen before these variables are known: {names}. Report this stepKey and send them in context."
)
_ASK_USER: Final = (
    "A person must agree: show your user what you are about to report, ask for a decision, and report again with the "
    "same stepKey and arguments and what the user said as approval"
)
_ASK_CODE: Final = (
    "A person must agree with a one-time code: ask your user to run `workflow-lookup sessions approve {session}` "
    "in a terminal, and report again with the same stepKey and arguments and approval with the code it shows"
)
_RESTS: Final = {
    Status.COMPLETED: "The workflow {name!r} is complete: nothing is left to do.",
    Status.PAUSED: "This session is paused; aos_workflow resume with session_id {session} goes on with it.",
    Status.FAILED: "This session has failed; aos_workflow retry_phase with session_id {session} and phase {phase} "
    "tries the phase again.",
    Status.CANCELLED: "This session was cancelled; begin a new one.",
    Status.TIMED_OUT: "This session ran out of time; begin a new one.",
}
