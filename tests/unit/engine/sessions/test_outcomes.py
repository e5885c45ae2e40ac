import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.build import build
from engine.definition import FAIL, PLAIN, Backoff, Constant, OnError, Strategy
from engine.sessions.outcomes import end_of, final, kind_of, on_error_of, outcome_of, pause_before
from schema.values import JsonObject

ON_ERROR: JsonObject = {"strategy": "continue"}
STEPS: list[JsonObject] = [
    {"id": "ask", "title": "Ask", "prompt": "Ask.", "onError": ON_ERROR},
    {"id": "tell", "type": "message", "message": "Hello."},
    {"id": "name", "type": "input", "prompt": "Name?", "onError": ON_ERROR},
    {"id": "pay", "type": "call", "tool": "pay", "onError": ON_ERROR},
    {"id": "list", "type": "command", "run": ["ls"], "onError": ON_ERROR},
    {"id": "sum", "type": "set", "update": [{"path": "n", "value": 1}], "onError": ON_ERROR},
    {"id": "fork", "type": "if", "condition": "true", "then": [{"id": "inner", "type": "message", "message": "In."}]},
    {
        "id": "again",
        "type": "loop",
        "title": "Again",
        "loop": {"type": "for", "count": 2, "maxIterations": 3},
        "body": [{"id": "stop", "type": "break"}, {"id": "next", "type": "continue"}],
    },
    {"id": "all", "type": "parallel", "items": [1], "task": "one", "onError": ON_ERROR},
    {"id": "hold", "type": "wait", "onError": ON_ERROR},
    {"id": "other", "type": "workflow", "workflowId": "child", "onError": ON_ERROR},
]
FLOW = build(
    {
        "id": "kinds",
        "name": "Kinds",
        "description": "One step of every kind.",
        "version": "1.0.0",
        "schemaVersion": "1.2.0",
        "steps": [*STEPS],
        "tasks": {"one": {"description": "One.", "prompt": "Do it."}},
    }
)
KINDS = {
    "ask": "prompt",
    "tell": "message",
    "name": "input",
    "pay": "call",
    "list": "command",
    "sum": "set",
    "fork": "if",
    "again": "loop",
    "stop": "break",
    "next": "continue",
    "all": "parallel",
    "hold": "wait",
    "other": "workflow",
}
SILENT = {"tell", "fork", "again", "stop", "next"}


@pytest.mark.parametrize(("step_id", "kind"), KINDS.items())
def test_every_kind_of_step_has_a_name_and_says_what_follows_its_failure(step_id: str, kind: str) -> None:
    step = FLOW.places[step_id].step
    assert kind_of(step) == kind
    expected = Strategy.FAIL if step_id in SILENT else Strategy.CONTINUE
    assert on_error_of(step).strategy is expected
    if step_id in SILENT:
        assert outcome_of(step) == PLAIN


def on_error(strategy: Strategy, *, has_fallback: bool) -> OnError:
    return FAIL._replace(strategy=strategy, max_retries=3, fallback=Constant(1) if has_fallback else None)


@pytest.mark.parametrize(
    ("strategy", "has_fallback", "end"),
    [
        (Strategy.FAIL, False, Strategy.FAIL),
        (Strategy.CONTINUE, False, Strategy.CONTINUE),
        (Strategy.FALLBACK, True, Strategy.FALLBACK),
        (Strategy.RETRY, False, Strategy.FAIL),
        (Strategy.RETRY, True, Strategy.FALLBACK),
    ],
)
def test_when_the_tries_are_used_up_a_retry_ends_in_its_fallback_or_fails(
    strategy: Strategy, has_fallback: bool, end: Strategy
) -> None:
    asked = on_error(strategy, has_fallback=has_fallback)
    assert end_of(asked) is end
    assert (final(asked).strategy, final(asked).max_retries) == (end, 0)


def test_a_pause_of_another_kind_of_growth_ends_at_its_longest() -> None:
    assert pause_before(Backoff(1.0, 10.0, 60.0, 0.0), "wf_1", "pay", 5_000) == 60.0
    assert pause_before(Backoff(5.0, 1.0, 60.0, 0.0), "wf_1", "pay", 9) == 5.0
    assert pause_before(Backoff(90.0, 2.0, 60.0, 0.0), "wf_1", "pay", 1) == 60.0


@given(
    initial=st.floats(0, 1000),
    factor=st.floats(1, 10),
    longest=st.floats(0, 1000),
    jitter=st.floats(0, 1),
    attempt=st.integers(1, 2000),
)
def test_a_pause_lies_between_what_jitter_allows_and_the_backoff_and_is_the_same_each_time(
    initial: float, factor: float, longest: float, jitter: float, attempt: int
) -> None:
    plain = pause_before(Backoff(initial, factor, longest, 0.0), "wf_1", "pay", attempt)
    backoff = Backoff(initial, factor, longest, jitter)
    pause = pause_before(backoff, "wf_1", "pay+1~2", attempt)
    assert pause == pause_before(backoff, "wf_1", "pay", attempt)
    assert 0 <= plain * (1 - jitter) <= pause <= plain <= longest


def test_two_sessions_do_not_come_back_at_the_same_moment() -> None:
    backoff = Backoff(10.0, 2.0, 60.0, 1.0)
    pauses = {pause_before(backoff, f"wf_{number}", "pay", 1) for number in range(50)}
    assert len(pauses) == 50
