"""What several events change in the same way: phases, their history, refusals, approvals.

Above: the families' evolve functions. Below: model. No rules here: what happened is recorded, not judged.
"""

from typing import Final, TypeVar

from engine.sessions.model import (
    REJECT,
    Approval,
    Approved,
    Attempt,
    Issue,
    PhaseState,
    PhaseStatus,
    Problem,
    Refused,
    State,
    Status,
    Waiting,
    WaitKind,
)
from schema.values import JsonObject

Item = TypeVar("Item")

MAX_ERRORS: Final = 100
"""Problems kept in a session, newest last; `error_count` goes on counting."""
MAX_ROWS: Final = 2_000
"""Attempts kept in a session, newest last: twice the phases a document may have. The log has them all."""
MAX_DECLINED: Final = 100
"""A person's refusals kept in a session, newest last; what a person let pass is kept for ever."""
MAX_LINE: Final = 160
"""Characters of the one line that is kept of a report."""
REFUSED: Final = "refused"
"""The line of a report that was refused for good."""
GAVE: Final = "gave "
"""How the line of a report begins that only gave variables."""
UNREPORTED: Final = frozenset(("", "-"))
"""Digests of what is noted of steps that nobody reported: waits, commands, steps passed over."""
MAX_NAMES: Final = 10
"""Names a line repeats."""


def line(output: str | None, evidence: JsonObject | None) -> str:
    r"""Give one line of what a report said.

    >>> line("  Done.\nAll of it.", None), line(None, {"tests": 3, "ok": True})
    ('Done.', 'evidence: tests, ok')
    """
    if output is None:
        return "evidence: " + names(evidence) if evidence else ""
    text = output[: 2 * MAX_LINE].strip().partition("\n")[0].rstrip()
    return text if len(text) <= MAX_LINE else text[: MAX_LINE - 3] + "..."


def names(values: JsonObject) -> str:
    """Name the keys of an object, some of them."""
    shown = [name[:MAX_LINE] for name in list(values)[:MAX_NAMES]]
    return ", ".join([*shown, "..."] if len(values) > MAX_NAMES else shown)[:MAX_LINE]


def with_last(items: tuple[Item, ...], last: Item) -> tuple[Item, ...]:
    """Put another item in the place of the last one.

    >>> with_last((1, 2), 3)
    (1, 3)
    """
    return items[:-1] + (last,)  # noqa: RUF005 - a session may have a thousand phases; unpacking takes thrice as long


def told(findings: tuple[Issue, ...]) -> tuple[str, ...]:
    """Give what was let pass as warnings.

    >>> told((Issue("tests", "there are none", "at least 1", "0"),))
    ('tests: there are none',)
    """
    return tuple(f"{each.field}: {each.message}" for each in findings)


def entered(state: State, number: int, at: float, *, has_work: bool) -> State:
    """Enter a phase, if it is not the one the session is in; note that it has work.

    The one before it is complete then, unless that was noted already.
    """
    phases = state.phases
    if phases and phases[-1].number == number:
        last = phases[-1]
        if has_work and not last.has_work:
            return state._replace(phases=with_last(phases, last._replace(has_work=True)))
        return state
    state = left(state, at)
    phases = state.phases
    attempt = first_attempt(state, number)
    began = PhaseState(number, state.version, PhaseStatus.ACTIVE, attempt, 0, None, None, (), (), has_work)
    row = Attempt(number, attempt, at, state.paused_seconds, None, None, "active")
    return state._replace(phase=number, phases=(*phases, began), history=with_row(state.history, row))


def left(state: State, at: float) -> State:
    """Leave the phase the session is in: it is complete, where neither a report nor a gate has completed it."""
    is_open = bool(state.phases) and state.phases[-1].status is PhaseStatus.ACTIVE
    return completed(state, {}, (), (), at) if is_open else state


def worked(state: State) -> State:
    """Note that the phase and the loop passes the position lies in have work, done by the server."""
    frames, phases = state.frames, state.phases
    if frames and not frames[-1].has_work:
        state = state._replace(frames=tuple([each._replace(has_work=True) for each in frames]))
    if phases and not phases[-1].has_work:
        state = state._replace(phases=with_last(phases, phases[-1]._replace(has_work=True)))
    return state


def with_row(history: tuple[Attempt, ...], row: Attempt) -> tuple[Attempt, ...]:
    """Give the history with one row more, the oldest dropped where there are too many."""
    return (*history[-(MAX_ROWS - 1) :], row)


def first_attempt(state: State, number: int) -> int:
    """Give the number of a phase's next attempt: 1 unless it was reached before a rollback."""
    if not state.rollbacks:
        return 1
    return 1 + max((row.attempt for row in state.history if row.phase == number), default=0)


def closed(state: State, status: str, at: float) -> tuple[Attempt, ...]:
    """Give the history with its open row closed; pauses do not count."""
    history = state.history
    if not history or history[-1].completed_at is not None:
        return history
    row = history[-1]
    seconds = max(0.0, at - row.started_at - (state.paused_seconds - row.paused_before))
    return with_last(history, row._replace(completed_at=at, active_seconds=seconds, status=status))


def completed(
    state: State, evidence: JsonObject, findings: tuple[Issue, ...], unreported: tuple[str, ...], at: float
) -> State:
    """Complete the phase the session is in."""
    last = state.phases[-1]._replace(
        status=PhaseStatus.COMPLETED, evidence=evidence, findings=findings, unreported=unreported
    )
    return state._replace(phases=with_last(state.phases, last), history=closed(state, "completed", at))


def open_again(state: State) -> State:
    """Wait at the position for a report, or for the variables it waited for."""
    if state.waiting is not None and state.waiting.kind is WaitKind.VARIABLE:
        return state._replace(status=Status.WAITING)
    return state._replace(status=Status.RUNNING, waiting=Waiting(WaitKind.REPORT, state.position))


def refused(state: State, refusal: Refused, problem: Problem) -> State:
    """Keep a refusal at the position, and the problem in the list of errors; a person is not asked any more."""
    return open_again(state)._replace(
        refused=refusal,
        errors=(*state.errors[-(MAX_ERRORS - 1) :], problem),
        error_count=state.error_count + 1,
    )


def approved(state: State, key: str, approval: Approval | None, findings: tuple[Issue, ...], at: float) -> State:
    """Keep a person's word for ever, with what was known to be wrong."""
    if approval is None:
        return state
    return state._replace(approvals=(*state.approvals, Approved(key, at, approval, findings)), code=None)


def declined(state: State, key: str, comment: str, how: str, at: float) -> tuple[Approved, ...]:
    """Give the words of persons with a no more."""
    words = state.approvals
    refusals = [index for index, each in enumerate(words) if each.approval.decision == REJECT]
    if len(refusals) >= MAX_DECLINED:
        words = (*words[: refusals[0]], *words[refusals[0] + 1 :])
    return (*words, Approved(key, at, Approval(REJECT, comment, how), ()))
