"""The answer of durable workflow_next: what to do now, what was wrong, how far it is. Made of the state alone.

Above: tools.workflow_next, tools.workflow_session. Below: answer_focus (which run it speaks of), answer_steps,
answer_rests, answer_messages. The same state gives the same answer for ever, so a repeated report is answered by
rendering the state at the version it was recorded with.
"""

from typing import Final

from engine import keys
from engine.definition import InputStep, PromptStep, Workflow
from engine.guidance import progress
from engine.sessions.answer_focus import Focus, Root, focus_of, task_of
from engine.sessions.answer_inputs import NO_TRIES, Tries
from engine.sessions.answer_messages import messages_shown
from engine.sessions.answer_rests import TRIED_AGAIN, at_rest, awaiting, resting
from engine.sessions.answer_steps import evidence_of, handed
from engine.sessions.answer_tasks import fan_out, over
from engine.sessions.audit import iso
from engine.sessions.deadlines import remaining
from engine.sessions.failing import failure_shown
from engine.sessions.model import State, Status, WaitKind
from engine.sessions.nesting import UNDER_WAY, inner_view
from engine.sessions.phase_view import issues_shown
from engine.sessions.position import (
    failures_at,
    gate_key,
    needs_confirmation,
    open_gate,
    phase_of,
    progress_of,
    scope_of,
)
from engine.sessions.step_family import refusal_of
from schema.values import Json, JsonObject

APPROVAL: Final = "approval"
"""The argument that carries a person's word."""
_UNDECIDED: Final = frozenset((WaitKind.CONFIRMATION, WaitKind.TIMER, WaitKind.SIGNAL))
"""What a session still waits for at a step that was reported, or polled."""
_SHOW: Final = "First show your user the messages of this answer, in order{marked}."
_SIGNS: Final = {"warning": "⚠", "error": "✖", "success": "✔"}
"""How messages of a level are marked; those that only inform are not."""


def answer(
    state: State,
    workflow: Workflow,
    *,
    verified: bool,
    now: float | None = None,
    task: str = "",
    refused: str = "",
) -> JsonObject:
    """Give where a session stands and what to do next; `verified`: only a one-time code counts as a person's word.

    `now`: when it is asked, for what time is left; None: when the session last changed. `task`: the taskId whose next
    step is asked for. `refused`: the stepKey of a report that did not count: while its step is open, its messages are
    not shown once more. ArgumentError where the values make the prompt too long, and where the session has no such
    task; CriterionError where a pattern hits its limit.
    """
    shown: JsonObject = {"sessionId": state.session_id, "status": state.status.value}
    root = Root("", state, workflow)
    if task:
        shown["taskId"] = task
        found = task_of(state, workflow, task)
        if found.state is None or found.workflow is None:
            return {**shown, **over(found, state)}
        root = Root(found.run, found.state, found.workflow)
    focus = focus_of(root)
    shown.update(_now(focus, state, workflow))
    _add_issues(shown, focus, verified=verified)
    _add_messages(shown, focus, refused)
    shown["progress"] = _progress(root.state, root.workflow)
    shown["isComplete"] = root.state.status is Status.COMPLETED
    _add_waiting(shown, focus)
    _add_limits(shown, focus, now)
    if (failure := _failure(state)) is not None:
        shown["error"] = failure
    return shown


def is_accepted(state: State, workflow: Workflow, key: str) -> bool:
    """Tell whether a report of `key` that was made before counted, from the state it had led to."""
    run, local = keys.run_of(key)
    if run in state.nested:
        return is_accepted(*inner_view(state, workflow, run), local)
    refused, waiting = state.refused, state.waiting
    if refused is not None and refused.key == key:
        return False
    place = workflow.places.get(keys.step_id(key))
    if place is not None and isinstance(place.step, InputStep):
        return state.failures.get(key, 0) < place.step.max_attempts
    return waiting is None or waiting.kind not in _UNDECIDED or waiting.key != key


