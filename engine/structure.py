"""Structure: what a schema cannot say about a workflow, as findings with pointers.

Above: engine.review. Below: structure_*, names, dataflow; structure_rules lists every rule.
"""

from typing import Final

from engine.dataflow import check_dataflow
from engine.names import check_names
from engine.structure_functions import check_functions
from engine.structure_rules import Report
from engine.structure_sites import Site, sites
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
LOOP_KEYS: Final = frozenset(("loop",))
CONDITION_KEYS: Final = frozenset(("requireConfirmation", "runCondition"))
CRITERIA_KEYS: Final = frozenset(("validationCriteria",))
VARIABLE_KEYS: Final = frozenset(("produces", "requires"))
FUNCTION_KEYS: Final = frozenset(("functionCalls", "functionReferences"))
"""What each check looks at; function definitions alone break no rule."""
UNWALKABLE: Final = frozenset(("unknown-body", "circular-body", "deep-loops"))
"""Rules without which the steps have no order."""


def structure_findings(document: JsonObject) -> tuple[Finding, ...]:
    """Give every finding about the structure of a native document that the schema accepted; lines are not set.

    >>> steps = [{"id": "one", "title": "One", "prompt": "Do it."}, {"id": "one", "title": "Two", "prompt": "Again."}]
    >>> [finding.rule for finding in structure_findings({"steps": steps})]
    ['duplicate-id']
    """
    report = Report(document)
    every = sites(document)
    check_ids(every, report)
    loops = any("body" in site.step for site in every)
    if loops:
        check_bodies(every, report)
    is_walkable = not any(finding.rule in UNWALKABLE for finding in report.findings)
    telling = [site for site in every if not _is_plain(site.step)]
    if not telling:
        return tuple(report.findings)
    if loops:
        check_loops(_having(telling, LOOP_KEYS), report)
    check_reachable(_having(telling, LOOP_KEYS | CONDITION_KEYS), report)
    check_patterns(_having(telling, LOOP_KEYS | CONDITION_KEYS | CRITERIA_KEYS), report)
    check_names(_having(telling, LOOP_KEYS | VARIABLE_KEYS), report)
    if any(_has_template(site.step) for site in telling):
        check_templates(telling, report)
    if _having(telling, FUNCTION_KEYS):
        check_functions(document, telling, report)
    if is_walkable and any("requires" in site.step for site in telling):
        check_dataflow(document, report)
    return tuple(report.findings)


def _having(sites_: list[Site], keys: frozenset[str]) -> list[Site]:
    """Give the steps that have one of these keys."""
    return [site for site in sites_ if not keys.isdisjoint(site.step)]


def _is_plain(step: JsonObject) -> bool:
    """Tell whether a step has nothing any check but that of its id looks at; most steps of most documents have not.

    >>> _is_plain({"id": "one", "title": "One", "prompt": "Do."}), _is_plain({"id": "one", "prompt": "Do {{it}}."})
    (True, False)
    """
    return step.keys() <= PLAIN_KEYS and not _has_template(step)


def _has_template(step: JsonObject) -> bool:
    """Tell whether a `{{` stands in one of the texts in which it means something."""
    if "{{" in str(step.get("prompt")) or "{{" in str(step.get("agentRole")):
        return True
    guidance = step.get("guidance")
    return isinstance(guidance, list) and "{{" in "".join(map(str, guidance))
