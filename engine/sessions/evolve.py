"""evolve: what a session is after an event. It holds no rules; the state is the fold of the log.

Above: the runner, decide. Below: the families, one function per event.
"""

from collections.abc import Iterable
from typing import Final, assert_never

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
    if isinstance(event, step.StepEvent):
        return _step(state, event, at)
    if isinstance(event, phase.PhaseEvent):
        return _phase(state, event, at)
    return _rarer(state, event, at)


RarerEvent = flow.FlowEvent | effect.EffectEvent | task.TaskEvent | change.ChangeEvent | session.LaterSessionEvent


def _rarer(state: State, event: RarerEvent, at: float) -> State:
    if isinstance(event, flow.FlowEvent):
        return _flow(state, event, at)
    if isinstance(event, effect.EffectEvent):
        return _effect(state, event, at)
    if isinstance(event, task.TaskEvent):
        return _task(state, event, at)
    if isinstance(event, change.ChangeEvent):
        return _change(state, event, at)
    return _session(state, event, at)


def fold(events: Iterable[tuple[Event, float]], state: State | None = None) -> State:
    """Give the state after events with their times; from nothing, or from a state. LookupError without any."""
    for event, at in events:
        state = evolve(state, event, at)
    if state is None:
        raise LookupError("no events")
    return state


def _session(state: State, event: session.LaterSessionEvent, at: float) -> State:
    match event:
        case session.SessionPaused():
            return session.evolve_paused(state, event, at)
        case session.SessionResumed():
            return session.evolve_resumed(state, event, at)
        case session.SessionCompleted():
            return session.evolve_completed(state, event, at)
        case session.RolledBack():
            return session.evolve_rolled_back(state, event, at)
        case session.CodeIssued():
            return session.evolve_code_issued(state, event, at)
        case session.CodeRefused():
            return session.evolve_code_refused(state, event, at)
        case _:
            assert_never(event)


def _phase(state: State, event: phase.PhaseEvent, at: float) -> State:
    match event:
        case phase.GateRefused():
            return phase.evolve_gate_refused(state, event, at)
        case phase.PhaseCompleted():
            return phase.evolve_phase_completed(state, event, at)
        case phase.PhaseRetried():
            return phase.evolve_phase_retried(state, event, at)
        case phase.PhaseEntered():
            return phase.evolve_phase_entered(state, event, at)
        case phase.PhaseSkipped():
            return phase.evolve_phase_skipped(state, event, at)
        case _:
            assert_never(event)


def _step(state: State, event: step.StepEvent, at: float) -> State:  # noqa: C901, PLR0911 - a pure dispatch
    match event:
        case step.StepReported():
            return step.evolve_reported(state, event, at)
        case step.StepOpened():
            return step.evolve_opened(state, event, at)
        case way.PassEntered():
            return way.evolve_pass_entered(state, event, at)
        case way.LoopLeft():
            return way.evolve_loop_left(state, event, at)
        case way.ConditionDecided():
            return way.evolve_decided(state, event, at)
        case step.StepRefused():
            return step.evolve_refused(state, event, at)
        case step.VariablesAwaited():
            return step.evolve_awaited(state, event, at)
        case step.VariablesGiven():
            return step.evolve_given(state, event, at)
        case step.ConfirmationRequested():
            return step.evolve_requested(state, event, at)
        case step.ConfirmationDeclined():
            return step.evolve_declined(state, event, at)
        case _:
            assert_never(event)


def _flow(state: State, event: flow.FlowEvent, at: float) -> State:  # noqa: C901, PLR0911 - a pure dispatch
    match event:
        case flow.BranchTaken():
            return flow.evolve_branch(state, event, at)
        case flow.StateUpdated():
            return flow.evolve_updated(state, event, at)
        case flow.OutputKept():
            return flow.evolve_output(state, event, at)
        case flow.MessageShown():
            return flow.evolve_message(state, event, at)
        case flow.PassEnded():
            return flow.evolve_pass_ended(state, event, at)
        case flow.WaitBegun():
            return flow.evolve_wait_begun(state, event, at)
        case flow.WaitEnded():
            return flow.evolve_wait_ended(state, event, at)
        case flow.StepFailed():
            return flow.evolve_failed(state, event, at)
        case flow.TimerFired():
            return flow.evolve_fired(state, event, at)
        case flow.SessionFailed():
            return flow.evolve_session_failed(state, event, at)
        case flow.SessionTimedOut():
            return flow.evolve_timed_out(state, event, at)
        case _:
            assert_never(event)


def _change(state: State, event: change.ChangeEvent, at: float) -> State:
    match event:
        case change.SignalReceived():
            return change.evolve_signal(state, event, at)
        case change.StepSkipped():
            return change.evolve_skipped(state, event, at)
        case change.CheckpointMade():
            return change.evolve_checkpoint(state, event, at)
        case change.SessionCancelled():
            return change.evolve_cancelled(state, event, at)
        case change.SessionRetried():
            return change.evolve_retried(state, event, at)
        case _:
            assert_never(event)


def _effect(state: State, event: effect.EffectEvent, at: float) -> State:
    match event:
        case effect.CommandRequested():
            return effect.evolve_requested(state, event, at)
        case effect.EffectClaimed():
            return effect.evolve_claimed(state, event, at)
        case effect.EffectReleased():
            return effect.evolve_released(state, event, at)
        case effect.EffectFinished():
            return effect.evolve_finished(state, event, at)
        case _:
            assert_never(event)


def _task(state: State, event: task.TaskEvent, at: float) -> State:  # noqa: C901, PLR0911 - a pure dispatch
    match event:
        case task.Inside():
            return _inside(state, event, at)
        case task.TasksOpened():
            return tasks.evolve_opened(state, event, at)
        case task.TasksHandedOut():
            return tasks.evolve_handed_out(state, event, at)
        case task.LeaseExtended():
            return tasks.evolve_lease_extended(state, event, at)
        case task.TaskReturned():
            return tasks.evolve_returned(state, event, at)
        case task.TaskEnded():
            return tasks.evolve_ended(state, event, at)
        case task.TasksJoined():
            return tasks.evolve_joined(state, event, at)
        case task.TasksReopened():
            return tasks.evolve_reopened(state, event, at)
        case task.ChildEntered():
            return child.evolve_child_entered(state, event, at)
        case task.ChildLeft():
            return child.evolve_child_left(state, event, at)
        case _:
            assert_never(event)


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
