"""The step family: opening a step, reporting it, and every decision taken on the way to the next.

Above: evolve names one function per case here, step_decisions holds the rules. Below: records, model.
"""

from typing import Final, NamedTuple

from engine import keys
from engine.sessions import records
from engine.sessions.model import (
    Approval,
    Gap,
    Issue,
    Problem,
    Refused,
    Reported,
    State,
    Status,
    Waiting,
    WaitKind,
)
from engine.sessions.way_family import WayEvent
from schema.values import JsonObject

WORD: Final = "approval"
"""The field of what is wrong with a report that a person said no to."""
MEND_REPORT: Final = "Mend what the issues name and report the step again"


class ReportStep(NamedTuple):
    """Report the open step `key` (a stepKey as handed out, or gate:<phase>).

    `output`: text, None where nothing was said. `context` is merged into the variables. `approval` is what is known of
    a person's word and how (elicitation, or reported by the agent); `code` a person's one-time code.
    """

    key: str
    output: str | None
    evidence: JsonObject | None
    context: JsonObject
    approval: Approval | None = None
    code: str | None = None


class StepOpened(NamedTuple):
    """A step, or a gate (`gate:<phase>`), was handed out; it has failed after `deadline` (seconds since 1970)."""

    key: str
    phase: int
    warnings: tuple[str, ...]
    deadline: float | None = None


class StepReported(NamedTuple):
    """A report was accepted.

    `findings`: what a lenient gate or an override let pass. `completes`: the phase it completes, where no gate decides.
    `approval`: the person's word, where one was needed. `settled`: version of the log after the whole append.
    """

    key: str
    digest: str
    output: str | None
    evidence: JsonObject | None
    context: JsonObject
    findings: tuple[Issue, ...]
    approval: Approval | None
    completes: int | None
    settled: int


class StepRefused(NamedTuple):
    """A report was refused for what is no gate: criteria, produced variables, a missing output, a wrong answer.

    `attempt`: of an input step, how many answers were refused (0: not counted). `settled`: version of the log after the
    whole append, where the step has failed with it; else 0.
    """

    key: str
    digest: str
    output: str | None
    issues: tuple[Issue, ...]
    attempt: int = 0
    settled: int = 0


class VariablesAwaited(NamedTuple):
    """The walk stopped at `key`: `what` (runCondition, test, items) cannot be decided without these variables."""

    key: str
    phase: int
    what: str
    gaps: tuple[Gap, ...]
    warnings: tuple[str, ...]


class VariablesGiven(NamedTuple):
    """Variables were sent for the step `key` that waited for them; `completes` as in StepReported."""

    key: str
    digest: str
    context: JsonObject
    completes: int | None
    settled: int


class ConfirmationRequested(NamedTuple):
    """A report of `key` (its digest) or an override needs a person's word."""

    key: str
    digest: str


class ConfirmationDeclined(NamedTuple):
    """A person said no to `key`; the position stays open."""

    key: str
    digest: str
    comment: str
    how: str


StepCommand = ReportStep
StepEvent = (
    StepOpened
    | StepReported
    | StepRefused
    | WayEvent
    | VariablesAwaited
    | VariablesGiven
    | ConfirmationRequested
    | ConfirmationDeclined
)


def evolve_opened(state: State, event: StepOpened, at: float) -> State:
    """Move to the step that was handed out; the passes it lies in have work now."""
    state = records.entered(state, event.phase, at, has_work=True)
    frames = state.frames
    if frames and not (frames[-1].has_work and frames[-1].has_begun):
        frames = tuple(each._replace(has_work=True, has_begun=True) for each in frames)
    return state._replace(
        status=Status.RUNNING,
        position=event.key,
        frames=frames,
        opened_version=state.version,
        waiting=Waiting(WaitKind.REPORT, event.key),
        step_deadline=event.deadline,
        refused=_still(state.refused, event.key),
        code=None,
        warnings=(*state.warnings, *event.warnings),
    )


def _still(refused: Refused | None, key: str) -> Refused | None:
    """Keep what was refused of a step that is tried again, under its next key."""
    is_again = refused is not None and refused.key != key and keys.unmarked(refused.key) == keys.unmarked(key)
    return refused if is_again else None


def evolve_reported(state: State, event: StepReported, at: float) -> State:
    """Note an accepted report."""
    reported = Reported(event.digest, event.settled, at, records.line(event.output, event.evidence))
    state = records.approved(state, event.key, event.approval, event.findings, at)
    state = state._replace(
        reports={**state.reports, event.key: reported},
        variables={**state.variables, **event.context} if event.context else state.variables,
        done=state.done + 1,
        confirm=None,
        waiting=None,
        status=Status.RUNNING,
        step_deadline=None,
        messages=(),
        warnings=records.told(event.findings),
    )
    if event.completes is None:
        return state
    return records.completed(state, event.evidence or {}, event.findings, (), at)


def refusal_of(key: str) -> str:
    """Give the words with which the problem of a refused report begins.

    >>> refusal_of("check")
    'The report of check was refused: '
    """
    return f"The report of {key} was refused: "


def evolve_refused(state: State, event: StepRefused, at: float) -> State:
    """Note a refused report; the position stays."""
    message = f"{refusal_of(event.key)}{event.issues[0].message}"
    problem = Problem(state.phase, at, "ValidationError", message, event.issues, MEND_REPORT)
    if event.attempt:
        state = state._replace(failures={**state.failures, event.key: event.attempt})
    if event.settled:
        reported = Reported(event.digest, event.settled, at, records.REFUSED)
        state = state._replace(reports={**state.reports, event.key: reported})
    return records.refused(state, Refused(event.key, event.digest, state.version, event.issues), problem)


def evolve_awaited(state: State, event: VariablesAwaited, at: float) -> State:
    """Rest where variables are missing; what was sent for this key at an earlier time counts no more."""
    state = records.entered(state, event.phase, at, has_work=False)
    reports = state.reports
    if event.key in reports and state.position != event.key:
        reports = {key: each for key, each in reports.items() if key != event.key}
    return state._replace(
        status=Status.WAITING,
        position=event.key,
        opened_version=state.version,
        waiting=Waiting(WaitKind.VARIABLE, event.key, event.gaps, event.what),
        reports=reports,
        refused=None,
        code=None,
        warnings=(*state.warnings, *event.warnings),
    )


def evolve_given(state: State, event: VariablesGiven, at: float) -> State:
    """Take the variables that were waited for."""
    given = Reported(event.digest, event.settled, at, records.GAVE + records.names(event.context))
    state = state._replace(
        reports={**state.reports, event.key: given}, variables={**state.variables, **event.context}, messages=()
    )
    return state if event.completes is None else records.completed(state, {}, (), (), at)


def evolve_requested(state: State, event: ConfirmationRequested, _at: float) -> State:
    """Wait for a person's word."""
    waiting = Waiting(WaitKind.CONFIRMATION, event.key, digest=event.digest)
    return state._replace(status=Status.WAITING, waiting=waiting, refused=None)


def no(comment: str) -> Issue:
    """Give what is wrong with a report a person said no to."""
    told = f"A person declined this: {comment or 'without a comment'}"
    return Issue(WORD, told, "a report a person approves", "declined")


def evolve_declined(state: State, event: ConfirmationDeclined, at: float) -> State:
    """Keep a person's no; the position stays, and the same report again changes nothing."""
    return records.open_again(state)._replace(
        refused=Refused(event.key, event.digest, state.version, (no(event.comment),)),
        approvals=records.declined(state, event.key, event.comment, event.how, at),
        code=None if event.how == "code" else state.code,
    )
