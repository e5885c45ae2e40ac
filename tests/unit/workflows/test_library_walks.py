"""Every shipped workflow is valid without a single finding, and is walked to its end along every branch."""

from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

import pytest

from engine.clock import SystemClock
from engine.library import Library
from engine.sources import BUNDLED_FOLDER, ordered_sources
from schema.values import Json, JsonObject
from tests.unit.silent_call import SilentCall
from tests.unit.workflows.scenarios import BY_TYPE, Scenario, comparisons, conditions, produced, scenarios, steps_of
from tools import workflow_next
from tools.contract import Done

LONGEST_WALK: Final = 500  # steps of one walk; ours take less than 100
LONGEST_PROMPT: Final = 800  # characters an agent is asked to obey at once
LEAST: Final = 8  # workflows we promise to ship
PROMISED: Final = {
    "task-implementation",
    "bug-investigation",
    "code-review",
    "ticket-writing",
    "test-design",
    "documentation-update",
    "refactoring",
    "release",
}
IDS: Final = sorted(path.stem for path in BUNDLED_FOLDER.iterdir() if path.suffix in (".yaml", ".json"))


class Walk(NamedTuple):
    """One walk: the step ids in order, and the last answer."""

    steps: list[str]
    last: JsonObject


@cache
def shipped() -> Library:
    return Library(ordered_sources(None, bundled=BUNDLED_FOLDER), None, SystemClock())


def document_of(workflow_id: str) -> JsonObject:
    return shipped().entry(workflow_id).document


def ask(arguments: JsonObject) -> JsonObject:
    run = workflow_next.stateless(shipped()).run
    assert run is not None
    answer = run(arguments, SilentCall())
    assert isinstance(answer, Done)
    assert answer.value is not None
    return answer.value


def walk(workflow_id: str, scenario: Scenario) -> Walk:
    """Do what an agent does: take a step, put what it produces into the context, send back its key."""
    steps: list[str] = []
    keys: list[Json] = []
    context: JsonObject = {}
    turns = {name: iter(values) for name, values in scenario.items()}
    for _ in range(LONGEST_WALK):
        answer = ask({"workflowId": workflow_id, "completedSteps": list(keys), "context": context})
        step, guidance = answer["step"], answer["guidance"]
        if not isinstance(step, dict):
            return Walk(steps, answer)
        assert isinstance(guidance, dict)
        assert "missing" not in guidance, f"{step['id']} is handed out without {guidance['missing']}"
        assert answer["stepKey"] not in keys
        steps.append(str(step["id"]))
        keys.append(answer["stepKey"])
        for name, kind in produced(step).items():
            context[name] = next(turns[name], context.get(name)) if name in turns else BY_TYPE[str(kind)]
    raise AssertionError(f"{workflow_id} does not end within {LONGEST_WALK} steps: {scenario}")


def prompt_steps(workflow_id: str) -> Iterator[JsonObject]:
    return (step for step in steps_of(document_of(workflow_id)["steps"]) if "prompt" in step)


@pytest.mark.requirement("SHIP-1")
def test_the_promised_workflows_are_shipped() -> None:
    assert set(IDS) >= PROMISED
    assert len(IDS) >= LEAST


@pytest.mark.requirement("SHIP-2")
def test_every_shipped_file_is_a_valid_workflow_named_like_its_file() -> None:
    listing = shipped().listing()

    flat = [summary.id for summary in listing.summaries if "/" not in summary.path]
    assert flat == IDS
    assert [finding.message for summary in listing.summaries for finding in summary.problems] == []


@pytest.mark.requirement("SHIP-3")
@pytest.mark.parametrize("workflow_id", IDS)
def test_every_branch_ends_and_every_step_lies_on_one(workflow_id: str) -> None:
    reached: set[str] = set()
    for scenario in scenarios(document_of(workflow_id)):
        steps, last = walk(workflow_id, scenario)
        assert last["isComplete"] is True, f"{scenario} waits: {last['guidance']}"
        reached.update(steps)

    assert reached == {str(step["id"]) for step in prompt_steps(workflow_id)}


@pytest.mark.parametrize("workflow_id", IDS)
def test_every_variable_of_a_condition_is_produced_by_a_step_or_a_loop(workflow_id: str) -> None:
    steps = list(steps_of(document_of(workflow_id)["steps"]))
    given = {name for step in steps for name in produced(step)}
    given |= {str(loop.get("itemVar")) for loop in (step.get("loop") for step in steps) if isinstance(loop, dict)}
    asked = {
        str(part["var"]).partition(".")[0]
        for step in steps
        for condition in conditions(step)
        for part in comparisons(condition)
    }

    assert asked <= given


@pytest.mark.parametrize("workflow_id", IDS)
def test_no_list_a_loop_goes_through_may_be_longer_than_its_passes(workflow_id: str) -> None:
    """A list that its producer's schema lets grow beyond maxIterations would lose its end without a word."""
    steps = list(steps_of(document_of(workflow_id)["steps"]))
    loops = [loop for loop in (step.get("loop") for step in steps) if isinstance(loop, dict)]
    longest = {name: _longest(step) for step in steps for name in produced(step)}

    assert [
        loop["items"]
        for loop in loops
        if loop["type"] == "forEach" and longest[str(loop["items"])] != loop["maxIterations"]
    ] == []


def _longest(step: JsonObject) -> Json:
    """Give the maxItems of the schema a step's output must fit."""
    criteria = step.get("validationCriteria")
    rules = criteria if isinstance(criteria, list) else []
    schemas = [rule.get("schema") for rule in rules if isinstance(rule, dict)]
    return next((schema.get("maxItems") for schema in schemas if isinstance(schema, dict)), None)


@pytest.mark.parametrize("workflow_id", IDS)
def test_every_prompt_names_the_variables_its_step_produces(workflow_id: str) -> None:
    silent = [
        (step["id"], name)
        for step in prompt_steps(workflow_id)
        for name in produced(step)
        if f"`{name}`" not in str(step["prompt"])
    ]

    assert silent == []


def test_a_release_nobody_agreed_to_ends_without_a_look_at_it() -> None:
    steps, last = walk("release", {"bump": ("patch",), "gatesGreen": (True,), "published": (False,)})
    assert last["isComplete"] is True
    assert steps[-2:] == ["publish", "learn"]


@pytest.mark.requirement("SHIP-4")
@pytest.mark.parametrize("workflow_id", IDS)
def test_every_prompt_is_short_enough_to_obey(workflow_id: str) -> None:
    lengths = {step["id"]: len(str(step["prompt"])) for step in prompt_steps(workflow_id)}

    assert {step: length for step, length in lengths.items() if length > LONGEST_PROMPT} == {}


@pytest.mark.parametrize("workflow_id", IDS)
def test_every_workflow_can_be_found_and_says_how_to_behave(workflow_id: str) -> None:
    document = document_of(workflow_id)

    assert document["schemaVersion"] == "1.0.0"
    assert document["category"]
    assert document["tags"]
    assert document["metaGuidance"]
    assert document["license"] == "MIT"
