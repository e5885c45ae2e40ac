from engine.build import build
from schema.values import Json
from tests.unit.engine.flows import document, loop, phase, phased, prompt, times


def nested() -> list[Json]:
    failing: Json = {"then": [{"id": "sorry", "type": "message", "message": "m"}]}
    body: Json = [
        {"id": "choose", "type": "if", "cases": [{"when": "a", "then": [prompt("aaa")]}], "else": [prompt("bbb")]},
        prompt("ccc"),
    ]
    return [
        prompt("one", onError=failing),
        {"id": "two", "type": "set", "update": [{"path": "a", "value": 1}], "onError": {"then": [prompt("oops")]}},
        loop("rep", times(2), body),
        {"id": "bye", "type": "message", "message": "m"},
    ]


def test_indexes_count_on_through_branches_and_begin_anew_in_loops() -> None:
    places = build(document(*nested())).places
    assert {name: place.indexes for name, place in places.items()} == {
        "one": (0,),
        "sorry": (1,),
        "two": (2,),
        "oops": (3,),
        "rep": (4,),
        "choose": (4, 0),
        "aaa": (4, 1),
        "bbb": (4, 2),
        "ccc": (4, 3),
        "bye": (5,),
    }


def test_levels_are_the_sequences_on_the_way() -> None:
    places = build(document(*nested())).places
    way = {
        name: [(level.owner and level.owner.id, level.branch, level.at) for level in place.levels]
        for name, place in places.items()
    }
    assert way["sorry"] == [(None, 0, 0), ("one", 0, 0)]
    assert way["oops"] == [(None, 0, 1), ("two", 0, 0)]
    assert way["bbb"] == [(None, 0, 2), ("rep", 0, 0), ("choose", 1, 0)]
    assert way["ccc"] == [(None, 0, 2), ("rep", 0, 1)]
    assert way["bye"] == [(None, 0, 3)]
    for place in places.values():
        last = place.levels[-1]
        assert last.steps[last.at] is place.step


def test_phases_may_hold_every_kind_of_step() -> None:
    workflow = build(phased(phase(1, *nested()), phase(2, prompt("end")), state={}))
    assert [(each.first, each.end) for each in workflow.phases] == [(0, 4), (4, 5)]
    assert workflow.places["end"].indexes == (6,)
    assert workflow.automation is not None
