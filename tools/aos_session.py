"""The actions of aos_workflow on a session as a whole: start, look at it, pause, resume, roll back, delete.

Above: tools.aos_workflow. Below: engine.runner, engine.sessions.phase_view, tools.aos_arguments, tools.aos_answer.
"""

from engine.library_model import PLAN_NOTES
from engine.sessions import phase_view
from engine.sessions.audit import iso
from engine.sessions.model import State
from engine.sessions.session_family import PauseSession, ResumeSession, RolledBack
from schema.values import Json, JsonObject
from tools.aos_answer import BY, World, problems_of, refuse_declined, success, where
from tools.aos_arguments import Given
from tools.contract import Call, Done


async def start(world: World, given: Given, _call: Call) -> Done:
    """Begin a session; two starts are two sessions."""
    session = await world.runner.begin(given.workflow_type, given.target_file, given.options, BY)
    state = session.state
    more: JsonObject = {"workflow_type": state.workflow_id, "target_file": state.target_file}
    extra = session.document.get("extra")
    if isinstance(extra, dict) and PLAN_NOTES in extra:
        more["warnings"] = extra[PLAN_NOTES]
    return success(given, state, {**more, **where(session)})


async def get_state(world: World, given: Given, _call: Call) -> Done:
    """Tell where a session stands, and whether its workflow has a newer version by now."""
    session = await world.runner.session(given.session_id)
    found = phase_view.overview(session.state, session.workflow)
    newer = world.runner.newer_version(session)
    if newer is not None:
        found["newer_version"] = newer
    return success(given, session.state, found)


async def get_session(world: World, given: Given, _call: Call) -> Done:
    """Give all there is to know of a session: its state, every attempt, its options, its pauses."""
    session = await world.runner.session(given.session_id)
    state = session.state
    found = phase_view.overview(state, session.workflow)
    found |= {
        "session_id": state.session_id,
        "status": found["session_status"],
        "phase_history": phase_view.history(state, world.clock.now()),
        "options": state.options,
        "pause_notes": phase_view.pause_notes(state),
        "approvals": phase_view.approvals(state),
    }
    warnings = phase_view.phase_warnings(state)
    if warnings:
        found["phase_warnings"] = warnings
    if state.imported_from is not None:
        found["imported_from"] = state.imported_from
    return success(given, state, {"session": found})


async def delete_session(world: World, given: Given, _call: Call) -> Done:
    """Delete a session; one that is not there is none too. Files in the workspace stay; the audit log keeps a line."""
    deleted = await world.runner.delete(given.session_id, given.reason, BY)
    return Done(
        {
            "status": "success",
            "action": given.action,
            "session_id": given.session_id,
            "deleted": deleted,
            "cleanup": {"state_file_removed": deleted, "artifacts_preserved": True},
        }
    )


async def pause(world: World, given: Given, _call: Call) -> Done:
    """Let an active session rest, with a note for whoever goes on."""
    session = refuse_declined(
        await world.runner.perform(given.session_id, PauseSession(given.checkpoint_note), BY)
    ).session
    last = session.state.pauses[-1]
    checkpoint: JsonObject = {"phase": last.phase, "timestamp": iso(last.at), "note": last.note}
    return success(given, session.state, {"paused": True, "checkpoint": checkpoint, "resume_capable": True})


async def resume(world: World, given: Given, _call: Call) -> Done:
    """Go on with a paused session: where it was, what is done, what is next."""
    session = refuse_declined(await world.runner.perform(given.session_id, ResumeSession(), BY)).session
    state = session.state
    more: JsonObject = {
        "resumed": True,
        "paused_duration_seconds": _last_pause(state),
        "summary": phase_view.summary(state, session.workflow),
    }
    return success(given, state, {**more, **where(session)})


def _last_pause(state: State) -> float:
    last = state.pauses[-1]
    return round((last.resumed_at if last.resumed_at is not None else state.updated_at) - last.at, 3)


async def rollback(world: World, given: Given, _call: Call) -> Done:
    """Make an earlier phase the current one; what came after it is cleared, and stays in the audit view."""
    before = await world.runner.session(given.session_id)
    outcome = refuse_declined(await world.runner.roll_back(given.session_id, given.to_phase, given.reason, BY))
    event = next(event for event in outcome.events if isinstance(event, RolledBack))
    cleared: list[Json] = list(event.cleared)
    more: JsonObject = {
        "from_phase": before.state.phase,
        "to_phase": event.to_phase,
        "rolled_back": True,
        "artifacts_cleared": cleared,
    }
    if event.crossed:
        more["irreversible_steps_crossed"] = list(event.crossed)
    return success(given, outcome.session.state, {**more, **where(outcome.session)})


async def get_errors(world: World, given: Given, _call: Call) -> Done:
    """Give what went wrong so far: the latest in full, and how many there were."""
    state = (await world.runner.session(given.session_id)).state
    errors = problems_of(state)
    more: JsonObject = {
        "errors": errors,
        "error_count": state.error_count,
        "last_error": errors[-1] if errors else None,
    }
    return success(given, state, more)
