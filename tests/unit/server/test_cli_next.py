"""`next`: walking by hand, and one step for a program."""

import io
import shlex
import sys
from pathlib import Path

import orjson
import pytest

from tests.unit.server.conftest import Call
from tests.unit.server.world import World

FLOW = """\
schemaVersion: 1.0.0
id: walk-flow
name: Walk
description: To walk.
version: 1.0.0
steps:
  - id: first
    title: First step
    produces: {sure: boolean, much: number, many: integer, words: string, items: array, facts: object}
    prompt: "Hello {{name}}."
    validationCriteria:
      - {type: contains, value: "done", message: "Say done."}
  - id: asks
    title: Asks
    prompt: Ask first.
    requireConfirmation: true
  - id: maybe
    title: Maybe
    prompt: Only if wanted.
    runCondition: {var: wanted, equals: true}
"""


@pytest.fixture(autouse=True)
def flow(world: World) -> Path:
    path = world.project / "workflows/walk.yaml"
    path.parent.mkdir()
    path.write_text(FLOW)
    return path


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> "Typed":
    return Typed(monkeypatch)


class Typed:
    """Puts lines on stdin."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, *lines: str) -> None:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_a_program_gets_the_answer_of_workflow_next(call: Call) -> None:
    said = call("next", "walk-flow", "--json", "--context", '{"name": "you"}')
    answer = orjson.loads(said.out)
    assert (said.code, answer["stepKey"], answer["guidance"]["prompt"]) == (0, "first", "Hello you.")
    later = orjson.loads(call("next", "walk-flow", "--json", "--done", "first", "--done", "asks").out)
    assert later["guidance"]["missing"][0]["variable"] == "wanted"


def test_next_goes_through_the_tasks_of_phases(call: Call, world: World, typed: Typed) -> None:
    (world.project / "workflows/phased.yaml").write_text(PHASED)
    later = orjson.loads(call("next", "phased-flow", "--json", "--done", "one-task").out)
    assert (later["stepKey"], later["progress"]) == ("two-task", {"done": 1, "total": 2, "percent": 50})
    typed("sure=yes", "", "")
    assert "Two" in call("next", "phased-flow").out


PHASED = """\
id: phased-flow
name: Phased
description: In phases.
version: 1.0.0
phases:
  - {number: 0, title: Plan, tasks: [{id: one-task, title: One, prompt: Plan it., produces: {sure: boolean}}]}
  - {number: 1, title: Do, tasks: [{id: two-task, title: Two, prompt: Do it., requires: {sure: boolean}}]}
