"""Metrics: what was counted is what Prometheus reads."""

from server.metrics import Metrics


def test_requests_are_counted_into_cumulative_buckets_by_tool_and_outcome() -> None:
    metrics = Metrics()
    for seconds in (0.0001, 0.003, 0.003, 7.0):
        metrics.count("workflow_next", "ok", seconds)
    metrics.count("-", "-32601", 0.0)
    text = metrics.text().decode()
    name = "workflowlookup_request_seconds"
    assert f'{name}_bucket{{le="0.0005",outcome="ok",tool="workflow_next"}} 1.0' in text
    assert f'{name}_bucket{{le="0.005",outcome="ok",tool="workflow_next"}} 3.0' in text
    assert f'{name}_bucket{{le="5.0",outcome="ok",tool="workflow_next"}} 3.0' in text
    assert f'{name}_bucket{{le="+Inf",outcome="ok",tool="workflow_next"}} 4.0' in text
    assert f'{name}_count{{outcome="-32601",tool="-"}} 1.0' in text


def test_refused_requests_are_counted_by_kind() -> None:
    metrics = Metrics()
    metrics.security("origin")
    metrics.security("origin")
    assert 'workflowlookup_refused_total{kind="origin"} 2.0' in metrics.text().decode()
