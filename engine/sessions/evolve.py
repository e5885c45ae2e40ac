"""evolve: what a session is after an event. It holds no rules; the state is the fold of the log.

Above: the runner, decide. Below: the families, one function per event.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Never, TypeAlias, cast

from engine.sessions import change_family as change
from engine.sessions import child_family as child
from engine.sessions import effect_family as effect
from engine.sessions import flow_family as flow
from engine.sessions import phase_family as phase
from engine.sessions import session_family as session
from engine.sessions import step_family as step
from engine.sessions import task_evolve as tasks
from engine.sessions import task_family as task
from engine.sessions import way_family as way
from engine.sessions.events import Event
from engine.sessions.model import State
from engine.sessions.nested_events import unwrapped
from engine.sessions.nesting import with_inner


def evolve(state: State | None, event: Event, at: float) -> State:
    """Give the state after an event that happened `at` (seconds since 1970); its version is one more.

    LookupError where the first event is not SessionStarted, or a later one is.
    """
    if isinstance(event, session.SessionStarted):
        if state is not None:
            raise LookupError(type(event).__name__)
        return session.evolve_started(event, at)
    if state is None:
        raise LookupError(type(event).__name__)
    state = state._replace(version=state.version + 1, updated_at=at)
    return EVOLVES[type(event)](state, cast("Never", event), at)


def fold(events: Iterable[tuple[Event, float]], state: State | None = None) -> State:
    """Give the state after events with their times; from nothing, or from a state. LookupError without any."""
    for event, at in events:
        state = evolve(state, event, at)
    if state is None:
        raise LookupError("no events")
    return state


_TOLD: Final = (
    step.StepReported,
    step.VariablesGiven,
    phase.PhaseCompleted,
    change.StepSkipped,
    change.SignalReceived,
    change.SessionRetried,
)


def _opens(event: Event) -> bool:
    """Tell whether an event begins a new answer: messages shown before it were told with the one before."""
    if isinstance(event, flow.TimerFired):
        return event.what != flow.RETRY
    return isinstance(event, _TOLD) or (isinstance(event, flow.WaitEnded) and event.how == flow.POLL)


def _inside(state: State, event: task.Inside, at: float) -> State:
    """Let a nested run have what happened in it; its version is that of the session."""
    happened = unwrapped(event)
    before = state.nested[event.run].state
    inner = evolve(before._replace(version=state.version - 1), happened, at)
    while isinstance(happened, task.Inside):
        happened = unwrapped(happened)
    return with_inner(state, event.run, inner, opens=_opens(happened))


_Evolves: TypeAlias = Callable[[State, Never, float], State]
EVOLVES: Final[Mapping[type[Event], _Evolves]] = {
    session.SessionPaused: session.evolve_paused,
    session.SessionResumed: session.evolve_resumed,
    session.SessionCompleted: session.evolve_completed,
    session.RolledBack: session.evolve_rolled_back,
    session.CodeIssued: session.evolve_code_issued,
    session.CodeRefused: session.evolve_code_refused,
    phase.GateRefused: phase.evolve_gate_refused,
    phase.PhaseCompleted: phase.evolve_phase_completed,
    phase.PhaseRetried: phase.evolve_phase_retried,
    phase.PhaseEntered: phase.evolve_phase_entered,
    phase.PhaseSkipped: phase.evolve_phase_skipped,
    step.StepReported: step.evolve_reported,
    step.StepOpened: step.evolve_opened,
    way.PassEntered: way.evolve_pass_entered,
    way.LoopLeft: way.evolve_loop_left,
    way.ConditionDecided: way.evolve_decided,
    step.StepRefused: step.evolve_refused,
    step.VariablesAwaited: step.evolve_awaited,
    step.VariablesGiven: step.evolve_given,
    step.ConfirmationRequested: step.evolve_requested,
    step.ConfirmationDeclined: step.evolve_declined,
    flow.BranchTaken: flow.evolve_branch,
    flow.StateUpdated: flow.evolve_updated,
    flow.OutputKept: flow.evolve_output,
    flow.MessageShown: flow.evolve_message,
    flow.PassEnded: flow.evolve_pass_ended,
    flow.WaitBegun: flow.evolve_wait_begun,
    flow.WaitEnded: flow.evolve_wait_ended,
    flow.StepFailed: flow.evolve_failed,
    flow.TimerFired: flow.evolve_fired,
    flow.SessionFailed: flow.evolve_session_failed,
    flow.SessionTimedOut: flow.evolve_timed_out,
    change.SignalReceived: change.evolve_signal,
    change.StepSkipped: change.evolve_skipped,
    change.CheckpointMade: change.evolve_checkpoint,
    change.SessionCancelled: change.evolve_cancelled,
    change.SessionRetried: change.evolve_retried,
    effect.CommandRequested: effect.evolve_requested,
    effect.EffectClaimed: effect.evolve_claimed,
    effect.EffectReleased: effect.evolve_released,
    effect.EffectFinished: effect.evolve_finished,
    task.Inside: _inside,
    task.TasksOpened: tasks.evolve_opened,
    task.TasksHandedOut: tasks.evolve_handed_out,
    task.LeaseExtended: tasks.evolve_lease_extended,
    task.TaskReturned: tasks.evolve_returned,
    task.TaskEnded: tasks.evolve_ended,
    task.TasksJoined: tasks.evolve_joined,
    task.TasksReopened: tasks.evolve_reopened,
    task.ChildEntered: child.evolve_child_entered,
    task.ChildLeft: child.evolve_child_left,
}
"""What becomes of a state by each type of event but the first; looked up, as it is by far the quickest way."""
