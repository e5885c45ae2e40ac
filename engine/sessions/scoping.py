"""The names in force in a session: its state, what else it knows, and the loop passes around a place.

Above: position, progress, scanning, draft. Below: model, engine.variables.
"""

from datetime import UTC, datetime
from functools import lru_cache

from engine import keys
from engine.budget import Budget
from engine.definition import Workflow
from engine.sessions.model import State
from engine.variables import Scope, Turn, Values, outermost
from schema.values import JsonObject


def scope_outside(state: State, workflow: Workflow, now: float | None = None, budget: Budget | None = None) -> Scope:
    """Give the scope outside all loops.

    `now`: what the clock of expressions shows, in seconds since 1970; None: the time of the latest event. `budget`:
    that of the call; None: one of its own.
    """
    values = None
    if workflow.automation is not None:
        clock = state.updated_at if now is None else now
        session = session_facts(state.session_id, state.created_at)
        values = Values(state.inputs, state.computed, state.outside, state.outputs, session, clock)
    scope = outermost(state.variables, is_strict=workflow.is_strict, values=values)
    return scope if budget is None else scope._replace(budget=budget)


@lru_cache(maxsize=1024)
def session_facts(session_id: str, created_at: float) -> JsonObject:
    """Give what `session` stands for in expressions."""
    started = datetime.fromtimestamp(created_at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"id": session_id, "startedAt": started}


def scope_at(key: str, state: State, workflow: Workflow, outside: Scope) -> Scope:
    """Give the scope of the step at `key`, in the loop passes the session is in; `outside`: that outside all loops."""
    scope = outside
    if not state.frames or not key or keys.is_gate(key):
        return scope
    loops = workflow.places[keys.step_id(key)].loops
    for loop, frame in zip(loops, state.frames, strict=False):
        scope = scope.inside(Turn(loop, frame.number, frame.total, frame.item))
    return scope
