"""Counters and latencies, kept as plain numbers; Prometheus text is made only when somebody scrapes.

Above: server.observe, server.guard and the runner (as its observer) count, http_app serves /metrics. Below: latencies;
prometheus-client, imported at the first scrape (57 ms).
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from engine.sessions.change_family import SessionCancelled, SessionRetried, StepSkipped
from engine.sessions.effect_family import EffectFinished
from engine.sessions.events import Event
from engine.sessions.flow_family import SessionFailed, SessionTimedOut, StepFailed
from engine.sessions.nested_events import within
from engine.sessions.phase_family import GateRefused, PhaseCompleted
from engine.sessions.session_family import RolledBack, SessionCompleted, SessionStarted
from engine.sessions.step_family import StepRefused, StepReported
from engine.sessions.task_family import TaskEnded, TaskReturned
from server.latencies import Latencies

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

MAX_WORKFLOWS: Final = 200  # workflows with series of their own; series cost memory here and in whatever scrapes
OTHERS: Final = "(others)"  # the label of all further ones
SESSION_EVENTS: Final[Mapping[type, str]] = {
    SessionStarted: "started",
    SessionCompleted: "completed",
    RolledBack: "rolled_back",
    StepReported: "step_accepted",
    StepRefused: "step_refused",
    SessionFailed: "failed",
    SessionTimedOut: "timed_out",
    SessionCancelled: "cancelled",
    SessionRetried: "retried",
    StepSkipped: "step_skipped",
    TaskReturned: "task_returned",
    EffectFinished: "command",
}
OF_SESSIONS: Final = frozenset(("completed", "failed", "timed_out", "cancelled", "retried"))
FINISHED_WELL: Final = "completed"
FINISHED_BADLY: Final = ("failed", "cancelled", "timed_out")
ACTIVE: Final = ("running", "waiting")
Counts = Callable[[], Awaitable[Mapping[str, int]]]


class Metrics:
    """What one process did: requests by tool, actions, sessions and gates by workflow, security events by kind."""

    def __init__(self) -> None:
        """Start at zero; nothing is known of the store before `watch`."""
        self._requests = Latencies(
            "workflowlookup_request_seconds", "Time to answer a request, by tool and outcome.", ("tool", "outcome")
        )
        self._actions = Latencies(
            "workflowlookup_action_seconds",
            "Time to answer an action of a tool that has several.",
            ("tool", "action", "outcome"),
        )
        self._security: Counter[tuple[str, ...]] = Counter()
        self._events: Counter[tuple[str, ...]] = Counter()
        self._gates: Counter[tuple[str, ...]] = Counter()
        self._failures: Counter[tuple[str, ...]] = Counter()
        self._pruned: Counter[tuple[str, ...]] = Counter()
        self._workflows: set[str] = set()
        self._stored: Mapping[str, int] = {}
        self._counts: Counts | None = None

    def count(self, tool: str, outcome: str, seconds: float) -> None:
        """Count one request; `tool` is one of ours or "-", so the number of series stays bounded."""
        self._requests.count((tool, outcome), seconds)

    def action(self, tool: str, action: str, outcome: str, seconds: float) -> None:
        """Count one call of a tool that has several actions; `action` is one of its own or "-"."""
        self._actions.count((tool, action, outcome), seconds)

    def security(self, kind: str) -> None:
        """Count one refused request by kind: origin, host, token, size, path."""
        self._security[kind,] += 1

    def recorded(self, workflow_id: str, events: tuple[Event, ...]) -> None:
        """Count what was appended to a session of that workflow."""
        workflow = self._label(workflow_id)
        for stored in events:
            run, event = within(stored)
            name = _name_of(event, run)
            if name is not None:
                self._events[workflow, name] += 1
            if isinstance(event, StepFailed):
                self._failures[workflow, event.strategy] += 1
            outcome = _gate_outcome(event)
            if outcome is not None:
                self._gates[workflow, outcome] += 1
            if isinstance(event, GateRefused) and event.failed:
                self._events[workflow, "failed"] += 1

    def pruned(self, how: str, sessions: int) -> None:
        """Count sessions that retention removed: `how` is deleted or archived."""
        self._pruned[how,] += sessions

    def watch(self, counts: Counts) -> None:
        """Take what counts the sessions in the store by status; it is asked at each scrape."""
        self._counts = counts

    async def refresh(self) -> None:
        """Ask the store how many sessions there are; where it cannot tell, their gauges are left out."""
        from engine.errors import StoreError  # noqa: PLC0415 - as below, only for a scrape

        try:
            self._stored = await self._counts() if self._counts is not None else {}
        except StoreError:
            self._stored = {}

    def text(self) -> bytes:
        """Give everything in the Prometheus text format."""
        from prometheus_client import ProcessCollector, generate_latest  # noqa: PLC0415 - late, see above
        from prometheus_client.registry import Collector, CollectorRegistry  # noqa: PLC0415 - as above

        registry = CollectorRegistry(auto_describe=False)
        registry.register(type("Snapshot", (Collector,), {"collect": lambda _: self.families()})())
        ProcessCollector(registry=registry)
        return generate_latest(registry)

    def families(self) -> "Iterator[Metric]":
        """Give the metric families as prometheus-client wants them."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415 - late, see above

        yield self._requests.family()
        yield self._actions.family()
        for name, text, labels, numbers in (
            ("refused", "Requests refused for safety, by kind.", ("kind",), self._security),
            ("session_events", "What happened to sessions, by workflow.", ("workflow", "event"), self._events),
            ("gates", "Evidence judged by gates, by workflow.", ("workflow", "outcome"), self._gates),
            (
                "step_failures",
                "Steps that failed, by workflow and what followed: fail, continue, retry or fallback.",
                ("workflow", "strategy"),
                self._failures,
            ),
            ("retention", "Finished sessions removed by retention.", ("how",), self._pruned),
        ):
            counter = CounterMetricFamily(f"workflowlookup_{name}", text, labels=labels)
            for key, number in numbers.items():
                counter.add_metric(key, float(number))
            yield counter
        sessions = GaugeMetricFamily("workflowlookup_sessions", "Sessions in the store, by status.", labels=("status",))
        for status, number in self._stored.items():
            sessions.add_metric((status,), float(number))
        yield sessions
        active = sum(self._stored.get(status, 0) for status in ACTIVE)
        yield GaugeMetricFamily("workflowlookup_active_sessions", "Sessions running or waiting.", value=float(active))
        finished = self._stored.get(FINISHED_WELL, 0)
        ended = finished + sum(self._stored.get(status, 0) for status in FINISHED_BADLY)
        if ended:
            ratio = finished / ended
            text = "Completed sessions among the ended ones in the store."
            yield GaugeMetricFamily("workflowlookup_session_completion_ratio", text, value=ratio)

    def _label(self, workflow_id: str) -> str:
        if workflow_id in self._workflows:
            return workflow_id
        if len(self._workflows) >= MAX_WORKFLOWS:
            return OTHERS
        self._workflows.add(workflow_id)
        return workflow_id


def _name_of(event: Event, run: str) -> str | None:
    """Name what happened to a session; what ends a run inside it ends a task or child, not the session."""
    if isinstance(event, TaskEnded):
        return "task_completed" if event.error is None else "task_failed"
    name = SESSION_EVENTS.get(type(event))
    return None if run and name in OF_SESSIONS else name


def _gate_outcome(event: Event) -> str | None:
    """Tell how a gate judged, None where the event is no gate's."""
    if isinstance(event, GateRefused):
        return "failed"
    if isinstance(event, PhaseCompleted) or (isinstance(event, StepReported) and event.evidence is not None):
        return "overridden" if event.approval is not None and event.approval.decision == "override" else "passed"
    return None
