"""decide: what a command means for a session. It holds all rules, by way of the families, and does no I/O.

Above: the runner. Below: session_decisions, phase_decisions, step_decisions.
"""

from typing import assert_never

from engine.definition import Workflow
from engine.sessions import phase_decisions as phases
from engine.sessions import session_decisions as sessions
from engine.sessions import step_decisions as steps
from engine.sessions.commands import Command
from engine.sessions.limits import too_many
from engine.sessions.model import State
from engine.sessions.phase_decisions import Decided
from engine.sessions.phase_family import CompletePhase, RetryPhase
from engine.sessions.refusals import Policy, Refusal, Remedy, Repeated
from engine.sessions.session_family import IssueCode, PauseSession, ResumeSession, RollBack, StartSession
from engine.sessions.step_family import ReportStep

__all__ = ["Decided", "Policy", "Refusal", "Remedy", "Repeated", "decide"]


def decide(command: Command, state: State | None, workflow: Workflow, now: float, policy: Policy) -> Decided:
    """Give the events a command leads to, a refusal, or the version at which the same report was answered.

    No events: the report waits for a person's word already, and may be asked for again.
    `now`: seconds since 1970. LookupError for a session that has not begun; CriterionError and ArgumentError where a
    rule of the document cannot be decided within its limits: nothing is recorded then.
    """
    if isinstance(command, StartSession):
        return sessions.decide_start(state, command, workflow)
    if state is None:
        raise LookupError(type(command).__name__)
    decided = _running(command, state, workflow, now, policy)
    if isinstance(decided, Refusal | Repeated):
        return decided
    return too_many(state, len(decided)) or decided


RunningCommand = PauseSession | ResumeSession | RollBack | IssueCode | CompletePhase | RetryPhase | ReportStep


def _running(command: RunningCommand, state: State, workflow: Workflow, now: float, policy: Policy) -> Decided:  # noqa: PLR0911 - a pure dispatch
    match command:
        case ReportStep():
            return steps.decide_report(state, command, workflow, now, policy)
        case CompletePhase():
            return phases.decide_complete(state, command, workflow, now, policy)
        case RetryPhase():
            return phases.decide_retry(state, command)
        case PauseSession():
            return sessions.decide_pause(state, command)
        case ResumeSession():
            return sessions.decide_resume(state)
        case RollBack():
            return sessions.decide_roll_back(state, command, workflow, now)
        case IssueCode():
            return sessions.decide_code(state, command, workflow, now)
        case _:
            assert_never(command)
