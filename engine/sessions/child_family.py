"""The task family, second part: how a child workflow begins and ends in the run around it.

Above: evolve names one function per case here; child_decisions holds the rules. Below: nesting, records.
"""

from engine import keys
from engine.sessions import records
from engine.sessions.flow_family import reached
from engine.sessions.model import Nested, NestedKind, State, Status, TaskStatus, Waiting, WaitKind
from engine.sessions.nesting import begun
from engine.sessions.task_family import ChildEntered, ChildLeft
from engine.sessions.task_run import marked_from, marks_of, reports_of


def evolve_child_entered(state: State, event: ChildEntered, at: float) -> State:
    """Rest at the workflow step; the child stands before its first step."""
    state = records.worked(records.entered(state, event.phase, at, has_work=True))
    inner = begun(state, event.workflow_id, event.opening, event.state, event.deadline)
    inner = marked_from(inner, max(state.tries.get("", 0), state.tries.get(event.run, 0)))
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
        state=inner,
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
    """Stand behind a child that did its work; of one that did not, its step is to fail. What was reported stays."""
    inner = state.nested[event.run].state
    reports = {keys.inside(event.run, key): each for key, each in reports_of(inner).items()}
    state = state._replace(
        nested={run: each for run, each in state.nested.items() if run != event.run},
        reports={**state.reports, **reports} if reports else state.reports,
        done=state.done + inner.done,
        variables=state.variables if event.state is None else event.state,
        tries=state.tries if event.error is None else {**state.tries, event.run: marks_of(inner) + 1},
        waiting=None,
        status=Status.RUNNING,
    )
    return state if event.error is not None else reached(state, event.key)
