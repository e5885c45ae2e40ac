import pytest

from engine.build import build
from engine.definition import PLAIN, Workflow
from engine.sessions.deadlines import Remaining, moved, remaining, run_deadline, step_deadline
from engine.sessions.model import Pause, Status
from schema.values import JsonObject
from tests.unit.engine.sessions.resting import BEGAN, rests, task


def workflow(timeout: float | None = None, step_timeout: float | None = None) -> Workflow:
    step: JsonObject = {"id": "ask", "type": "prompt", "title": "Ask", "prompt": "Ask."}
    if step_timeout is not None:
        step["timeout"] = step_timeout
    return build(
        {
            "id": "pay",
            "name": "Pay",
            "description": "Pays.",
            "version": "1.0.0",
            "schemaVersion": "1.2.0",
            "config": {} if timeout is None else {"timeout": timeout},
            "steps": [step],
        }
    )


PLAINEST = build(
    {"id": "old", "name": "Old", "description": "Old.", "steps": [{"id": "ask", "title": "A", "prompt": "A"}]}
)


@pytest.mark.parametrize(
    ("own", "outer", "expected"),
    [(None, None, None), (10, None, 110), (None, 105, 105), (10, 105, 105), (10, 200, 110)],
)
@pytest.mark.requirement("AC-EHV-012")
def test_a_run_is_over_at_the_most_restrictive_limit(
    own: float | None, outer: float | None, expected: float | None
) -> None:
    assert run_deadline(workflow(own), 100.0, outer) == expected


def test_a_document_without_automation_keys_sets_no_limit() -> None:
    assert run_deadline(PLAINEST, 100.0) is None
    assert run_deadline(PLAINEST, 100.0, 105.0) == 105.0


@pytest.mark.parametrize(
    ("timeout", "run", "expected"), [(None, 900, None), (30, None, 130), (30, 900, 130), (30, 120, 120)]
)
@pytest.mark.requirement("AC-EHV-012")
@pytest.mark.requirement("AC-PR-023")
def test_a_step_never_outlives_its_run(timeout: float | None, run: float | None, expected: float | None) -> None:
    assert step_deadline(rests(deadline=run), PLAIN._replace(timeout=timeout), 100.0) == expected


def test_without_a_limit_nothing_remains_to_be_told() -> None:
    assert remaining(rests(), workflow(), BEGAN) is None


def test_the_nearest_limit_is_told_and_warned_of_from_four_fifths_on() -> None:
    flow = workflow(timeout=100, step_timeout=50)
    state = rests(deadline=BEGAN + 100, step_deadline=BEGAN + 50)
    assert remaining(state, flow, BEGAN + 39) == Remaining(11.0, "")
    seconds, warning = remaining(state, flow, BEGAN + 40) or Remaining(0, "")
    assert seconds == 10.0
    assert warning == "10 of 50 seconds are left for the step ask; then it has failed and its onError decides"


def test_the_limit_of_the_run_is_told_where_it_is_the_nearer_one() -> None:
    flow = workflow(timeout=100, step_timeout=50)
    state = rests(deadline=BEGAN + 100, step_deadline=BEGAN + 120)
    found = remaining(state, flow, BEGAN + 90)
    assert found == Remaining(10.0, "10 of 100 seconds are left for the workflow pay; then it is ended as timed out")


def test_a_limit_that_is_past_leaves_no_seconds() -> None:
    found = remaining(rests(deadline=BEGAN + 100), workflow(timeout=100), BEGAN + 500)
    assert found is not None
    assert found.seconds == 0.0


def test_a_limit_that_comes_from_outside_is_measured_from_the_beginning_of_the_run() -> None:
    found = remaining(rests(deadline=BEGAN + 20), workflow(), BEGAN + 10)
    assert found == Remaining(10.0, "")
    late = remaining(rests(deadline=BEGAN + 20), PLAINEST, BEGAN + 18)
    assert late is not None
    assert late.warning


def test_in_a_pause_the_clock_stands_still() -> None:
    pauses = (Pause(1, BEGAN + 10, "", None),)
    state = rests(deadline=BEGAN + 100, status=Status.PAUSED, pauses=pauses)
    assert remaining(state, workflow(timeout=100), BEGAN + 5000) == Remaining(90.0, "")


def test_limits_move_together_with_those_of_runs_inside_and_waits_stay() -> None:
    inner = rests(deadline=50.0, step_deadline=None)
    state = rests(deadline=None, step_deadline=40.0, nested={"all#0": task("all#0", inner, lease_until=30.0)})
    after = moved(state, 5.0)
    assert (after.deadline, after.step_deadline) == (None, 45.0)
    assert (after.nested["all#0"].lease_until, after.nested["all#0"].state.deadline) == (35.0, 55.0)
    assert after.waiting == state.waiting
    assert moved(state, 0.0) is state
    assert moved(rests(deadline=1.0), 1.0).nested == {}
