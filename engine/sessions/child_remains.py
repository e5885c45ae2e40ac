"""What a child workflow leaves once nobody goes on in it: its reports stay known, the rest of it is gone.

Above: child_family, flow_family. Below: task_run, model.
"""

from engine import keys
from engine.sessions.model import NestedKind, State
from engine.sessions.task_run import marks_of, prefix_of, reports_of


def run_at(key: str) -> str:
    """Give the id of the child of the workflow step at `key`.

    >>> run_at("files@2::setup+1~3")
    'files@2/setup#0'
    """
    return f"{prefix_of(key)}0"


def shed(state: State, key: str) -> State:
    """Keep of the child of the step at `key` what stays, and the highest mark of its keys, so that none comes again."""
    if not state.nested:
        return state
    run = run_at(key)
    nested = state.nested.get(run)
    if nested is None or nested.kind is not NestedKind.CHILD:
        return state
    marks = marks_of(nested.state)
    reports = {keys.inside(run, local): each for local, each in reports_of(nested.state).items()}
    return state._replace(
        nested={each: other for each, other in state.nested.items() if each != run},
        reports={**state.reports, **reports} if reports else state.reports,
        done=state.done + nested.state.done,
        tries={**state.tries, run: marks + 1} if marks or reports else state.tries,
    )
