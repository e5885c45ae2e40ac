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

PLAIN_KEYS: Final = frozenset(
    (
        "agentRole",
        "askForFiles",
        "guidance",
        "hasValidation",
        "id",
        "irreversible",
        "modelHint",
        "prompt",
        "title",
        "type",
    )
)
"""Keys of a step in which only a template could be wrong."""
FUNCTION_KEYS: Final = frozenset(("functionCalls", "functionReferences"))
"""Keys of a step that use functions; definitions alone break no rule."""
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
    loops = any("body" in site.step for site in every)
    if loops:
        check_bodies(every, report)
    is_walkable = not any(finding.rule in UNWALKABLE for finding in report.findings)
    telling = [site for site in every if not _is_plain(site.step)]
    if not telling:
        return tuple(report.findings)
    if loops:
        check_loops(telling, report)
    check_reachable(telling, report)
    check_patterns(telling, report)
    check_names(telling, report)
    check_templates(telling, report)
    if any(not site.step.keys().isdisjoint(FUNCTION_KEYS) for site in telling):
        check_functions(document, telling, report)
    if is_walkable and any("requires" in site.step for site in telling):
        check_dataflow(document, report)
    return tuple(report.findings)


def _is_plain(step: JsonObject) -> bool:
    """Tell whether a step has nothing any check but that of its id looks at; most steps of most documents have not.

    >>> _is_plain({"id": "one", "title": "One", "prompt": "Do."}), _is_plain({"id": "one", "prompt": "Do {{it}}."})
    (True, False)
    """
    if not step.keys() <= PLAIN_KEYS:
        return False
    return not any("{{" in (text if isinstance(text, str) else str(text)) for text in step.values())
