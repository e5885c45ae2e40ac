import pytest

from engine.build import build
from engine.definition import LoopStep
from engine.variables import Turn, loose_path, outermost, parse_path, resolve
from engine.walk import next_step
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, each, flow, key_of, loop, prompt, times


def loop_step(settings: str) -> LoopStep:
    kinds = {"each": each("files", itemVar="file"), "for": times(3), "bare": each("files", itemVar="loop")}
    step = flow(loop("rep", kinds[settings], [prompt("aaa")])).steps[0]
    assert isinstance(step, LoopStep)
    return step


ROOT = outermost({"name": "Ann", "file": "outer", "items": [{"n": [1, 2]}], "gone": None})
INSIDE = ROOT.inside(Turn(loop_step("each"), 1, 3, {"path": "a.py"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ("a",)),
        ("a.b.0", ("a", "b", "0")),
        ("a[0].b['c d'][\"e\"]", ("a", "0", "b", "c d", "e")),
        ("$a._b", ("$a", "_b")),
        ("a['']", ("a", "")),
        ("", None),
        ("a b", None),
        ("a.", None),
        ("a[x]", None),
        ("0.a", None),
        ("a-b", None),
        ("a\n", None),
        ("é", None),
    ],
)
def test_a_path_is_read_whole_or_not_at_all(text: str, expected: tuple[str, ...] | None) -> None:
    assert parse_path(text) == expected


def test_older_names_are_cut_at_their_dots() -> None:
    assert loose_path(" my-var ") == ("my-var",)
    assert loose_path("") == ("",)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("name", "Ann"),
        ("items.0.n.1", 2),
        ("items[0].n[2]", None),
        ("items.x", None),
        ("items.-1", None),
        ("items.00000000000", None),
        ("name.length", None),
        ("gone", None),
        ("gone.deeper", None),
        ("nothing", None),
        ("state.name", "Ann"),
        ("state", None),
        ("loop.index", None),
    ],
)
def test_names_resolve_in_the_context(path: str, expected: Json) -> None:
    assert resolve(loose_path(path), ROOT) == expected


def test_loop_variables_come_first_and_the_context_is_behind_state() -> None:
    assert resolve(("file", "path"), INSIDE) == "a.py"
    assert resolve(("currentIteration",), INSIDE) == 2
    assert resolve(("currentIndex",), INSIDE) == 1
    assert resolve(("state", "file"), INSIDE) == "outer"
    assert resolve(("name",), INSIDE) == "Ann"


def test_the_scope_word_loop_is_the_innermost_loop() -> None:
    inner = INSIDE.inside(Turn(loop_step("for"), 0, None))
    assert [resolve(("loop", name), INSIDE) for name in ("index", "iteration", "total")] == [1, 2, 3]
    assert resolve(("loop", "item", "path"), INSIDE) == "a.py"
    assert resolve(("loop", "iteration"), inner) == 1
    assert resolve(("file", "path"), inner) == "a.py"


def test_a_scope_word_goes_before_a_bare_name() -> None:
    context: JsonObject = {"state": {"n": 5}, "loop": {"index": 7}, "n": 1}
    root = outermost(context)
    inside = root.inside(Turn(loop_step("each"), 1, 3, "a.py"))
    assert resolve(("state", "n"), root) == 1
    assert resolve(("state", "state", "n"), inside) == 5
    assert resolve(("loop", "index"), inside) == 1
    assert resolve(("loop", "index"), root) is None
    assert resolve(("state",), inside) is None


def test_in_older_documents_a_bare_name_goes_before_a_scope_word() -> None:
    root = outermost({"state": {"n": 5}, "loop": {"index": 7}, "n": 1}, is_strict=False)
    inside = root.inside(Turn(loop_step("bare"), 0, 1, "mine"))
    assert resolve(("loop",), inside) == "mine"
    assert resolve(("loop", "index"), root) == 7
    assert resolve(("state", "n"), inside) == 5


def test_a_document_says_by_its_schema_version_whether_scope_words_go_first() -> None:
    steps: list[Json] = [prompt("one", runCondition={"var": "state.n"}), prompt("two")]
    strict, older = document(*steps), document(*steps)
    del older["schemaVersion"]
    context: JsonObject = {"state": {"n": True}, "n": False}
    assert key_of(next_step(build(strict), (), context)) == "two"
    assert key_of(next_step(build(older), (), context)) == "one"


def test_only_a_for_each_has_item_and_index() -> None:
    assert Turn(loop_step("for"), 0, 3).variables() == {"currentIteration": 1}