"""


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["walk-flow", "--context", "[1]"], 2, "must be a JSON object"),
        (["walk-flow", "--context", "{"], 2, "not JSON"),
        (["wlak-flow"], 1, "did you mean 'walk-flow'?"),
        (["walk-flow", "--done", "nonsense"], 1, "has no step 'nonsense'"),
        (["walk-flow", "--done", "first,asks"], 2, "repeat --done once for each: --done first --done asks"),
        (["walk-flow", "--done", "first,asks", "--json"], 2, "repeat --done once for each"),
        (["walk-flow", "--done", "nonsense,", "--json"], 1, "has no step 'nonsense,'"),
        (["walk-flow", "--current", "nonsense", "--json"], 1, "has no step 'nonsense'"),
    ],
)
def test_a_wrong_call_says_what_is_right(call: Call, arguments: list[str], code: int, says: str) -> None:
    said = call("next", *arguments)
    assert said.code == code
    assert says in said.err


def test_enter_finishes_steps_until_the_workflow_is_complete(call: Call, typed: Typed) -> None:
    typed("", "", "y", "wanted=true", "")
    said = call("next", "walk-flow")
    assert said.code == 0
    assert said.out.index("== First step (first)") < said.out.index("== Asks (asks)") < said.out.index("== Maybe")
    assert "missing: wanted (looked for: true)" in said.out
    assert said.out.endswith("complete\n")


def test_a_step_that_asks_for_confirmation_is_not_finished_without_a_yes(call: Call, typed: Typed) -> None:
    typed("", "", "n", "quit")
    said = call("next", "walk-flow")
    assert said.err.endswith("to go on here: workflow-lookup next walk-flow --done first\n")


def test_the_end_of_input_ends_the_walk_and_says_how_to_go_on(call: Call, typed: Typed) -> None:
    typed()
    said = call("next", "walk-flow", "--done", "first")
    assert said.code == 0
    assert said.err.endswith("\nto go on here: workflow-lookup next walk-flow --done first\n")


def test_the_hint_how_to_go_on_carries_the_variables_that_were_set(call: Call, typed: Typed) -> None:
    typed("name=it's me", "quit")
    said = call("next", "walk-flow")
    context = shlex.quote('{"name":"it\'s me"}')
    assert said.err.endswith(f"\nto go on here: workflow-lookup next walk-flow --context {context}\n")


def test_outputs_are_held_against_the_criteria(call: Call, typed: Typed) -> None:
    typed("check nothing", "check all done", "quit")
    said = call("next", "walk-flow")
    assert "not valid\n  - Say done." in said.out
    assert "\nvalid\n" in said.out


def test_variables_are_set_shown_and_used(call: Call, typed: Typed) -> None:
    typed("name=World", "count=3", "vars", "quit")
    said = call("next", "walk-flow")
    assert "Hello {{name}}." in said.out
    assert "missing: name" in said.out
    assert "Hello World." in said.out
    assert '"count": 3' in said.out


def test_steps_can_be_taken_back(call: Call, typed: Typed) -> None:
    typed("", "back", "back", "quit")
    said = call("next", "walk-flow")
    assert said.out.count("== First step") == 2
    assert "there is no step to take back" in said.err


class Breaking:
    """Empty lines of input; the file is broken before the first and mended before the second."""

    def __init__(self, flow: Path) -> None:
        self._flow = flow
        self._left = ["wrong", FLOW.replace("requireConfirmation: true", "requireConfirmation: false")]

    def readline(self) -> str:
        if self._left:
            self._flow.write_text(self._left.pop(0))
        return "\n"


def test_a_file_that_breaks_on_the_way_does_not_end_the_walk_or_count_a_step_twice(
    call: Call, monkeypatch: pytest.MonkeyPatch, flow: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", Breaking(flow))
    said = call("next", "walk-flow", "--context", '{"wanted": true}')
    assert "No workflow has the id 'walk-flow'" in said.err
    assert said.out.count("== Asks (asks)") == 1
    assert said.out.endswith("complete\n")


def test_nothing_can_be_finished_while_a_variable_is_missing(call: Call, typed: Typed) -> None:
    typed("", "check x", "quit")
    said = call("next", "walk-flow", "--done", "first", "--done", "asks")
    assert "nothing to finish here" in said.err


def test_what_was_set_is_acknowledged(call: Call, typed: Typed) -> None:
    typed("name=World", "quit")
    assert 'name is set to "World"\n' in call("next", "walk-flow").out


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("sure=yes", "sure is set to true"),
        ("sure=No", "sure is set to false"),
        ("sure=true", "sure is set to true"),
        ("much=2.5", "much is set to 2.5"),
        ("many=3", "many is set to 3"),
        ("words=3", 'words is set to "3"'),
        ('words="yes"', 'words is set to "yes"'),
        ("items=[1]", "items is set to [1]"),
        ('facts={"a": 1}', 'facts is set to {"a":1}'),
        ("other=yes", 'other is set to "yes"'),
        ("other=[1", 'other is set to "[1"'),
        ("other=7", "other is set to 7"),
    ],
)
def test_a_value_is_read_as_the_declared_type(call: Call, typed: Typed, line: str, answer: str) -> None:
    typed(line, "quit")
    assert f"{answer}\n" in call("next", "walk-flow").out


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("sure=maybe", "sure is not set: it must be yes or no"),
        ("much=lots", "much is not set: it must be a number"),
        ("much=true", "much is not set: it must be a number"),
        ("many=2.5", "many is not set: it must be a whole number"),
        ("items=3", "items is not set: it must be a JSON list"),
        ("facts=x", "facts is not set: it must be a JSON object"),
    ],
)
def test_a_value_of_another_type_is_not_set(call: Call, typed: Typed, line: str, right: str) -> None:
    typed(line, "vars", "quit")
    said = call("next", "walk-flow")
    assert right in said.err
    assert "{}" in said.out


def test_an_unknown_word_is_named_and_help_lists_the_words(call: Call, typed: Typed) -> None:
    typed("foo", "quit")
    said = call("next", "walk-flow")
    assert "I do not know 'foo'; help lists the words" in said.err
    assert "this step is done, show" not in said.out
    for word in ("help", "?"):
        typed(word, "quit")
        assert "Enter          this step is done" in call("next", "walk-flow").out


def test_a_broken_workflow_is_named_with_its_file(call: Call, flow: Path) -> None:
    flow.write_text(FLOW.replace("name: Walk", "name: 7"))
    for said in (call("next", "walk-flow"), call("next", "walk-flow", "--json"), call("show", "walk-flow")):
        assert said.code == 1
        assert f"It is in {flow}; `workflow-lookup validate {flow}` shows every error." in said.err


def test_refusals_in_a_terminal_name_verbs_not_tools(call: Call) -> None:
    unknown, step = call("show", "nine"), call("next", "walk-flow", "--done", "nine", "--json")
    assert (unknown.code, step.code) == (1, 1)
    assert "`workflow-lookup list` gives the ids there are" in unknown.err
    assert "`workflow-lookup show walk-flow` shows its steps" in step.err
    assert "workflow_" not in unknown.err + step.err
