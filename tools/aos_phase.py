"""The actions of aos_workflow on a phase: read it, read a task, complete it, try it again.

Above: tools.aos_workflow. Below: engine.runner, engine.task_steps, engine.sessions.phase_view, tools.approvals.
"""

from typing import Final

from engine.definition import Gate, PromptStep
from engine.runner import Again, Declined, Outcome, Performed, Session
from engine.sessions import phase_view
from engine.sessions.approvable import reported
from engine.sessions.model import Approval, PhaseState, PhaseStatus, State, Status
from engine.sessions.phase_family import CompletePhase, RetryPhase
from engine.sessions.position import phase_of, scope_of
from engine.sessions.session_family import CodeRefused
from engine.sessions.step_family import ConfirmationDeclined
from engine.task_steps import task_steps
from engine.template import as_text, fill
from schema.values import Json, JsonObject
from tools.aos_answer import BY, World, problems_of, refuse_declined, refused, success, where
from tools.aos_arguments import Given
from tools.aos_errors import PERMISSION, STATE, VALIDATION, ActionError, call, error_form
from tools.approvals import Asking, with_people
from tools.contract import Answer, Call, Done

WORDS: Final[dict[str, Json]] = {
    "boolean": True,
    "integer": 1,
    "number": 1,
    "string": "...",
    "object": {},
    "array": [],
}
"""What stands in a call for a value of a type whose field has no example."""


async def get_phase(world: World, given: Given, _call: Call) -> Done:
    """Give the current phase: its tasks, what its checkpoint requires, what earlier phases left."""
    session = await world.runner.session(given.session_id)
    more = where(session)
    more["artifacts_from_previous_phases"] = phase_view.earlier_artifacts(session.state)
    return success(given, session.state, more)


async def get_task(world: World, given: Given, _call: Call) -> Done:
    """Give a task of a phase that was reached, as execution steps; later ones stay hidden."""
    session = await world.runner.session(given.session_id)
    step = _task(session, given)
    filled = fill(step.text, scope_of(session.state, session.workflow))
    page = task_steps(as_text(filled.value))
    first = str(page.steps[0]["description"]).partition("\n")[0]
    content: JsonObject = {
        "title": step.title,
        "description": page.intro or first,
        "execution_steps": list(page.steps),
        "artifacts_to_produce": _artifacts(step),
    }
    duration = step.shown.get("estimatedDuration")
    if isinstance(duration, str):
        content["estimated_duration"] = duration
    if filled.missing:
        content["missing_variables"] = [*dict.fromkeys(filled.missing)]
    more: JsonObject = {"phase": given.phase, "task_number": given.task_number, "task_content": content}
    return success(given, session.state, more)


def _artifacts(step: PromptStep) -> list[Json]:
    named = step.shown.get("artifacts")
    files = [str(each) for each in named] if isinstance(named, list) else []
    return list(dict.fromkeys((*files, *step.produces)))


def _task(session: Session, given: Given) -> PromptStep:
    """Find the task asked for; ActionError where there is none, or where the session has not come to it."""
    state, workflow, session_id = session.state, session.workflow, session.state.session_id
    phase = phase_view.find_phase(workflow, given.phase)
    remedy = call("get_phase", session_id=session_id)
    if phase is None:
        numbers = f"{workflow.phases[0].number} to {workflow.phases[-1].number}"
        raise ActionError(VALIDATION, f"there is no phase {given.phase}; phases are {numbers}", remedy)
    if phase_view.reached(state, given.phase) is None:
        error = f"phase {given.phase} is not reached; the session is in phase {state.phase}"
        raise ActionError(STATE, error, remedy, {"current_phase": state.phase})
    tasks = phase_view.tasks_of(workflow, phase)
    if given.task_number > len(tasks):
        error = f"phase {given.phase} has no task {given.task_number}; it has {len(tasks)}"
        raise ActionError(VALIDATION, error, remedy)
    return tasks[given.task_number - 1]


async def complete_phase(world: World, given: Given, call: Call) -> Answer:
    """Hold the evidence against the phase's checkpoint; a person is asked where the gate wants one."""

    async def perform(approval: Approval | None, code: str | None) -> Outcome:
        command = CompletePhase(given.phase, given.evidence, approval, code)
        return await world.runner.perform(given.session_id, command, BY)

    asking = Asking(world.runner, given.session_id, given.approval, reported(None, given.evidence))
    return await with_people(call, asking, perform, lambda outcome: _completed(given, outcome))


