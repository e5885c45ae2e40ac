"""One family of latencies by labels, kept as plain numbers in buckets.

Above: server.metrics. Below: prometheus-client, only to show them.
"""

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client.metrics_core import HistogramMetricFamily

BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)  # seconds


class Latencies:
    """How often something took how long, by label values."""

    def __init__(self, name: str, description: str, labels: tuple[str, ...]) -> None:
        """Take the family's name, its help text and the names of its labels."""
        self._name = name
        self._description = description
        self._labels = labels
        self._counts: dict[tuple[str, ...], list[int]] = {}
        self._sums: dict[tuple[str, ...], float] = {}

    def count(self, key: tuple[str, ...], seconds: float) -> None:
        """Count one; `key` are the values of the labels, bounded in number by whoever calls."""
        buckets = self._counts.get(key)
        if buckets is None:
            buckets = self._counts[key] = [0] * (len(BUCKETS) + 1)
            self._sums[key] = 0.0
        buckets[bisect_left(BUCKETS, seconds)] += 1
        self._sums[key] += seconds

    def family(self) -> "HistogramMetricFamily":
        """Give the family as prometheus-client wants it."""
        from prometheus_client.core import HistogramMetricFamily  # noqa: PLC0415 - 57 ms, only for a scrape

        family = HistogramMetricFamily(self._name, self._description, labels=self._labels)
        for key, counts in self._counts.items():
            running, buckets = 0, []
            for edge, number in zip([*map(str, BUCKETS), "+Inf"], counts, strict=True):
                running += number
                buckets.append((edge, float(running)))
            family.add_metric(key, buckets, self._sums[key])
        return family
