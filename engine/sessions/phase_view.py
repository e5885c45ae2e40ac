"""A session seen as phases: content and checkpoint of a phase, history, artifacts, how far it is. Pure.

Above: tools.aos_session, tools.aos_phase. Below: model, engine.definition. The JSON objects are those of aos_workflow
(snake_case); times are ISO 8601 in UTC. Nothing here shows a phase that was not reached.
"""

from typing import Final

from engine.definition import Field, Gate, LoopStep, Phase, PromptStep, Step, Workflow
from engine.sessions.audit import iso
from engine.sessions.model import FINISHED, Attempt, Issue, PhaseState, PhaseStatus, Problem, State, Status, WaitKind
from engine.sessions.position import phase_of
from schema.values import Json, JsonObject

STALE_SECONDS: Final = 24 * 3600
"""Seconds without an event after which an unfinished session is called stale: a working day and its night."""
ACTIVE: Final = "active"
UNDER_WAY: Final = frozenset((Status.RUNNING, Status.WAITING))
"""The stored statuses that are shown as `active`."""
MAX_WARNINGS: Final = 20
"""Findings shown of a completed phase; the audit view has them all."""
MAX_DONE: Final = 100
"""Finished steps a summary names, the latest; more than anybody reads to go on."""


def shown_status(status: str) -> str:
    """Give a stored status as aos_workflow shows it.

    >>> shown_status("waiting"), shown_status("paused")
    ('active', 'paused')
    """
    return ACTIVE if status in UNDER_WAY else str(status)


def stored_statuses(shown: str) -> tuple[str, ...]:
    """Give the stored statuses that a shown one stands for, "" for all.

    >>> stored_statuses("active"), stored_statuses("failed"), stored_statuses("")
    (('running', 'waiting'), ('failed',), ())
    """
    if shown == ACTIVE:
        return (Status.RUNNING.value, Status.WAITING.value)
    return (shown,) if shown else ()


def is_stale(status: str, updated_at: float, now: float) -> bool:
    """Tell whether nothing happened for more than a day in a session that is not finished."""
    return status not in FINISHED and now - updated_at > STALE_SECONDS


def find_phase(workflow: Workflow, number: int) -> Phase | None:
    """Give the phase of that number."""
    return next((phase for phase in workflow.phases if phase.number == number), None)


def reached(state: State, number: int) -> PhaseState | None:
    """Give what became of a phase; None where the session has not come to it."""
    return next((phase for phase in state.phases if phase.number == number), None)


def tasks_of(workflow: Workflow, phase: Phase) -> tuple[PromptStep, ...]:
    """Give the tasks of a phase in order; a loop stands for the steps of its body."""
    return tuple(_prompts(workflow.steps[phase.first : phase.end]))


def _prompts(steps: tuple[Step, ...]) -> list[PromptStep]:
    found: list[PromptStep] = []
    waiting = list(reversed(steps))
    while waiting:
        step = waiting.pop()
        if isinstance(step, LoopStep):
            waiting += reversed(step.body)
        elif isinstance(step, PromptStep):
            found.append(step)
    return found


def phase_content(workflow: Workflow, number: int) -> JsonObject:
    """Give what is to be done in a phase of the workflow: its tasks by title, and what its checkpoint requires."""
    phase = phase_of(workflow, number)
    tasks: list[Json] = [
        {"task_number": at, "title": task.title} for at, task in enumerate(tasks_of(workflow, phase), 1)
    ]
    return {
        "phase_number": number,
        "title": phase.title,
        "description": phase.purpose,
        "tasks": tasks,
        "checkpoint": checkpoint(phase.gate),
    }


def checkpoint(gate: Gate) -> JsonObject:
    """Give what a gate asks for: its fields, and in words its rules over several fields."""
    shown: JsonObject = {"required_evidence": [_asked(field) for field in gate.fields]}
    if gate.rules:
        shown["rules"] = [rule.message for rule in gate.rules]
    return shown


def _asked(field: Field) -> JsonObject:
    shown: JsonObject = {
        "field": field.name,
        "type": field.type,
        "required": field.required,
        "description": field.description,
    }
    if field.has_example:
        shown["example"] = field.example
    return shown


def artifacts(state: State) -> JsonObject:
    """Give the evidence accepted in each phase, or kept from before a rollback, as {phase_N: {...}}."""
    return {f"phase_{phase.number}": phase.evidence for phase in state.phases if phase.evidence is not None}


def phase_warnings(state: State) -> JsonObject:
    """Give what was let pass in completed phases, as {phase_N: [issues]}; phases with nothing are left out."""
    return {
        f"phase_{phase.number}": issues_shown(phase.findings[:MAX_WARNINGS])
        for phase in state.phases
        if phase.status is PhaseStatus.COMPLETED and phase.findings
    }


def earlier_artifacts(state: State) -> JsonObject:
    """Give the names of what the phases before the current one left, as {phase_N: [names]}."""
    return {
        f"phase_{phase.number}": list(phase.evidence)
        for phase in state.phases
        if phase.evidence is not None and phase.number < state.phase
    }


