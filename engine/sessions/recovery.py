"""Recovery: what an agent that lost its context needs besides the open step - where, which rules, what is done.

Above: tools.workflow_next (reads). Below: model, engine.sessions.phase_view. Bounded, whatever the session did.
"""

from itertools import islice
from typing import Final

from engine.definition import Workflow
from engine.sessions.flow_family import MEND_STEP
from engine.sessions.model import Problem, State, Status
from engine.sessions.phase_view import find_phase
from engine.sessions.task_reading import tally
from engine.sessions.task_run import count_reports, latest_reports
from engine.template import as_text
from schema.values import Json, JsonObject

MAX_DONE: Final = 50
"""Finished steps told one by one, the latest; those before them are counted."""
ROLLED_BACK: Final = "rolled_back"
"""What the history says of an attempt that a rollback took back."""
MAX_LINE: Final = 200
"""Characters of a note, and of a value that is told as it is."""
MAX_VALUES: Final = 50
"""Inputs, variables and computed fields told by name, each."""


def recovery(state: State, workflow: Workflow, document: JsonObject) -> JsonObject:
    """Give the workflow, the phase, the rules in force, a line for each finished step, and the last failure.

    Of an automation session also its inputs, state and computed fields, and how many tasks are in which status.

    `stoppedAt`: the stepKey a session that is paused or has failed goes on with.
    """
    shown: JsonObject = {"workflow": workflow.name}
    phase = find_phase(workflow, state.phase)
    if phase is not None and workflow.is_phased:
        shown["phase"] = {"number": phase.number, "title": phase.title}
    rules = document.get("metaGuidance")
    if rules:
        shown["rules"] = rules
    if workflow.automation is not None:
        shown.update(_values(state))
    lines: list[Json] = [{"stepKey": key, "line": each.line} for key, each in latest_reports(state, MAX_DONE)]
    shown["done"] = lines
    count = count_reports(state)
    if count > MAX_DONE:
        shown["earlier"] = count - MAX_DONE
    if state.position and state.status not in (Status.RUNNING, Status.WAITING):
        shown["stoppedAt"] = state.position
    last = next((each for each in reversed(state.errors) if not _is_undone(state, each)), None)
    if last is not None:
        shown["lastError"] = _error(state, last)
    if state.pauses and state.pauses[-1].resumed_at is None and state.pauses[-1].note:
        shown["note"] = _cut(state.pauses[-1].note)
    return shown


def _values(state: State) -> JsonObject:
    """Give what an automation session knows - inputs, state, computed fields - and how its tasks are getting on."""
    known = {"inputs": state.inputs, "state": state.variables, "computed": state.computed}
    shown: JsonObject = {name: summed_up(values) for name, values in known.items() if values}
    counts: JsonObject = {status.value: count for status, count in tally(state).items()}
    if counts:
        shown["tasks"] = counts
    return shown


def summed_up(values: JsonObject) -> JsonObject:
    """Give values by name, what is large by its size; beyond MAX_VALUES names they are counted under "...".

    >>> summed_up({"n": 1, "files": list(range(200))})
    {'n': 1, 'files': 'a list of 200'}
    """
    shown: JsonObject = {name[:MAX_LINE]: _summed_up(value) for name, value in islice(values.items(), MAX_VALUES)}
    if len(values) > MAX_VALUES:
        shown["..."] = f"{len(values) - MAX_VALUES} more"
    return shown


def _summed_up(value: Json) -> Json:
    if isinstance(value, str):
        return _cut(value)
    if not isinstance(value, list | dict) or len(as_text(value)) <= MAX_LINE:
        return value
    return f"a list of {len(value)}" if isinstance(value, list) else f"an object of {len(value)}"


def _is_undone(state: State, problem: Problem) -> bool:
    """Tell whether a rollback took back the attempt that a problem belongs to."""
    if not state.rollbacks:
        return False
    if all(phase.number != problem.phase for phase in state.phases):
        return True
    rows = (row for row in reversed(state.history) if row.phase == problem.phase and row.started_at <= problem.at)
    row = next(rows, None)
    return row is not None and row.status == ROLLED_BACK


def _error(state: State, last: Problem) -> JsonObject:
    """Tell what went wrong last; what would mend it only while nothing has been accepted since."""
    shown: JsonObject = {"phase": last.phase, "message": last.message}
    latest = next(reversed(tuple(state.reports.values())), None)
    if state.refused is None and state.status is not Status.FAILED and latest is not None and latest.at >= last.at:
        return {**shown, "mended": True}
    if state.status is not Status.FAILED and last.remediation == MEND_STEP:
        return shown  # its onError went on
    return {**shown, "remediation": last.remediation}


def _cut(text: str) -> str:
    """Cut a line.

    >>> len(_cut("x" * 300)), _cut("short")
    (200, 'short')
    """
    return text if len(text) <= MAX_LINE else text[: MAX_LINE - 1] + "…"
