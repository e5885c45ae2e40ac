"""decide: what a command means for a session. It holds all rules, by way of the families, and does no I/O.

Above: the runner. Below: reporting, and the decisions of phases, sessions, changes, effects.
"""

from typing import Final, TypeAlias, assert_never

from engine.definition import Workflow
from engine.sessions import phase_decisions as phases
from engine.sessions import session_decisions as sessions
from engine.sessions.change_decisions import decide_change, decide_resume
from engine.sessions.change_family import (
    CancelSession,
    ChangeCommand,
    FireTimers,
    MakeCheckpoint,
    RetrySession,
    SendSignal,
    SkipStep,
    UpdateState,
)
from engine.sessions.commands import Command
from engine.sessions.draft import Draft
from engine.sessions.effect_decisions import decide_claim, decide_finish
from engine.sessions.effect_family import ClaimEffect, FinishEffect
from engine.sessions.firing import decide_fire
from engine.sessions.limits import too_many
from engine.sessions.model import State
from engine.sessions.phase_decisions import Decided
from engine.sessions.phase_family import CompletePhase, RetryPhase
from engine.sessions.refusals import Policy, Refusal, Remedy, Repeated
from engine.sessions.reporting import decide_reported
from engine.sessions.restoring import decide_restore
from engine.sessions.session_family import IssueCode, PauseSession, ResumeSession, RollBack, StartSession
from engine.sessions.step_family import ReportStep

__all__ = ["Decided", "Policy", "Refusal", "Remedy", "Repeated", "decide"]


def decide(command: Command, state: State | None, workflow: Workflow, now: float, policy: Policy) -> Decided:
    """Give the events a command leads to, a refusal, or the version at which the same report was answered.

    No events: the report waits for a person's word already, and may be asked for again; or nothing is due or over yet.
    `now`: seconds since 1970. LookupError for a session that has not begun; CriterionError and ArgumentError where a
    rule of the document cannot be decided within its limits: nothing is recorded then.
    """
    if isinstance(command, StartSession):
        return sessions.decide_start(state, command, workflow, now, policy)
    if state is None:
        raise LookupError(type(command).__name__)
    draft = Draft(state, workflow, now, policy)
    if isinstance(command, _ON_STEPS):
        stopped = _on_steps(command, draft)
        decided: Decided = draft.finish() if stopped is None else stopped
    else:
        decided = _on_session(command, draft)
    if isinstance(decided, _STOPPED):
        return decided
    return too_many(state, len(decided)) or decided


_ON_STEPS: Final = (ReportStep, CompletePhase, RetryPhase)
_STOPPED: Final = (Refusal, Repeated)
StepsCommand: TypeAlias = ReportStep | CompletePhase | RetryPhase
OtherCommand: TypeAlias = (
    PauseSession | ResumeSession | RollBack | IssueCode | ChangeCommand | ClaimEffect | FinishEffect
)


def _on_steps(command: StepsCommand, draft: Draft) -> phases.Stopped:
    match command:
        case ReportStep():
            return decide_reported(draft, command)
        case CompletePhase():
            return phases.decide_complete(draft, command)
        case RetryPhase():
            return phases.decide_retry(draft, command)
        case _:
            assert_never(command)


def _on_session(command: OtherCommand, draft: Draft) -> Decided:  # noqa: C901, PLR0911 - a pure dispatch
    match command:
        case PauseSession():
            return sessions.decide_pause(draft.state, command)
        case ResumeSession():
            return decide_resume(draft)
        case RollBack():
            return decide_restore(draft, command)
        case IssueCode():
            return sessions.decide_code(draft, command)
        case ClaimEffect():
            return decide_claim(draft, command)
        case FinishEffect():
            return decide_finish(draft, command)
        case FireTimers():
            return decide_fire(draft)
        case UpdateState() | SendSignal() | SkipStep() | MakeCheckpoint() | CancelSession() | RetrySession():
            return decide_change(draft, command)
        case _:
            assert_never(command)
