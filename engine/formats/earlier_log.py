"""A session of the earlier tool told as events of our log, with their original times and evidence.

Above: engine.importing. Below: engine.formats.earlier, engine.sessions. The walk between the phases is ours; what the
earlier tool accepted is not judged anew, but what today's gate would say of it is kept as findings of the phase.
"""

from typing import Final, NamedTuple

import orjson

from engine import keys
from engine.definition import Workflow
from engine.formats.earlier import Earlier, EarlierError, EarlierPhase, aside_of
from engine.sessions.draft import Draft
from engine.sessions.events import Event
from engine.sessions.evolve import evolve
from engine.sessions.judging import judge_gate
from engine.sessions.model import Issue, State, Status
from engine.sessions.onward import go_on
from engine.sessions.phase_family import GateRefused, PhaseCompleted, PhaseSkipped
from engine.sessions.position import digest, phase_of
from engine.sessions.refusals import Policy
from engine.sessions.remaining import unreported
from engine.sessions.session_family import SessionCompleted, SessionPaused, SessionStarted, StartSession
from schema.finding import Finding, Severity
from schema.values import JsonObject

MAX_ASIDE: Final = 64 * 1024
"""Bytes of JSON that are kept aside; more is named in a finding."""
ASIDE: Final = "imported"
"""The option that holds what the file says beyond our sessions."""
OPEN: Final = frozenset(("", "active", "running", "waiting", "in_progress"))
"""Statuses of sessions under way."""

_NOTHING: Final = EarlierPhase({}, None, "")


class Told(NamedTuple):
    """The events, each with its time; the state after them; what could not be kept as it was."""

    events: tuple[tuple[Event, float], ...]
    state: State
    findings: tuple[Finding, ...]


def options_of(earlier: Earlier, workflow: Workflow) -> tuple[JsonObject, tuple[Finding, ...]]:
    """Give the options of the imported session, with what is kept aside in them."""
    span = _Span.of(earlier, workflow)
    numbers = (phase.number for phase in workflow.phases)
    told = frozenset(number for number in numbers if number in earlier.completed and span.holds(number))
    aside = aside_of(earlier, told)
    if not aside:
        return earlier.options, ()
    if len(orjson.dumps(aside)) > MAX_ASIDE:
        names = ", ".join(sorted(aside))
        return earlier.options, (_finding("earlier-dropped", f"too large to be kept aside: {names}"),)
    return {**earlier.options, ASIDE: aside}, ()


def tell(earlier: Earlier, start: StartSession, workflow: Workflow) -> Told:
    """Tell a session as a log of `workflow`, the document it is pinned to from now on."""
    telling = _Telling(earlier, workflow, start)
    telling.phases()
    telling.ending()
    telling.leftovers()
    return Told(tuple(telling.events), telling.state, tuple(telling.findings))


class _Span(NamedTuple):
    """Which phases lie behind the session: all of them, or those before `until`."""

    is_complete: bool
    until: int

    @classmethod
    def of(cls, earlier: Earlier, workflow: Workflow) -> "_Span":
        """Tell it of a session and the workflow it is told in."""
        last = workflow.phases[-1].number
        return cls(earlier.status == "completed" or _is_past(earlier, last), min(earlier.current_phase, last))

    def holds(self, number: int) -> bool:
        """Whether a phase lies behind the session."""
        return self.is_complete or number < self.until


