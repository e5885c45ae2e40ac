"""The step family: opening a step, reporting it, and every decision taken on the way to the next.

Above: decide and evolve name one function per case here. Below: model.
"""

from typing import NamedTuple

from engine.sessions.model import Approval, Gap, Issue
from schema.values import Json, JsonObject


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
    """A step, or a gate (`gate:<phase>`), was handed out."""

    key: str
    phase: int
    warnings: tuple[str, ...]


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
    """A report was refused for what is no gate: criteria, produced variables, a missing output."""

    key: str
    digest: str
    output: str | None
    issues: tuple[Issue, ...]


class ConditionDecided(NamedTuple):
    """A condition was decided and is not asked again: `what` is runCondition, test or requireConfirmation.

    `variables`: the values it was decided on, by the name its author wrote.
    """

    key: str
    what: str
    value: bool
    variables: JsonObject


class PassEntered(NamedTuple):
    """A loop began a pass: `key` of the loop, number from 0, total where known, item of a forEach."""

    key: str
    number: int
    total: int | None
    item: Json


class LoopLeft(NamedTuple):
    """A loop ended after so many passes; `reason` in words."""

    key: str
    passes: int
    reason: str


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
    | ConditionDecided
    | PassEntered
    | LoopLeft
    | VariablesAwaited
    | VariablesGiven
    | ConfirmationRequested
    | ConfirmationDeclined
)
