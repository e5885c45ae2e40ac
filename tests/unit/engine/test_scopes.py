import pytest

from engine.build import build
from engine.definition import LoopStep
from engine.variables import MISSING, Found, Scope, Turn, Values, find, outermost, resolve
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, each, loop, prompt

STATE: JsonObject = {"n": 1, "shared": "state", "list": [{"a": [5]}], "text": "a😀", "none": None, "only": "state"}
VALUES = Values(
    inputs={"n": 2, "file": "a.md", "shared": "inputs"},
    computed={"total": 3, "shared": "computed"},
    outside=None,
    outputs={"build": {"ok": True}, "odd-id": 7},
    session={"id": "wf_1", "startedAt": "2024-01-01T00:00:00Z"},
    now=0.0,
)
MAIN = outermost(STATE, values=VALUES)
TASK = outermost(
    {"n": 10}, values=VALUES._replace(outside={"state": {"n": 20, "shared": "main"}, "computed": {"shared": "mainly"}})
)
BARE = outermost(STATE, values=Values({}, {}, None, {}, {}, 0.0))


def turn(number: int, item: Json, **settings: Json) -> Turn:
    step = build(document(loop("rep", each("files", **settings), [prompt("aaa")]))).steps[0]
    assert isinstance(step, LoopStep)
    return Turn(step, number, 3, item)


INSIDE = MAIN.inside(turn(1, {"path": "x"}, itemVar="file")).inside(turn(0, "inner", indexVar="n"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("state.n", 1),
        ("inputs.n", 2),
        ("computed.total", 3),
        ("this.n", 1),
        ("this.total", 3),
        ("this.shared", "computed"),
        ("this.file", MISSING),
        ("global.n", 1),
        ("global.shared", "computed"),
        ("n", 2),
        ("shared", "computed"),
        ("only", "state"),
        ("nothing", MISSING),
        ("nothing.further", MISSING),
        ("state.none", None),
        ("state.none.x", MISSING),
        ("state.list.0.a.0", 5),
        ("state.list.0.a.1", MISSING),
        ("state.list.x", MISSING),
        ("state.list.length", 1),
        ("state.text.length", 3),
        ("state.text.0", "a"),
        ("state.text.1", MISSING),
        ("state.text.3", MISSING),
        ("state.text.x", MISSING),
        ("state.n.length", MISSING),
        ("steps.build.output.ok", True),
        ("steps.odd-id.output", 7),
        ("steps.gone.output", MISSING),
        ("steps.gone", {}),
        ("steps", MISSING),
        ("session.id", "wf_1"),
        ("session", VALUES.session),
        ("inputs", VALUES.inputs),
        ("computed", VALUES.computed),
        ("state", STATE),
        ("this", {**STATE, **VALUES.computed}),
        ("loop", MISSING),
        ("loop.item", MISSING),
    ],
)
@pytest.mark.requirement("AC-SM-001")
@pytest.mark.requirement("AC-SM-005")
def test_every_name_has_one_meaning_in_the_main_run(path: str, expected: Found) -> None:
    assert find(tuple(path.split(".")), MAIN) == expected
    assert resolve(tuple(path.split(".")), MAIN) == (None if expected is MISSING else expected)


def test_a_list_or_object_is_handed_on_as_it_is_so_that_its_identity_tells_whether_it_changed() -> None:
    assert find(("state", "list"), MAIN) is STATE["list"]
    assert find(("state",), MAIN) is STATE
    assert find(("this",), BARE) is STATE


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("this.n", 10),
        ("state.n", 10),
        ("global.n", 20),
        ("global.shared", "mainly"),
        ("global.total", MISSING),
        ("inputs.n", 2),
        ("n", 2),
        ("global", {"n": 20, "shared": "mainly"}),
    ],
)
@pytest.mark.requirement("AC-VR-002")
@pytest.mark.requirement("AC-VR-022")
def test_in_a_task_this_is_its_own_and_global_the_main_run(path: str, expected: Found) -> None:
    assert find(tuple(path.split(".")), TASK) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("loop.item", "inner"),
        ("loop.index", 0),
        ("loop.iteration", 1),
        ("loop.total", 3),
        ("loop", {"item": "inner", "index": 0, "iteration": 1, "total": 3}),
        ("file.path", "x"),
        ("currentItem", "inner"),
        ("n", 0),
        ("inputs.file", "a.md"),
        ("state.n", 1),
        ("currentIteration", 1),
        ("total", 3),
    ],
)
def test_loop_variables_go_before_all_other_bare_names_innermost_first(path: str, expected: Json) -> None:
    assert find(tuple(path.split(".")), INSIDE) == expected


def test_an_item_of_a_parallel_step_is_what_loop_stands_for_until_a_loop_within() -> None:
    item: Scope = INSIDE.at_item(4, 9, "part")
    assert find(("loop",), item) == {"item": "part", "index": 4, "iteration": 5, "total": 9}
    assert find(("file", "path"), item) == "x"
    assert find(("loop", "item"), item.inside(turn(2, "deep"))) == "deep"
    assert find(("state", "n"), item) == 1


def test_a_scope_has_the_same_place_with_another_state() -> None:
    changed = INSIDE.with_state({"n": 100})
    assert find(("state", "n"), changed) == 100
    assert find(("loop", "item"), changed) == "inner"
    assert find(("state", "n"), INSIDE) == 1
    assert changed.budget is INSIDE.budget


def test_local_names_go_before_all_other_bare_names_and_not_before_scope_words() -> None:
    assert find(("n",), INSIDE, {"n": "local"}) == "local"
    assert find(("file",), MAIN, {"n": "local"}) == "a.md"
    assert find(("state", "n"), MAIN, {"state": {"n": 9}}) == 1


def test_without_values_of_a_session_only_the_state_is_there() -> None:
    plain = outermost({"n": 1, "outside": 2})
    paths = ("this.n", "global.n", "state.n", "n", "inputs.n", "computed.n", "session.id", "steps.x.output")
    assert [find(tuple(path.split(".")), plain) for path in paths] == [1, 1, 1, 1, *[MISSING] * 4]


def test_the_main_run_seen_from_a_task_may_lack_computed_fields() -> None:
    task = outermost({}, values=VALUES._replace(outside={"state": {"n": 5}}))
    assert find(("global", "n"), task) == 5
    assert find(("global",), outermost({}, values=VALUES._replace(outside={}))) is MISSING
