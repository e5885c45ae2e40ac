"""Metrics: what was counted is what Prometheus reads."""

import pytest

from engine.errors import StoreError
from engine.sessions.model import Approval
from engine.sessions.phase_family import GateRefused, PhaseCompleted
from engine.sessions.session_family import SessionCompleted
from engine.sessions.step_family import StepReported
from schema.values import JsonObject
from server.metrics import MAX_WORKFLOWS, OTHERS, Metrics
from tests.unit.engine.flows import document, prompt
from tests.unit.tools.criteria import Driven


def passed(approval: Approval | None = None) -> PhaseCompleted:
    return PhaseCompleted(1, "gate:1", "d", {}, {}, (), (), approval, 1)


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


def test_what_is_appended_to_sessions_is_counted_by_workflow() -> None:
    metrics = Metrics()
    refused = GateRefused("gate:1", 1, "d", {}, (), failed=True)
    overridden = passed(Approval("override", "known", "elicitation"))
    reported = StepReported("one", "d", None, {"ok": True}, {}, (), None, 1, 1)
    metrics.recorded("release", (passed(), refused, overridden, reported, SessionCompleted(())))
    text = metrics.text().decode()
    for outcome, number in (("passed", "2.0"), ("failed", "1.0"), ("overridden", "1.0")):
        assert f'workflowlookup_gates_total{{outcome="{outcome}",workflow="release"}} {number}' in text
    for event in ("completed", "failed", "step_accepted"):
        assert f'workflowlookup_session_events_total{{event="{event}",workflow="release"}} 1.0' in text


def test_series_are_bounded_however_many_workflows_there_are() -> None:
    metrics = Metrics()
    for number in range(MAX_WORKFLOWS + 50):
        metrics.recorded(f"flow-{number}", (SessionCompleted(()),))
    text = metrics.text().decode()
    assert f'workflowlookup_session_events_total{{event="completed",workflow="{OTHERS}"}} 50.0' in text
    assert text.count('event="completed"') == MAX_WORKFLOWS + 1


async def test_the_store_is_asked_at_each_scrape_and_left_out_where_it_cannot_tell() -> None:
    metrics = Metrics()
    answers: list[dict[str, int]] = [{"running": 2, "waiting": 1, "completed": 3, "failed": 1}]

    async def counts() -> dict[str, int]:
        if not answers:
            raise StoreError("list", "it is gone")
        return answers.pop()

    metrics.watch(counts)
    await metrics.refresh()
    text = metrics.text().decode()
    assert 'workflowlookup_sessions{status="running"} 2.0' in text
    assert "workflowlookup_active_sessions 3.0" in text
    assert "workflowlookup_session_completion_ratio 0.75" in text
    await metrics.refresh()
    assert 'workflowlookup_sessions{status="running"}' not in metrics.text().decode()


def test_actions_and_what_retention_removed_are_counted() -> None:
    metrics = Metrics()
    metrics.action("aos_workflow", "start", "ok", 0.01)
    metrics.pruned("archived", 3)
    text = metrics.text().decode()
    assert 'workflowlookup_action_seconds_count{action="start",outcome="ok",tool="aos_workflow"} 1.0' in text
    assert 'workflowlookup_retention_total{how="archived"} 3.0' in text
    assert "process_resident_memory_bytes" in text


@pytest.mark.requirement("AC-EHV-022")
@pytest.mark.requirement("AC-EHV-023")
async def test_what_failed_in_sessions_and_what_followed_is_counted_by_workflow() -> None:
    metrics = Metrics()
    retry: JsonObject = {"strategy": "retry", "maxRetries": 1, "backoff": {"initial": 5}}
    call: JsonObject = {"id": "pay", "type": "call", "tool": "bank.pay", "onError": retry}
    driven = Driven(document(call, prompt("end"), state={}), observer=metrics)
    await driven.start()
    await driven.report("pay", {"error": "no"})
    await driven.later(5)
    await driven.report("pay+1", {"error": "no"})
    await driven.do("retry")
    await driven.report("pay+2", {"id": 1})
    await driven.report("end")
    text = metrics.text().decode()
    for strategy in ("retry", "fail"):
        assert f'workflowlookup_step_failures_total{{strategy="{strategy}",workflow="flow"}} 1.0' in text
    for event in ("failed", "retried", "completed"):
        assert f'workflowlookup_session_events_total{{event="{event}",workflow="flow"}} 1.0' in text
