"""What holds for every document in phases: it is checked, built and walked like the same steps without phases."""

import pytest
from hypothesis import given, settings

from engine.build import build
from engine.review import review
from schema.values import JsonObject
from tests.unit.engine.any_flow import Twins, contexts, twins
from tests.unit.engine.flows import walked
from tests.unit.engine.test_walk_properties import MOST


@pytest.mark.requirement("LANG-4")
@settings(max_examples=150, deadline=None)
@given(twins(), contexts)
def test_phases_change_nothing_about_the_walk(both: Twins, context: JsonObject) -> None:
    flat, phased = walked(build(both.flat), context, MOST), walked(build(both.phased), context, MOST)
    assert phased.keys == flat.keys
    assert (phased.last.is_complete, phased.last.gaps) == (flat.last.is_complete, flat.last.gaps)
    assert phased.last.warnings == flat.last.warnings


@settings(max_examples=100, deadline=None)
@given(twins())
def test_phases_cover_the_same_steps_at_the_same_places(both: Twins) -> None:
    flat, phased = build(both.flat), build(both.phased)
    assert phased.steps == flat.steps
    assert phased.places == flat.places
    assert phased.phases[0].first == 0
    assert phased.phases[-1].end == len(phased.steps)
    for before, after in zip(phased.phases, phased.phases[1:], strict=False):
        assert (after.first, after.number) == (before.end, before.number + 1)


@settings(max_examples=100, deadline=None)
@given(twins())
def test_phases_neither_add_nor_hide_a_finding(both: Twins) -> None:
    flat, phased = review(both.flat), review(both.phased)
    assert phased.is_valid
    assert [(each.rule, each.severity, each.message) for each in phased.findings] == [
        (each.rule, each.severity, each.message) for each in flat.findings
    ]
