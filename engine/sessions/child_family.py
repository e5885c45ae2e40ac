"""The task family, second part: how a child workflow begins and ends in the run around it.

Above: evolve names one function per case here; child_opening holds the rules. Below: child_remains, nesting, records.
"""

from engine import keys
from engine.sessions import records
from engine.sessions.child_remains import shed
from engine.sessions.flow_family import reached
from engine.sessions.model import Nested, NestedKind, State, Status, TaskStatus, Waiting, WaitKind
from engine.sessions.nesting import begun
from engine.sessions.task_family import ChildEntered, ChildLeft
from engine.sessions.task_run import marked_from


def evolve_child_entered(state: State, event: ChildEntered, at: float) -> State:
    """Rest at the workflow step; the child stands before its first step."""
    state = shed(records.worked(records.entered(state, event.phase, at, has_work=True)), event.key)
    inner = begun(state, event.workflow_id, event.opening, event.state, event.deadline)
    names = ("", event.run, keys.unmarked(event.key))
    nested = Nested(
        id=event.run,
        kind=NestedKind.CHILD,
        step=event.key,
        task=event.workflow_id,
        number=0,
        total=1,
        item=None,
        status=TaskStatus.LEASED,
        attempts=1,
        lease_until=None,
        error=None,
        state=marked_from(inner, max(state.tries.get(name, 0) for name in names)),
    )
    return state._replace(
        status=Status.RUNNING,
        position=event.key,
        opened_version=state.version,
        waiting=Waiting(WaitKind.CHILD, event.key),
        nested={**state.nested, event.run: nested},
        step_deadline=None,
        refused=None,
        code=None,
        warnings=(*state.warnings, *event.warnings),
    )


def evolve_child_left(state: State, event: ChildLeft, _at: float) -> State:
    """Stand behind a child that did its work; of one that did not, its step is to fail, and a retry may go on in it."""
    state = state._replace(waiting=None, status=Status.RUNNING)
    if event.error is not None:
        failed = state.nested[event.run]._replace(status=TaskStatus.FAILED, error=event.error)
        return state._replace(nested={**state.nested, event.run: failed})
    state = state._replace(variables=state.variables if event.state is None else event.state)
    return reached(shed(state, event.key), event.key)