def completed_phases(state: State) -> list[Json]:
    """Give the numbers of the phases that are complete."""
    return [phase.number for phase in state.phases if phase.status is PhaseStatus.COMPLETED]


def progress_percent(state: State, workflow: Workflow) -> int:
    """Give how many of the phases are behind the session, complete or skipped, in per cent, rounded down."""
    if state.status is Status.COMPLETED:
        return 100
    behind = len(completed_phases(state)) + len(state.skipped)
    return min(behind * 100 // max(len(workflow.phases), 1), 100)


def is_resumable(state: State) -> bool:
    """Tell whether work can go on, at once or by resume; a finished session needs retry_phase or rollback first."""
    return state.status not in FINISHED


def overview(state: State, workflow: Workflow) -> JsonObject:
    """Give where a session stands: what get_state and get_session share."""
    return {
        "workflow_type": state.workflow_id,
        "target_file": state.target_file,
        "current_phase": state.phase,
        "total_phases": len(workflow.phases),
        "completed_phases": completed_phases(state),
        "artifacts": artifacts(state),
        "session_status": shown_status(state.status),
        "created_at": iso(state.created_at),
        "last_updated": iso(state.updated_at),
        "resume_capable": is_resumable(state),
        "progress_percent": progress_percent(state, workflow),
    }


def waiting_for(state: State) -> JsonObject | None:
    """Give what a session waits for besides a report: a person's word, or variables and values that would do."""
    waiting = state.waiting
    if waiting is None or waiting.kind is WaitKind.REPORT:
        return None
    shown: JsonObject = {"kind": waiting.kind.value, "step_key": waiting.key}
    if waiting.gaps:
        shown["variables"] = [{"variable": gap.variable, "values": list(gap.values)} for gap in waiting.gaps]
    return shown


def history(state: State, now: float) -> list[Json]:
    """Give every attempt at every phase, those that were rolled back included; durations leave pauses out."""
    return [_attempt(attempt, state, now) for attempt in state.history]


def _attempt(attempt: Attempt, state: State, now: float) -> JsonObject:
    return {
        "phase": attempt.phase,
        "attempt": attempt.attempt,
        "started_at": iso(attempt.started_at),
        "completed_at": None if attempt.completed_at is None else iso(attempt.completed_at),
        "duration_seconds": round(_active_seconds(attempt, state, now), 3),
        "status": attempt.status,
    }


def _active_seconds(attempt: Attempt, state: State, now: float) -> float:
    """Give the seconds worked at an attempt so far: pauses within it do not count, the one under way included."""
    if attempt.active_seconds is not None:
        return attempt.active_seconds
    until = now
    if state.status is Status.PAUSED and state.pauses:
        until = state.pauses[-1].at
    paused = state.paused_seconds - attempt.paused_before
    return max(0.0, until - attempt.started_at - paused)


def pause_notes(state: State) -> list[Json]:
    """Give every pause with its note."""
    return [
        {
            "phase": pause.phase,
            "timestamp": iso(pause.at),
            "note": pause.note,
            "resumed_at": None if pause.resumed_at is None else iso(pause.resumed_at),
        }
        for pause in state.pauses
    ]


def approvals(state: State) -> list[Json]:
    """Give every word of a person that counted, overrides with what they let pass; they stay for ever."""
    return [
        {
            "step_key": each.key,
            "timestamp": iso(each.at),
            "decision": each.approval.decision,
            "comment": each.approval.comment,
            "how": each.approval.how,
            "issues": issues_shown(each.issues),
        }
        for each in state.approvals
    ]


def issues_shown(issues: tuple[Issue, ...]) -> list[Json]:
    """Give what was wrong with evidence, field by field, with an example of what would pass where one is known."""
    return [_issue(issue) for issue in issues]


def _issue(issue: Issue) -> JsonObject:
    shown: JsonObject = {
        "field": issue.field,
        "message": issue.message,
        "expected": issue.expected,
        "received": issue.received,
    }
    if issue.has_example:
        shown["example"] = issue.example
    return shown


def problems(state: State, phase: int | None = None) -> list[Json]:
    """Give what went wrong, oldest first; of one phase where a number is given."""
    return [_problem(problem) for problem in state.errors if phase in (None, problem.phase)]


def _problem(problem: Problem) -> JsonObject:
    return {
        "phase": problem.phase,
        "timestamp": iso(problem.at),
        "error_type": problem.error_type,
        "message": problem.message,
        "details": issues_shown(problem.issues),
        "remediation": problem.remediation,
    }


def summary(state: State, workflow: Workflow) -> JsonObject:
    """Give what somebody who knows nothing needs: where it was, what is done, what is next, what failed and why."""
    last = state.errors[-1] if state.errors else None
    lines = [f"{key}: {report.line}" if report.line else key for key, report in state.reports.items()]
    found: JsonObject = {
        "where": f"phase {state.phase}: {phase_of(workflow, state.phase).title}",
        "note": state.pauses[-1].note if state.pauses else "",
        "done": list(lines[-MAX_DONE:]),
        "completed_phases": completed_phases(state),
        "next": state.position,
    }
    if last is not None:
        found["failed"] = {"phase": last.phase, "timestamp": iso(last.at), "message": last.message}
    return found
