"""Automation YAML of any shape: the importer always gives a document or says what is wrong, and soon."""

import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.formats.automation import read_automation
from engine.formats.automation_ids import native_id
from engine.formats.automation_notes import MAX_FINDINGS
from engine.formats.automation_steps import READERS
from engine.formats.automation_texts import free_names
from engine.review import review_automation
from engine.shell_lines import UnclosedQuoteError, hand_over, plain_words
from schema.check import check_workflow
from schema.finding import Severity
from schema.values import Json, JsonObject

SOON = 5.0  # seconds for what must not take long, far more than it takes
TEXTS = st.sampled_from(
    [
        "",
        "x",
        "this.n",
        "{{ this.n }}",
        "{{",
        "}}",
        "a b",
        "stdout",
        "response.a",
        "raw.x + 1",
        "`${state.n}`",
        "'",
        "a | b",
    ]
)
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False), TEXTS)
KEYS = st.sampled_from(
    [
        "id", "type", "title", "message", "prompt", "path", "value", "operation", "command", "condition", "items",
        "tool", "parameters", "then_steps", "else_steps", "body", "steps", "state_update", "state_updates", "state",
        "error_handling", "strategy", "max_retries", "validation", "choices", "expected_response", "response_schema",
        "sub_agent_task", "prompt_template", "context_template", "inputs", "default_state", "state_schema", "computed",
        "from", "transform", "updates", "timeout", "collect", "sub_agent_prompt_override", "fallback_value", "x",
    ]
)  # fmt: skip
ANY = st.recursive(
    PLAIN,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=12,
)
STEPS = st.builds(
    lambda kind, rest: {**rest, "type": kind},
    st.one_of(st.sampled_from(sorted(READERS)), ANY),
    st.dictionaries(KEYS, ANY, max_size=6),
)
DOCUMENTS = st.fixed_dictionaries(
    {"name": st.one_of(st.just("team:any"), ANY)},
    optional={
        "steps": st.one_of(st.lists(STEPS, max_size=4), ANY),
        "inputs": ANY,
        "default_state": ANY,
        "state_schema": ANY,
        "sub_agent_tasks": st.one_of(st.dictionaries(st.just("x"), st.dictionaries(KEYS, ANY, max_size=5)), ANY),
        "config": ANY,
        "version": PLAIN,
        "description": PLAIN,
        "colour": ANY,
    },
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(DOCUMENTS)
def test_any_object_gives_a_document_or_a_finding_and_is_not_changed(document: JsonObject) -> None:
    before = repr(document)
    imported = read_automation(document, "file")
    assert repr(document) == before
    assert isinstance(imported.document, dict)
    critical = [each for each in imported.findings if each.severity is Severity.CRITICAL]
    for violation in [] if critical else check_workflow(imported.document):
        assert imported.origins.of(violation.pointer) is not None


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(DOCUMENTS)
def test_any_object_can_be_reviewed(document: JsonObject) -> None:
    checked = review_automation(document)
    assert checked.native is not None
    assert checked.is_valid or checked.findings


@given(st.text(max_size=40))
def test_any_text_can_be_an_id(text: str) -> None:
    made = native_id(text)
    assert 3 <= len(made) <= 64
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")


@given(st.text(alphabet="ab'\"\\ {}|$`#~=\n", max_size=30))
def test_any_line_has_words_or_needs_a_shell(line: str) -> None:
    try:
        words = plain_words(line)
    except UnclosedQuoteError:
        return
    assert words is None or words


@given(st.text(alphabet="abr.aw'\"`${}()=> ", max_size=40))
def test_names_of_any_text_can_be_told(code: str) -> None:
    assert all(name for name in free_names(code))


@given(ANY)
def test_handing_over_takes_any_json(value: Json) -> None:
    document: JsonObject = {"steps": value}
    before = repr(document)
    hand_over(document)
    assert repr(document) == before


def test_long_texts_and_many_steps_are_read_soon() -> None:
    long = "this." * 150_000
    many: list[Json] = [{"type": "user_message", "message": "{{ state.x }}"} for _ in range(5_000)]
    update: JsonObject = {"path": "this.a", "value": f"x {long}"}
    steps: list[Json] = [{"type": "mcp_call", "tool": "t", "state_update": update}, *many]
    begun = time.monotonic()
    imported = read_automation({"name": "team:long", "description": "d", "version": "1.0.0", "steps": steps})
    assert time.monotonic() - begun < SOON
    assert len(imported.findings) <= MAX_FINDINGS


def test_a_critical_finding_is_told_even_behind_all_others() -> None:
    many: list[Json] = [{"type": "user_message", "message": "{{ state.x }}"} for _ in range(MAX_FINDINGS + 5)]
    imported = read_automation({"name": "team:long", "steps": [*many, {"type": "nothing"}]})
    assert len(imported.findings) == MAX_FINDINGS + 1
    assert imported.findings[-1].severity is Severity.CRITICAL
