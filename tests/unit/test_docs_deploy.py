"""The deployment files: every metric and label they name is in a real scrape; thresholds are the agreed ones."""

import asyncio
import json
import re
from typing import Final

import pytest

from engine.sessions.session_family import SessionCompleted
from engine.sessions.step_family import StepReported
from schema.source import Syntax, read
from schema.values import Json
from server.metrics import Metrics
from tests.unit.tidy.sources import ROOT

DEPLOY: Final = ROOT / "spec" / "deploy"
SELECTOR: Final = re.compile(r"\b((?:workflowlookup|process)_[a-z_]+|up)\b(?:\{([^}]*)\})?")
LABEL: Final = re.compile(r"([a-z]+)(?:=~|!=|!~|=)\"[^\"]*\"")
OF_PROMETHEUS: Final = {"instance", "job", "le"}
THRESHOLDS: Final = {
    "WorkflowLookupSlowResponse": 1.0,
    "WorkflowLookupSlowList": 0.2,
    "WorkflowLookupSlowSessionList": 0.2,
    "WorkflowLookupErrors": 0.05,
    "WorkflowLookupMemory": 100e6,
}


async def counts() -> dict[str, int]:
    return {"running": 1, "completed": 1}


@pytest.fixture(scope="module")
def scraped() -> dict[str, set[str]]:
    """Give the label names of every series a scrape has, by the series' name."""
    metrics = Metrics()
    metrics.count("workflow_list", "ok", 0.001)
    metrics.action("aos_workflow", "list_sessions", "ok", 0.001)
    metrics.security("origin")
    metrics.pruned("pruned", 1)
    metrics.recorded("flow", (StepReported("a", "d", None, {"x": 1}, {}, (), None, None, 1), SessionCompleted(())))
    metrics.watch(counts)
    asyncio.run(metrics.refresh())
    found: dict[str, set[str]] = {"up": set()}
    for line in metrics.text().decode().splitlines():
        match = re.match(r"(\w+)(?:\{(.*)\})? ", line)
        if match and not line.startswith("#"):
            found.setdefault(match[1], set()).update(re.findall(r'(\w+)="', match[2] or ""))
    return found


def rules() -> list[dict[str, Json]]:
    parsed = read((DEPLOY / "alerts.yaml").read_text(encoding="utf-8"), Syntax.YAML)
    assert not parsed.findings
    document = parsed.documents[0].value
    assert isinstance(document, dict)
    groups = document["groups"]
    assert isinstance(groups, list)
    found = [rule for group in groups if isinstance(group, dict) for rule in as_list(group["rules"])]
    return [rule for rule in found if isinstance(rule, dict)]


def as_list(value: Json) -> list[Json]:
    assert isinstance(value, list)
    return value


def check(expression: str, scraped: dict[str, set[str]]) -> None:
    """Hold every selector of an expression against the scrape."""
    selectors = SELECTOR.findall(expression)
    assert selectors, expression
    for name, matchers in selectors:
        assert name in scraped, f"{name} is no metric of ours"
        assert set(LABEL.findall(matchers)) <= scraped[name] | OF_PROMETHEUS, expression
    grouped = {label.strip() for each in re.findall(r"by \(([^)]*)\)", expression) for label in each.split(",")}
    assert grouped <= OF_PROMETHEUS.union(*(scraped[name] for name, _ in selectors)), expression
    assert expression.count("(") == expression.count(")")


@pytest.mark.requirement("OPS-1")
@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_looks_at_series_there_are_and_says_what_to_do(
    rule: dict[str, Json], scraped: dict[str, set[str]]
) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    check(str(rule["expr"]), scraped)
    assert re.fullmatch(r"\d+[smh]", str(rule["for"]))
    annotations = rule["annotations"]
    assert isinstance(annotations, dict)
    assert set(annotations) == {"summary", "description"}
    name = str(rule["alert"])
    if name in THRESHOLDS:
        assert float(str(rule["expr"]).rpartition(">")[2]) == THRESHOLDS[name]


def test_every_agreed_alert_is_there() -> None:
    assert set(THRESHOLDS) <= {str(rule["alert"]) for rule in rules()}


def test_the_dashboard_draws_series_there_are(scraped: dict[str, set[str]]) -> None:
    dashboard = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))
    targets = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(targets) >= len(dashboard["panels"]) > 0
    for expression in targets:
        check(expression, scraped)
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))


def test_a_check_that_finds_a_wrong_name_fails(scraped: dict[str, set[str]]) -> None:
    with pytest.raises(AssertionError, match="no metric of ours"):
        check("rate(workflowlookup_requests_total[5m]) > 1", scraped)
    with pytest.raises(AssertionError):
        check('workflowlookup_sessions{tool="x"} > 1', scraped)
