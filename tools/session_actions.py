"""The actions of workflow_session that change a session.

Above: tools.workflow_session. Below: engine.runner, engine.sessions (the commands), tools.session_step (answers).
"""

from collections.abc import Coroutine
from typing import Final

from engine import keys
from engine.errors import ArgumentError
from engine.runner import Declined, Outcome, Performed, Session
from engine.sessions.answer import answer
from engine.sessions.change_family import (
    CancelSession,
    CheckpointMade,
    MakeCheckpoint,
    RetrySession,
    SendSignal,
    SignalReceived,
    SkipStep,
    UpdateState,
)
from engine.sessions.commands import Command
from engine.sessions.nested_events import within
from engine.sessions.session_family import PauseSession, ResumeSession, RolledBack
from schema.values import Json, JsonObject
from tools import input_asking
from tools.contract import Answer, Done
from tools.session_arguments import BY, SessionCall
from tools.session_refusals import refuse


async def start(given: SessionCall) -> Answer:
    """Begin a session: checked inputs in, the first answer out; two starts are two sessions."""
    return await _walking(given, _begun(given))


async def _begun(given: SessionCall) -> Session:
    return await given.runner.begin(
        given.text("workflowId"), "", given.members("options"), BY, inputs=given.members("inputs")
    )


async def update(given: SessionCall) -> Answer:
    """Change the state, all updates or none; gives the version of the log and the state."""
    outcome = await _performed(given, UpdateState(given.updates(), given.number("expectedVersion")))
    state = outcome.session.state
    return _done(given, outcome.session, {"version": state.version, "state": state.variables})


async def signal(given: SessionCall) -> Answer:
    """Send a signal; tells which waits it released."""
    outcome = await _performed(given, SendSignal(given.short("name"), given.value("payload")))
    happened = map(within, outcome.events)
    received = [(run, each.key) for run, each in happened if isinstance(each, SignalReceived)]
    released: list[Json] = [keys.inside(run, key) if run else key for run, key in received]
    return _answered(given, outcome.session, {"released": released})


async def skip(given: SessionCall) -> Answer:
    """Pass over the open step, where its document allows it; gives the next answer."""
    return await _walking(given, _after(given, SkipStep(given.text("stepKey"), given.text("reason"))))


async def checkpoint(given: SessionCall) -> Answer:
    """Name the place the session is at, to go back to it later."""
    outcome = await _performed(given, MakeCheckpoint(given.short("label")))
    made = next(each for each in outcome.events if isinstance(each, CheckpointMade))
    return _done(given, outcome.session, {"label": made.label, "version": made.version})


async def restore(given: SessionCall) -> Answer:
    """Go back to a checkpoint or to a version of the log; what came after is undone and stays in the log."""
    to_version, label = given.number("toVersion"), given.text("label")
    if (to_version is None) == (not label):
        raise ArgumentError("toVersion", "send either label, of a checkpoint, or toVersion, of the log")
    restored = await given.runner.restore(given.session_id, to_version, label, given.text("reason"), BY)
    outcome = _effective(given, restored, "toVersion")
    event = next(each for each in outcome.events if isinstance(each, RolledBack))
    undone: list[Json] = [*event.undone]
    crossed: list[Json] = [*event.crossed]
    facts: JsonObject = {"version": outcome.session.state.version, "restoredVersion": event.to_version}
    return _answered(given, outcome.session, {**facts, "undone": undone, "irreversibleCrossed": crossed})


async def pause(given: SessionCall) -> Answer:
    """Let an active session rest."""
    return _status(given, await _performed(given, PauseSession(given.text("reason"))))


async def resume(given: SessionCall) -> Answer:
    """Go on with a paused session."""
    return await _walking(given, _after(given, ResumeSession()))


async def cancel(given: SessionCall) -> Answer:
    """End a session for good."""
    return _status(given, await _performed(given, CancelSession(given.text("reason"))))


async def retry(given: SessionCall) -> Answer:
    """Enter a failed session again at the step that failed."""
    return await _walking(given, _after(given, RetrySession(given.text("reason"))))


async def _walking(given: SessionCall, work: Coroutine[None, None, Session]) -> Answer:
    """Do what may bring the session to an input step, once, and ask the user there, where the client can be asked."""

    def shown(session: Session) -> Done:
        return _answered(given, session)

    try:
        replied = await input_asking.replied(given.call, given.runner, shown)
        if replied is not None:
            return replied
        session = await work
    finally:
        work.close()
    return input_asking.asking(session, shown(session))


async def _after(given: SessionCall, command: Command) -> Session:
    return (await _performed(given, command)).session


async def _performed(given: SessionCall, command: Command) -> Performed:
    """Carry out a command; a refusal is raised as the error it is."""
    return _effective(given, await given.runner.perform(given.session_id, command, BY), _ABOUT[given.action])


def _effective(given: SessionCall, outcome: Outcome, about: str) -> Performed:
    """Give an outcome that took effect; `about`: the argument a refusal is about where it names none."""
    if isinstance(outcome, Declined):
        refuse(outcome.refusal, given.session_id, given.text("stepKey"), about, outcome.session.state.version)
    return outcome if isinstance(outcome, Performed) else Performed(outcome.session, ())


def _status(given: SessionCall, outcome: Performed) -> Done:
    return _done(given, outcome.session, {"status": outcome.session.state.status.value})


def _done(given: SessionCall, session: Session, facts: JsonObject) -> Done:
    return Done({"sessionId": session.state.session_id, "action": given.action, **facts})


def _answered(given: SessionCall, session: Session, facts: JsonObject | None = None) -> Done:
    """Give where the session stands now, as durable workflow_next does."""
    shown = answer(session.state, session.workflow, verified=given.runner.verified)
    return _done(given, session, {**(facts or {}), **shown})


_ABOUT: Final = {
    "update": "updates",
    "signal": "name",
    "skip": "stepKey",
    "checkpoint": "label",
    "pause": "reason",
    "resume": "sessionId",
    "cancel": "reason",
    "retry": "reason",
}
"""The argument a refusal of an action is about, where its message names none."""