def _now(focus: Focus, state: State, workflow: Workflow) -> JsonObject:
    """Give what is to be done now: a step with its guidance, tasks, or why there is nothing."""
    if state.status not in UNDER_WAY:
        return {"step": None, "guidance": {"prompt": at_rest(state, workflow)}}
    inner, waiting = focus.state, focus.state.waiting
    if waiting is not None and waiting.kind is WaitKind.VARIABLE:
        return {"stepKey": focus.key(inner.position), "step": None, "guidance": awaiting(inner)}
    if waiting is not None and waiting.kind is WaitKind.TASKS:
        return fan_out(focus)
    if waiting is not None and (waiting.kind is WaitKind.COMMAND or waiting.what == TRIED_AGAIN):
        return resting(waiting)
    return {"stepKey": focus.key(inner.position), **_open(focus)}


def _open(focus: Focus) -> JsonObject:
    """Give the open step or gate with its guidance."""
    state, workflow, step = focus.state, focus.workflow, focus.step
    gate = open_gate(state, workflow) if step is None else step.gate if isinstance(step, PromptStep) else None
    if step is None:
        phase = phase_of(workflow, state.phase)
        guidance: JsonObject = {"prompt": _GATE.format(number=phase.number, title=phase.title)}
        shown: JsonObject = {"id": keys.gate(phase.number), "type": "gate", "title": phase.title}
    else:
        tries = _tries(focus) if isinstance(step, InputStep) else NO_TRIES
        shown, guidance = handed(step, state, scope_of(state, workflow), tries)
    if focus.hint:
        guidance["prompt"] = f"{focus.hint}\n\n{guidance['prompt']}"
    if _needs_word(focus):
        guidance["requiresConfirmation"] = True
    if gate is not None:
        guidance["evidence"] = evidence_of(gate)
        if gate.rules:
            guidance["rules"] = [rule.message for rule in gate.rules]
    return {"step": shown, "guidance": guidance}


def _tries(focus: Focus) -> Tries:
    """Tell how often the open input was answered wrongly, and how many answers it may still get."""
    refused = focus.state.failures.get(focus.state.position, 0)
    return Tries(refused, max(0, focus.step.max_attempts - refused) if isinstance(focus.step, InputStep) else 0)


def _needs_word(focus: Focus) -> bool:
    """Tell whether the open step needs a person's word; most documents say so plainly."""
    state, step = focus.state, focus.step
    if isinstance(step, PromptStep) and step.confirm is False and state.confirm is None:
        return False
    return needs_confirmation(state, focus.workflow)


def _add_issues(shown: JsonObject, focus: Focus, *, verified: bool) -> None:
    """Add what was wrong with the last report, how often it may still be tried, and whose word is missing."""
    state = focus.state
    issues = issues_shown(state.refused.issues) if state.refused is not None else []
    if state.waiting is not None and state.waiting.kind is WaitKind.CONFIRMATION:
        place = f" '{focus.key(state.position)}'" if focus.run else ""
        issues.append(advice(f"{state.session_id}{place}" if verified else ""))
    if issues:
        shown["issues"] = issues
    left = _attempts_left(focus)
    if left is not None:
        shown["attemptsLeft"] = left


