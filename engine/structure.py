"""Structure: what a schema cannot say about a workflow, as findings with pointers.

Above: engine.review. Below: structure_*, names, dataflow; structure_rules lists every rule.
"""

from typing import Final

from engine.dataflow import check_dataflow
from engine.names import check_names
from engine.structure_functions import check_functions
from engine.structure_rules import Report
from engine.structure_sites import sites
from engine.structure_steps import check_bodies, check_ids, check_loops, check_reachable
from engine.structure_texts import check_patterns, check_templates
from schema.finding import Finding
from schema.values import JsonObject

UNWALKABLE: Final = frozenset(("unknown-body", "circular-body", "deep-loops"))
"""Rules without which the steps have no order."""


def structure_findings(document: JsonObject) -> tuple[Finding, ...]:
    """Give every finding about the structure of a native document that the schema accepted; lines are not set.

    >>> steps = [{"id": "one", "title": "One", "prompt": "Do it."}, {"id": "one", "title": "Two", "prompt": "Again."}]
    >>> [finding.rule for finding in structure_findings({"steps": steps})]
    ['duplicate-id']
    """
    report = Report(document)
    every = list(sites(document))
    check_ids(every, report)
    check_bodies(every, report)
    is_walkable = not any(finding.rule in UNWALKABLE for finding in report.findings)
    check_loops(every, report)
    check_reachable(every, report)
    check_patterns(every, report)
    check_names(every, report)
    check_templates(every, report)
    check_functions(document, every, report)
    if is_walkable:
        check_dataflow(document, report)
    return tuple(report.findings)
