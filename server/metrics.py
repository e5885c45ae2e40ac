"""Counters and latencies, kept as plain numbers; Prometheus text is made only when somebody scrapes.

Above: server.observe and server.guard count, http_app serves /metrics. Below: prometheus-client, imported at the first
scrape (57 ms).
"""

from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)  # seconds


class Metrics:
    """Request counts and latencies by tool and outcome, security events by kind, for one process."""

    def __init__(self) -> None:
        """Start at zero."""
        self._latencies: dict[tuple[str, str], list[int]] = {}
        self._sums: dict[tuple[str, str], float] = {}
        self._security: dict[str, int] = {}

    def count(self, tool: str, outcome: str, seconds: float) -> None:
        """Count one request; `tool` is one of ours or "-", so the number of series stays bounded."""
        key = (tool, outcome)
        buckets = self._latencies.get(key)
        if buckets is None:
            buckets = self._latencies[key] = [0] * (len(BUCKETS) + 1)
            self._sums[key] = 0.0
        buckets[bisect_left(BUCKETS, seconds)] += 1
        self._sums[key] += seconds

    def security(self, kind: str) -> None:
        """Count one refused request by kind: origin, host, token, size, path."""
        self._security[kind] = self._security.get(kind, 0) + 1

    def text(self) -> bytes:
        """Give everything in the Prometheus text format."""
        from prometheus_client import generate_latest  # noqa: PLC0415 - late, see above
        from prometheus_client.registry import Collector, CollectorRegistry  # noqa: PLC0415 - as above

        registry = CollectorRegistry(auto_describe=False)
        registry.register(type("Snapshot", (Collector,), {"collect": lambda _: self.families()})())
        return generate_latest(registry)

    def families(self) -> "Iterator[Metric]":
        """Give the metric families as prometheus-client wants them."""
        from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily  # noqa: PLC0415 - late, see above

        latency = HistogramMetricFamily(
            "workflowlookup_request_seconds",
            "Time to answer a request, by tool and outcome.",
            labels=["tool", "outcome"],
        )
        for key, counts in self._latencies.items():
            running, buckets = 0, []
            for edge, number in zip([*map(str, BUCKETS), "+Inf"], counts, strict=True):
                running += number
                buckets.append((edge, float(running)))
            latency.add_metric(key, buckets, self._sums[key])
        yield latency
        security = CounterMetricFamily(
            "workflowlookup_refused", "Requests refused for safety, by kind.", labels=["kind"]
        )
        for kind, number in self._security.items():
            security.add_metric([kind], float(number))
        yield security