class _Telling:
    """The log so far."""

    def __init__(self, earlier: Earlier, workflow: Workflow, start: StartSession) -> None:
        self.events: list[tuple[Event, float]] = []
        self.findings: list[Finding] = []
        self._earlier = earlier
        self._workflow = workflow
        self._at = earlier.created_at
        self._told: set[EarlierError] = set()
        first = SessionStarted(start.session_id, workflow.id, *start[1:8], children=start.children)
        self.state = evolve(None, first, self._at)
        self.events.append((first, self._at))
        self._add(*self._following(()))
        self._span = _Span.of(earlier, workflow)

    def phases(self) -> None:
        """Go through the phases up to the current one."""
        while self.state.status is not Status.COMPLETED and self._span.holds(self.state.phase):
            number = self.state.phase
            self._errors(number)
            if number in self._earlier.completed:
                self._complete(number)
            else:
                self._skip(number)

    def ending(self) -> None:
        """Say how the session stands at the end."""
        earlier, status = self._earlier, self._earlier.status
        if self.state.status is Status.COMPLETED:
            return
        number = self.state.phase
        self._errors(number)
        if number != earlier.current_phase:
            self._note("earlier-phase", f"phase {earlier.current_phase} is not in the workflow; {number} is open")
        checkpoint = earlier.phases.get(number, _NOTHING).checkpoint
        if status == "failed" or checkpoint == "failed":
            self._move(earlier.updated_at)
            self._add(self._refused(number, "It failed in the earlier tool", failed=status == "failed"))
        elif status == "paused" or earlier.paused_at is not None:
            self._pause(earlier.paused_at, earlier.note)
        elif status not in OPEN:
            self._pause(None, f"It was {status} in the earlier tool")
            self._note("earlier-status", f"the status {status!r} has no match; the session is paused")

    def leftovers(self) -> None:
        """Name what had no place."""
        reached = {phase.number for phase in self.state.phases if phase.evidence is not None}
        lost = sorted(self._earlier.completed - reached - set(self.state.skipped))
        if lost:
            numbers = ", ".join(map(str, lost))
            self._note("earlier-phase", f"completed phases beyond the current one, or not in the workflow: {numbers}")
        unplaced = len(set(self._earlier.errors) - self._told)
        if unplaced:
            self._note("earlier-error", f"{unplaced} errors of phases that were not reached are only kept aside")

    def _complete(self, number: int) -> None:
        """Complete a phase with its evidence, at its time."""
        known = self._earlier.phases.get(number, _NOTHING)
        if known.completed_at is None:
            self._note("earlier-time", f"phase {number}: when it was completed is not known; the time before it stands")
        else:
            self._move(known.completed_at)
        judged = judge_gate(phase_of(self._workflow, number).gate, known.evidence, strict_gates=False)
        completed = PhaseCompleted(
            number=number,
            key=keys.gate(number),
            digest=digest(known.evidence),
            evidence=known.evidence,
            context={},
            findings=(*judged.gate, *judged.findings),
            unreported=unreported(self.state, self._workflow),
            approval=None,
            settled=1,
        )
        self._follow(self._following((completed,)))

    def _skip(self, number: int) -> None:
        """Pass over a phase that was not completed."""
        if self._earlier.phases.get(number, _NOTHING).checkpoint != "skipped":
            self._note("earlier-phase", f"phase {number} was passed without being completed; it counts as skipped")
        self._follow(self._following((PhaseSkipped(number),)))

    def _following(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """Give events, and what follows them."""
        draft = Draft(self.state, self._workflow, self._at, Policy(strict_gates=False, verified=False))
        for event in events:
            draft.add(event)
        go_on(draft)
        return draft.finish()

    def _follow(self, following: tuple[Event, ...]) -> None:
        """Add the end of a phase and what follows; the end of the session has a time of its own."""
        for event in following:
            if isinstance(event, SessionCompleted):
                ended = self._earlier.completed_at
                self._move(self._earlier.updated_at if ended is None else ended)
            self._add(event)

    def _errors(self, number: int) -> None:
        """Add the errors of the open phase as failed attempts."""
        for error in self._earlier.errors:
            if error.phase == number and error not in self._told:
                self._told.add(error)
                self._move(self._at if error.at is None else error.at)
                self._add(self._refused(number, error.message, failed=False))

    def _refused(self, number: int, message: str, *, failed: bool) -> GateRefused:
        issue = Issue("", message, "what the earlier tool asked for", "not kept")
        return GateRefused(keys.gate(number), number, digest(message), {}, (issue,), failed)

    def _pause(self, at: float | None, note: str) -> None:
        self._move(self._earlier.updated_at if at is None else at)
        self._add(SessionPaused(self.state.phase, note))

    def _move(self, at: float) -> None:
        """Move on in time; a log never steps back."""
        if at < self._at:
            self._note("earlier-time", "a time lies before the one it follows; the later one stands")
        self._at = max(self._at, at)

    def _add(self, *events: Event) -> None:
        for event in events:
            self.state = evolve(self.state, event, self._at)
            self.events.append((event, self._at))

    def _note(self, rule: str, message: str) -> None:
        finding = _finding(rule, message)
        if finding not in self.findings:
            self.findings.append(finding)


def _is_past(earlier: Earlier, last: int) -> bool:
    """Tell whether a position behind our last phase means the end, and not that the workflow has lost phases since."""
    if earlier.status not in OPEN or earlier.current_phase <= last:
        return False
    return last in earlier.completed or (not earlier.status and earlier.current_phase == last + 1)


def _finding(rule: str, message: str) -> Finding:
    return Finding(Severity.MAJOR, rule, message)
