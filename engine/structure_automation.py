"""Structure of documents of the automation language: all that can be told before a session begins.

Above: engine.structure. Below: structure_readings, structure_references, structure_updates, structure_flow,
structure_values, structure_plain, structure_computed, names.
"""

from itertools import chain

from engine.names import check_declared
from engine.structure_computed import check_computed
from engine.structure_flow import check_flow
from engine.structure_frames import frames
from engine.structure_plain import check_plain
from engine.structure_readings import of_document, of_site
from engine.structure_references import check_references
from engine.structure_rules import Report
from engine.structure_sites import Site
from engine.structure_updates import check_updates
from engine.structure_values import check_numbers, check_values
from schema.values import JsonObject


def check_automation(document: JsonObject, sites: list[Site], report: Report) -> None:
    """Report everything that is wrong with a document that uses automation keys."""
    known = frames(document, sites)
    readings = chain(of_document(document, known), *(of_site(site, known) for site in sites))
    check_references(readings, known, report)
    check_updates(sites, known, report)
    check_flow(document, sites, report)
    check_values(document, sites, report)
    check_numbers(document, report)
    check_plain(document, sites, report)
    check_computed(document, report)
    check_declared(document, sites, report)
