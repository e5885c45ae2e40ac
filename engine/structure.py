"""Structure: what a schema cannot say about a workflow, as findings with pointers.

Above: engine.review. Below: structure_*, names, dataflow; structure_rules lists every rule.
"""

from typing import Final

from engine.automation_use import uses_automation
from engine.dataflow import check_dataflow
from engine.names import check_names
from engine.structure_automation import check_automation
from engine.structure_functions import check_functions
from engine.structure_gates import check_gates
from engine.structure_quick import PLAIN_KEYS, has_template, is_plainly_sound
from engine.structure_rules import Report
from engine.structure_sites import Site, mappings, sites
from engine.structure_steps import check_bodies, check_ids, check_loops, check_passes, check_phases, check_reachable
from engine.structure_texts import check_condition_names, check_patterns, check_templates
from schema.finding import Finding
from schema.values import JsonObject

LOOP_KEYS: Final = frozenset(("loop",))
CONDITION_KEYS: Final = frozenset(("requireConfirmation", "runCondition"))
TEST_KEYS: Final = frozenset(("cases", "condition", "fields"))
CRITERIA_KEYS: Final = frozenset(("validationCriteria",))
VARIABLE_KEYS: Final = frozenset(("produces", "requires"))
GATE_KEYS: Final = frozenset(("evidence",))
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
    if is_plainly_sound(document):
        return ()
    report = Report(document)
    every = sites(document)
    check_ids(every, report)
    check_phases(mappings(document.get("phases")), report)
    loops = [site for site in every if "body" in site.step]
    if loops:
        check_bodies(every, report)
    is_walkable = UNWALKABLE.isdisjoint(report.broken)
    templated = [site for site in every if has_template(site.step)]
    telling = [site for site in every if not site.step.keys() <= PLAIN_KEYS]
    check_loops(loops, report)
    check_reachable(_having(telling, LOOP_KEYS | CONDITION_KEYS), report)
    check_patterns(_having(telling, LOOP_KEYS | CONDITION_KEYS | CRITERIA_KEYS | TEST_KEYS), report)
    check_names(_having(telling, LOOP_KEYS | VARIABLE_KEYS), report)
    if uses_automation(document):
        check_automation(document, every, report)
    else:
        check_passes(loops, report)
        check_condition_names(telling, report)
        if templated:
            check_templates(telling, templated, report)
    if _having(telling, FUNCTION_KEYS):
        check_functions(document, telling, report)
    check_gates(document, _having(telling, GATE_KEYS), report)
    if is_walkable and any("requires" in site.step for site in telling):
        check_dataflow(document, report)
    return tuple(report.findings)


def _having(sites_: list[Site], keys: frozenset[str]) -> list[Site]:
    """Give the steps that have one of these keys."""
    return [site for site in sites_ if not keys.isdisjoint(site.step)]
