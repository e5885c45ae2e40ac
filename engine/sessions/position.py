"""What is open at a session's position, and how far the session is: questions answers ask of a state.

Above: the decisions, the views, the runner. Below: resuming, engine.walk, model.
"""

import hashlib
import json
from typing import Final

from engine import keys
from engine.conditions import holds
from engine.definition import Gate, Open, Phase, PromptStep, WaitStep, Workflow
from engine.definition import Place as Spot
from engine.errors import ArgumentError
from engine.sessions.model import FINISHED, NestedKind, State, Status, WaitKind
from engine.sessions.progress import ahead
from engine.sessions.scoping import scope_at, scope_outside
from engine.variables import Scope
from schema.values import Json

READING: Final = ("get_errors", "get_phase", "get_session", "get_state", "get_task")
"""Actions of aos_workflow that answer whatever a session is doing."""
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")).encode


def canonical(value: Json) -> str:
    """Give compact JSON with sorted keys; RecursionError where it is nested too deep.

    >>> canonical({"b": 1, "a": [True, None]})
    '{"a":[true,null],"b":1}'
    """
    return _encode(value)


def digest(value: Json) -> str:
    """Give the SHA-256 (hex) of a value's canonical JSON.

    >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1}), len(digest(None))
    (True, 64)
    """
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def phase_index(workflow: Workflow, number: int) -> int:
    """Give the index of a phase; ArgumentError where the workflow has none of that number."""
    index = number - workflow.phases[0].number
    if not 0 <= index < len(workflow.phases):
        first, last = workflow.phases[0].number, workflow.phases[-1].number
        raise ArgumentError("phase", f"the workflow has the phases {first} to {last}")
    return index


def phase_of(workflow: Workflow, number: int) -> Phase:
    """Give a phase by its number; ArgumentError where the workflow has none of that number."""
    return workflow.phases[phase_index(workflow, number)]


def phase_at(workflow: Workflow, key: str) -> int:
    """Give the number of the phase a step or gate lies in."""
    if keys.is_gate(key):
        return keys.gate_number(key)
    at = workflow.places[keys.step_id(key)].levels[0].at
    if not workflow.is_phased:
        return workflow.phases[at].number
    return next(phase.number for phase in workflow.phases if phase.first <= at < phase.end)


def key_of(state: State, plain: str) -> str:
    """Give the key a step is handed out under; `plain` is without marks."""
    tries = state.tries
    return keys.marked(plain, state.rollbacks, tries.get(plain, 0) + tries.get("", 0) if tries else 0)


def spot_of(state: State, workflow: Workflow) -> Spot | None:
    """Give the place of the step at the position; None at a gate and at the end."""
    if not state.position or keys.is_gate(state.position):
        return None
    return workflow.places[keys.step_id(state.position)]


def scope_of(state: State, workflow: Workflow) -> Scope:
    """Give the names in force at the position: the variables and the loop passes it lies in."""
    return scope_at(state.position, state, workflow, scope_outside(state, workflow))


def open_step(state: State, workflow: Workflow) -> Open | None:
    """Give the step that is handed out; None where a gate, variables, a command, tasks or nothing is."""
    spot = spot_of(state, workflow)
    is_waiting = state.waiting is not None and state.waiting.kind is WaitKind.VARIABLE
    return None if spot is None or is_waiting or not isinstance(spot.step, Open) else spot.step


def open_gate(state: State, workflow: Workflow) -> Gate | None:
    """Give the gate that a report of the position must pass: the phase's at gate:<N>, else the step's own."""
    if keys.is_gate(state.position):
        return phase_of(workflow, state.phase).gate
    step = open_step(state, workflow)
    return step.gate if isinstance(step, PromptStep) else None


def gate_key(state: State, workflow: Workflow) -> str:
    """Give the key that attempts at the open gate are counted under: gate:<N> for a phase's, else the stepKey."""
    spot = spot_of(state, workflow)
    is_of_phase = spot is None or (not workflow.is_phased and not spot.loops)
    return keys.marked(keys.gate(state.phase), state.rollbacks) if is_of_phase else state.position


def failures_at(state: State, key: str) -> int:
    """Count the failed attempts at a gate since its phase began or was last retried; `key` as gate_key gives it."""
    return state.phases[-1].failures if keys.is_gate(key) else state.failures.get(key, 0)


def needs_confirmation(state: State, workflow: Workflow) -> bool:
    """Tell whether the open step needs a person's word; CriterionError where its condition hits a limit."""
    step = open_step(state, workflow)
    if step is None or isinstance(step, WaitStep):
        return False
    if state.confirm is not None:
        return state.confirm
    return step.confirm if isinstance(step.confirm, bool) else holds(step.confirm, scope_of(state, workflow))


def began_version(state: State, phase: int) -> int | None:
    """Give the version of the log with which a reached phase began; None for one that was not reached or skipped."""
    return next((each.began_version for each in state.phases if each.number == phase), None)


def progress_of(state: State, workflow: Workflow) -> tuple[int, int | None]:
    """Count the steps that are reported: done, and in all; None where a condition, a test or a list to come decides."""
    done = _done(state)
    if state.status is Status.COMPLETED:
        return done, done
    if state.waiting is not None and state.waiting.kind in (WaitKind.VARIABLE, WaitKind.CHILD, WaitKind.TASKS):
        return done, None
    to_come = ahead(state, workflow, phase_of(workflow, state.phase).end)
    return done, None if to_come is None else done + to_come


def _done(state: State) -> int:
    """Count the reports of a run, those of children under way included."""
    if not state.nested:
        return state.done
    children = [each.state for each in state.nested.values() if each.kind is NestedKind.CHILD]
    return state.done + sum(map(_done, children))


def valid_actions(state: State) -> tuple[str, ...]:
    """Give the actions of aos_workflow that a session of this status answers, sorted."""
    return tuple(sorted((*READING, "delete_session", *_acting(state))))


def _acting(state: State) -> tuple[str, ...]:
    if state.status is Status.PAUSED:
        return ("resume",)
    if state.status is Status.FAILED:
        return ("retry_phase", "rollback") if state.cause is None else ("rollback",)
    if state.status in FINISHED:
        return ("rollback",) if state.status is Status.COMPLETED and state.phases else ()
    has_failed = state.phases[-1].attempt > 1 or bool(state.failures)
    return ("complete_phase", "pause", "rollback", *(("retry_phase",) if has_failed else ()))
