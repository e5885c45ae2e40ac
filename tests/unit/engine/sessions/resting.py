"""States as sessions rest in them, made without a walk.

Above: the tests of what time and failures do. Below: model, session_family.
"""

from engine.sessions.model import Nested, NestedKind, State, TaskStatus, Waiting, WaitKind
from engine.sessions.session_family import SessionStarted, evolve_started

BEGAN = 1000.0


def rests(**changes: object) -> State:
    """Give a session that waits for the report of `ask`, with some fields changed."""
    started = SessionStarted("wf_1", "w", "1.0.0", "0" * 64, "", "", {}, {}, None)
    state = evolve_started(started, BEGAN)._replace(position="ask", waiting=Waiting(WaitKind.REPORT, "ask"))
    return state._replace(**changes)  # type: ignore[arg-type] # fields of a state, by name


def task(run: str, state: State, **changes: object) -> Nested:
    """Give a task under way."""
    nested = Nested(run, NestedKind.TASK, "all", "t", 0, 1, None, TaskStatus.LEASED, 1, None, None, state)
    return nested._replace(**changes)  # type: ignore[arg-type] # fields of a nested run, by name
