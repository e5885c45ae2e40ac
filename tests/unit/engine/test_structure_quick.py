from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.structure import structure_findings
from engine.structure_quick import is_plainly_sound
from schema.check import check_workflow
from schema.values import Json, JsonObject
from tests.unit.engine.documents import workflow
from tests.unit.engine.flows import document, each, loop, prompt

IDS = st.sampled_from(["one", "two", "three", "four", "five", "six"])
TEXTS = st.sampled_from(
    [
        "Do.",
        "{{a}}",
        "{{ item.x }}",
        "{{currentItem}}",
        "{{ f(x) }}",
        "{{open",
        "\\{{no}}",
        "{{{x}}}",
        "{{state.a}}",
        "{{a}} {{",
    ]
)
CONDITIONS: st.SearchStrategy[Json] = st.sampled_from(
    [
        {"var": "a"},
        {"var": "a", "equals": 1},
        {"var": "a", "in": []},
        {"var": "a", "matches": "("},
        {"and": [{"var": "a", "equals": "x"}, {"var": "a", "equals": "y"}]},
        {"var": "a", "gt": 3, "lt": 1},
    ]
)
RULES: st.SearchStrategy[Json] = st.sampled_from(
    [
        {"type": "contains", "value": "x", "message": "m"},
        {"type": "contains", "message": "m"},
        {"type": "length", "min": 1, "message": "m"},
        {"type": "regex", "pattern": "(", "message": "m"},
        {"type": "contains", "value": "x", "message": "m", "condition": {"var": "a", "matches": "("}},
    ]
)
LOOPS: st.SearchStrategy[Json] = st.sampled_from(
    [
        {"type": "forEach", "items": "files", "maxIterations": 5, "itemVar": "item"},
        {"type": "forEach", "items": "files", "maxIterations": 5, "itemVar": "state"},
        {"type": "for", "count": 2, "maxIterations": 5},
        {"type": "for", "count": 9, "maxIterations": 5},
        {"type": "for", "count": 0, "maxIterations": 5},
        {"type": "for", "count": "files", "maxIterations": 5},
        {"type": "while", "condition": {"var": "a", "lt": 3}, "maxIterations": 5},
        {"type": "until", "condition": {"var": "a", "in": []}, "maxIterations": 5},
    ]
)
PARTS: st.SearchStrategy[dict[str, Json]] = st.fixed_dictionaries(
    {},
    optional={
        "runCondition": CONDITIONS,
        "requireConfirmation": st.one_of(st.booleans(), CONDITIONS),
        "validationCriteria": st.lists(RULES, min_size=1, max_size=2),
        "guidance": st.lists(TEXTS, max_size=2, unique=True),
        "agentRole": st.just("A careful {{a}} reader"),
        "functionReferences": st.just(["greet()"]),
        "requires": st.just({"a": "string"}),
    },
)


@st.composite
def prompts(draw: st.DrawFn) -> JsonObject:
    """Give a prompt step."""
    return {"id": draw(IDS), "title": "T", "prompt": draw(TEXTS), **draw(PARTS)}


@st.composite
def steps(draw: st.DrawFn) -> JsonObject:
    """Give a prompt step, or a loop with a body of steps or a reference."""
    if draw(st.integers(0, 2)):
        return draw(prompts())
    listed: Json = [*draw(st.lists(st.one_of(prompts(), loops()), min_size=1, max_size=2))]
    body: Json = draw(IDS) if draw(st.booleans()) else listed
    return {"type": "loop", "id": draw(IDS), "title": "L", "loop": draw(LOOPS), "body": body}


@st.composite
def loops(draw: st.DrawFn) -> JsonObject:
    """Give a loop of prompts."""
    body: Json = [*draw(st.lists(prompts(), min_size=1, max_size=2))]
    return {"type": "loop", "id": draw(IDS), "title": "L", "loop": draw(LOOPS), "body": body}


@settings(max_examples=400, deadline=None)
@given(st.lists(steps(), min_size=1, max_size=4), st.booleans())
def test_what_the_quick_look_calls_sound_has_no_finding_under_the_close_one(made: list[Json], strict: bool) -> None:
    document = workflow("alpha", steps=made, **({"schemaVersion": "1.0.0"} if strict else {}))
    if check_workflow(document) or not is_plainly_sound(document):
        return
    with patch("engine.structure.is_plainly_sound", return_value=False):
        assert structure_findings(document) == ()


LOOP: JsonObject = {"type": "forEach", "items": "files", "itemVar": "file", "maxIterations": 5}
STEP: JsonObject = {"id": "one", "title": "T", "prompt": "P"}


def in_loop(**keys: Json) -> list[Json]:
    """Give a loop around one step with these keys."""
    return [{"type": "loop", "id": "loop", "title": "L", "loop": LOOP, "body": [{**STEP, **keys}]}]


SOUND: list[list[Json]] = [
    [STEP], [{**STEP, "prompt": "Use {{a.b}} and {{c}}."}], in_loop(prompt="See {{ file.name }} and {{loop.index}}."),
    [{**STEP, "runCondition": {"var": "a", "equals": 1}, "requireConfirmation": True}],
    [{**STEP, "validationCriteria": [{"type": "contains", "value": "x", "message": "m"}]}],
    [{**STEP, "guidance": ["Mind {{a}}."], "agentRole": "Somebody careful"}],
    [{**STEP, "agentRole": "Like {{a}} would"}],
]  # fmt: skip
UNPROVEN: list[Json] = [
    None, [3], [STEP, STEP], [{**STEP, "requires": {"a": "string"}}], [{**STEP, "body": []}],
    in_loop(prompt="{{other}}"),
    [*in_loop(), {**STEP, "id": "two", "prompt": "{{file}}"}], [{**STEP, "prompt": "{{f(x)}}"}],
    [{**STEP, "runCondition": {"var": "a", "in": []}}], [{**STEP, "prompt": "{{a b}}"}],
    [{**STEP, "validationCriteria": {"and": []}}],
]  # fmt: skip


@pytest.mark.parametrize("made", SOUND)
def test_documents_as_people_write_them_are_called_sound(made: list[Json]) -> None:
    assert is_plainly_sound({"steps": made})


@pytest.mark.parametrize("made", UNPROVEN)
def test_everything_else_is_left_to_the_close_look(made: Json) -> None:
    assert not is_plainly_sound({"steps": made})


def test_a_condition_in_a_loop_that_is_no_path_wants_the_close_look() -> None:
    body: list[Json] = [prompt("bbb", runCondition={"var": "a.b[", "equals": 1})]
    assert not is_plainly_sound(document(loop("rep", each("files"), body)))


def test_documents_of_automation_are_always_looked_at_closely() -> None:
    quiet: JsonObject = {"id": "out", "type": "break"}
    assert is_plainly_sound(document(prompt("one")))
    assert not is_plainly_sound(document(prompt("one"), state={}))
    assert not is_plainly_sound(document(quiet))
    assert not is_plainly_sound(document({"id": "ask", "type": "input", "prompt": "p"}))
