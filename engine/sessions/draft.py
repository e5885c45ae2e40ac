"""A draft of what is decided: each event is folded at once, so that what is decided next sees what it changed.

Above: every decision. Below: evolve, nesting, model. A nested run has a draft of its own, whose events are those of the
draft around it, wrapped in `Inside`. Nothing is stored before the whole draft is.
"""

from typing import Final, cast

from engine.budget import Budget
from engine.definition import Workflow
from engine.sessions import records
from engine.sessions.change_family import StepSkipped
from engine.sessions.events import Event
from engine.sessions.evolve import evolve
from engine.sessions.model import Reported, State
from engine.sessions.nested_events import unwrapped, wrapped
from engine.sessions.nesting import inner_view, split
from engine.sessions.phase_family import PhaseCompleted
from engine.sessions.refusals import Policy
from engine.sessions.scoping import scope_at, scope_outside
from engine.sessions.session_family import RolledBack, SessionStarted
from engine.sessions.step_family import StepRefused, StepReported, VariablesGiven
from engine.sessions.task_family import Inside
from engine.sessions.way_family import ConditionDecided
from engine.variables import Scope
from schema.values import JsonObject

MAX_SERVED: Final = 10_000
"""Steps the server carries out itself in one call; beyond, the session fails with a diagnosis."""
MAX_PASSES: Final = 2 * MAX_SERVED
"""Loop passes entered in one call of a session that walks on by itself: a pass may have no step to carry out."""
MAX_WORK: Final = 4_000_000
"""Units of work in such a call, as engine.budget counts them: a few seconds at most."""


class Drafted(tuple[Event, ...]):  # noqa: SLOT001 - a tuple has no slots to add
    """Events that were decided, in order; `after` is the state they lead to, None where they are to be folded."""

    after: State | None = None


class Draft:
    """Events being decided on a run, and its state with them.

    `outer`: the draft of the run around it, None for the session's own; `run`: its id there. `work` counts the steps
    the server carried out in the whole call (of the root). `warnings` wait for what is handed out next. `tests`: by a
    loop's key what its test was decided on last. `walks`: somebody is going on with it, so that nobody else need.
    `room`: characters the state may grow by before it is measured again. `at`: key of the step that is carried out,
    before the state knows of it.
    """

    def __init__(self, state: State, workflow: Workflow, now: float, policy: Policy) -> None:
        """`now`: seconds since 1970, the session's clock for all that is decided here."""
        self.state = state
        self.workflow = workflow
        self.now = now
        self.policy = policy
        self.events: list[Event] = []
        self.outer: Draft | None = None
        self.run = ""
        self.work = 0
        self.walks = False
        self.room = 0
        self.at = ""
        self.warnings: list[str] = []
        self.tests: dict[str, ConditionDecided] = {}
        self._budget: Budget | None = None
        self._report: int | None = None
        self._reported_in = 0
        self._completes: int | None = None

    @classmethod
    def begun(cls, started: SessionStarted, workflow: Workflow, now: float, policy: Policy) -> "Draft":
        """Give the draft of a session that begins."""
        draft = cls(evolve(None, started, now), workflow, now, policy)
        draft.events.append(started)
        return draft

    @property
    def root(self) -> "Draft":
        """The draft of the session's own run."""
        return self if self.outer is None else self.outer.root

    def inner(self, run: str) -> "Draft":
        """Give the draft of a run inside this one, by its path; LookupError where there is none."""
        first, rest = split(run)
        inner = Draft(*inner_view(self.state, self.workflow, first), self.now, self.policy)
        inner.outer = self
        inner.run = first
        return inner.inner(rest) if rest else inner

    def add(self, event: Event) -> None:
        """Decide on one more event."""
        if self.outer is not None:
            self.outer.add(wrapped(self.run, event))
            self.state = self.outer.state.nested[self.run].state._replace(outside=self.state.outside)
            return
        if type(event) in _CLOSING:
            self._report = len(self.events)
        self.events.append(event)
        self.state = evolve(self.state, event, self.now)
        if self._report == len(self.events) - 1:
            self._reported_in = self.state.phases[-1].number if self.state.phases else 0

    def scope(self) -> Scope:
        """Give the names in force at the step that is carried out or the position, with the budget of the call."""
        outside = scope_outside(self.state, self.workflow, self.now, self.budget)
        return scope_at(self.at or self.state.position, self.state, self.workflow, outside)

    def scope_with(self, context: JsonObject) -> Scope:
        """Give the names in force at the position with more variables."""
        scope = self.scope()
        return scope.with_state({**self.state.variables, **context}) if context else scope

    @property
    def budget(self) -> Budget | None:
        """What the call may still do; None: each look has a budget of its own, as nothing goes on by itself."""
        if self.workflow.automation is None:
            return None
        root = self.root
        if root._budget is None:  # noqa: SLF001 - the same class
            root._budget = Budget()  # noqa: SLF001 - the same class
            root._budget.allow(MAX_PASSES, MAX_WORK)  # noqa: SLF001 - the same class
        return root._budget  # noqa: SLF001 - the same class

    def told(self) -> tuple[str, ...]:
        """Give the warnings that wait, to be told with what is handed out now."""
        warnings = tuple(self.warnings)
        self.warnings.clear()
        return warnings

    def complete(self, phase: int) -> None:
        """Note that the phase is complete by the report this draft began with, if it did, as no gate decides."""
        if self._report is None or self._completes is not None or phase != self._reported_in:
            return
        event = self.events[self._report]
        shown = event.evidence or {} if isinstance(event, StepReported) else {}
        findings = event.findings if isinstance(event, StepReported) else ()
        self._completes = phase
        self.state = records.completed(self.state, shown, findings, (), self.now)

    def finish(self) -> Drafted:
        """Give the events; those that carry an answer to be given again know the version it is rendered at."""
        version, events = self.state.version, self.events
        if self._completes is not None and self._report is not None:
            closing = cast("StepReported", events[self._report])
            events[self._report] = closing._replace(completes=self._completes)
        finished = Drafted([_settled(each, version) if type(each) in _SETTLED else each for each in events])
        kinds = {type(each) for each in events}
        if not kinds.isdisjoint(_FOLDED):
            return finished
        if not kinds.isdisjoint(_ANSWERED):
            known = cast("dict[str, Reported]", self.state.reports)  # the evolve of the report has just made it
            for event in finished:
                if isinstance(event, _ANSWERED) and event.settled and known[event.key].digest == event.digest:
                    known[event.key] = Reported(event.digest, version, known[event.key].at, known[event.key].line)
        finished.after = self.state
        return finished


_FOLDED: Final = frozenset((Inside, RolledBack))
"""Events behind which the state is not patched but folded anew."""
_CLOSING: Final = frozenset((StepReported, VariablesGiven, StepSkipped))
"""What may complete a phase that has no gate of its own."""


_ANSWERED: Final = (StepReported, VariablesGiven, PhaseCompleted, StepRefused)
"""What the same report again is answered by."""
_SETTLED: Final = frozenset((*_ANSWERED, Inside))
"""What may carry the version it is answered at."""
_WRAPPED: Final = frozenset((Inside.__name__, *(kind.__name__ for kind in _ANSWERED)))


def _settled(event: Event, version: int) -> Event:
    if isinstance(event, _ANSWERED):
        return event._replace(settled=version) if event.settled else event
    if isinstance(event, Inside) and event.type in _WRAPPED:
        return wrapped(event.run, _settled(unwrapped(event), version))
    return event