def advice(code_for: str = "") -> JsonObject:
    """Say how a person's word reaches the server; the agent reads it where its client could not be asked.

    `code_for`: what a person gets a code for, where only codes count: the session, and the stepKey if it is a run's.
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


def _attempts_left(focus: Focus) -> int | None:
    """Give how many failed attempts what is open still allows, once one has failed; None where it sets no limit."""
    state = focus.state
    if state.status not in UNDER_WAY or not _has_failed(state):
        return None
    if isinstance(focus.step, InputStep):
        tries = _tries(focus)
        return tries.left if tries.refused else None
    gate = open_gate(state, focus.workflow)
    if gate is None or gate.max_attempts is None:
        return None
    failures = failures_at(state, gate_key(state, focus.workflow))
    return max(0, gate.max_attempts - failures) if failures else None


def _has_failed(state: State) -> bool:
    """Tell whether anything was failed that may still be open; of most sessions nothing ever is."""
    return bool(state.failures) or (bool(state.phases) and state.phases[-1].failures > 0)


def last_issues(state: State, workflow: Workflow, key: str) -> list[Json]:
    """Give what was wrong with the last refused report of a step, also where it is no longer open."""
    run, local = keys.run_of(key)
    if run in state.nested:
        return last_issues(*inner_view(state, workflow, run), local)
    told = (each.issues for each in reversed(state.errors) if each.issues and each.message.startswith(refusal_of(key)))
    return issues_shown(next(told, ()))


def _add_messages(shown: JsonObject, focus: Focus, refused: str) -> None:
    """Add the messages of the run, and ask the agent to show them; where one is ill-formed, say so."""
    is_again = bool(refused) and focus.key(focus.state.position) == refused
    messages = () if is_again else focus.messages
    warnings = focus.root.state.warnings
    if messages:
        shown["messages"], ill_formed = messages_shown(messages)
        warnings = (*warnings, *ill_formed)
        guidance = shown["guidance"] if isinstance(shown["guidance"], dict) else {}
        levels = {message.level for message in messages}
        signs = ", ".join(f"{sign} {level}" for level, sign in _SIGNS.items() if level in levels)
        told = _SHOW.format(marked=f", marked {signs}" if signs else "")
        guidance["prompt"] = f"{told}\n\n{guidance['prompt']}"
    if warnings:
        shown["warnings"] = [*warnings]


def _add_waiting(shown: JsonObject, focus: Focus) -> None:
    """Say what the session waits for, where that is no report."""
    waiting = focus.state.waiting
    if waiting is None or waiting.kind is WaitKind.REPORT:
        return
    told: JsonObject = {"kind": waiting.kind.value, "stepKey": focus.key(waiting.key)}
    if waiting.until is not None:
        told["until"] = iso(waiting.until)
    if waiting.signal:
        told["signal"] = waiting.signal
    shown["waitingFor"] = told


def _add_limits(shown: JsonObject, focus: Focus, now: float | None) -> None:
    """Say how much time is left, and warn when it is not much."""
    left = remaining(focus.state, focus.workflow, focus.root.state.updated_at if now is None else now)
    if left is None or focus.state.status not in UNDER_WAY:
        return
    shown["remainingSeconds"] = round(left.seconds)
    if left.warning:
        warnings = shown.get("warnings")
        shown["warnings"] = [*(warnings if isinstance(warnings, list) else []), left.warning]


def _failure(state: State) -> JsonObject | None:
    """Say why a session failed: which step, or which gate was failed too often."""
    if state.cause is None and state.status is Status.FAILED and state.errors:
        last = state.errors[-1]
        return {"message": last.message, "remediation": last.remediation}
    return failure_shown(state)


def _progress(state: State, workflow: Workflow) -> JsonObject:
    shown = progress(*progress_of(state, workflow))
    if state.frames:
        frame = state.frames[-1]
        shown["loop"] = {"id": frame.loop, "pass": frame.number + 1, "total": frame.total}
    return shown


_GATE: Final = (
    'The tasks of phase {number}, "{title}", are done. Show it: report this stepKey with `evidence`, '
    "an object with the fields of guidance.evidence."
)
_ASK_USER: Final = (
    "A person must agree: show your user what you are about to report, ask for a decision, and report again with the "
    "same stepKey and arguments and what the user said as approval"
)
_ASK_CODE: Final = (
    "A person must agree with a one-time code: ask your user to run `workflow-lookup sessions approve {session}` "
    "in a terminal, and report again with the same stepKey and arguments and approval with the code it shows"
)