def _completed(given: Given, outcome: Outcome) -> Done:
    """Give the answer to evidence from the state it led to, so that a repeated call gets the same answer."""
    if isinstance(outcome, Declined):
        holds_a_step = outcome.refusal.reason == "state"  # one that only workflow_next can report
        return error_form(given.action, refused(outcome.refusal, by_steps=holds_a_step))
    session = outcome.session
    phase = phase_view.reached(session.state, given.phase)
    if phase is not None and phase.status is PhaseStatus.COMPLETED:
        return success(given, session.state, _passed(session, phase))
    return error_form(given.action, _word_against(outcome, session.state) or _failed(session, given.phase))


def _phase_call(state: State) -> str:
    return call("get_phase", session_id=state.session_id)


def _word_against(outcome: Performed | Again, state: State) -> ActionError | None:
    """Say that a person said no, or that the code offered for their word is none; None where neither happened."""
    more: JsonObject = {"session_id": state.session_id, "checkpoint_passed": False}
    for event in outcome.events if isinstance(outcome, Performed) else ():
        if isinstance(event, CodeRefused):
            return ActionError(PERMISSION, "approval.code is not the code in force", _phase_call(state), more)
        if isinstance(event, ConfirmationDeclined):
            error = "a person said no; the phase stays open" + (f": {event.comment}" if event.comment else "")
            return ActionError(PERMISSION, error, _phase_call(state), more)
    return None


def _passed(session: Session, phase: PhaseState) -> JsonObject:
    state, workflow = session.state, session.workflow
    more: JsonObject = {
        "phase_completed": phase.number,
        "checkpoint_passed": True,
        "evidence_accepted": list(phase.evidence or {}),
    }
    if phase.findings:
        more["warnings"] = phase_view.issues_shown(phase.findings)
    if phase.unreported:
        more["unreported_tasks"] = list(phase.unreported)
    if state.status is Status.COMPLETED:
        more["workflow_complete"] = True
    else:
        more["next_phase"] = phase_view.phase_content(workflow, state.phase)
    return more


def _failed(session: Session, number: int) -> ActionError:
    """Say what the evidence lacks, field by field, and the call that mends it."""
    state, gate = session.state, phase_of(session.workflow, number).gate
    phase = phase_view.reached(state, number)
    supplied = (phase.supplied if phase is not None else None) or {}
    issues = state.refused.issues if state.refused is not None else ()
    failures = phase.failures if phase is not None else 0
    more: JsonObject = {
        "session_id": state.session_id,
        "checkpoint_passed": False,
        "missing_evidence": [
            field.name for field in gate.fields if field.required and supplied.get(field.name) is None
        ],
        "validation_errors": phase_view.issues_shown(issues),
        "attempts": failures,
    }
    if gate.max_attempts is not None:
        more["attempts_left"] = max(gate.max_attempts - failures, 0)
    fields = ", ".join(dict.fromkeys(issue.field or "a rule" for issue in issues))
    error = f"the evidence for phase {number} did not pass its checkpoint: see {fields or 'validation_errors'}"
    if state.status is not Status.FAILED:
        error += "; the values of remediation are examples, send what is true of your work"
    return ActionError(VALIDATION, error, _way_on(state, number, gate), more)


def _way_on(state: State, number: int, gate: Gate) -> str:
    """Give the call that mends a failed phase: the same with examples, or a retry where no attempt is left."""
    if state.status is Status.FAILED:
        return call("retry_phase", session_id=state.session_id, phase=number)
    evidence: JsonObject = {
        field.name: field.example if field.has_example else WORDS[field.type] for field in gate.fields if field.required
    }
    return call("complete_phase", session_id=state.session_id, phase=number, evidence=evidence)


async def retry_phase(world: World, given: Given, _call: Call) -> Done:
    """Try a phase again after a failed attempt, with a new row of attempts."""
    command = RetryPhase(given.phase, given.reset_evidence)
    session = refuse_declined(await world.runner.perform(given.session_id, command, BY)).session
    phase = phase_view.reached(session.state, given.phase)
    more: JsonObject = {
        "phase": given.phase,
        "retrying": True,
        "evidence_reset": given.reset_evidence,
        "attempt": phase.attempt if phase is not None else 1,
        "previous_errors": problems_of(session.state, given.phase),
    }
    return success(given, session.state, {**more, **where(session)})
