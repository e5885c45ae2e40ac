"""A task's page becomes steps: markers, numbers, fences; nothing lost, nothing slow."""

import time
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.task_steps import KINDS, MAX_STEPS, UNNAMED, task_steps
from schema.values import JsonObject

PAGE: Final = """# Task 1: Look at the code

Read before you run.

## Steps

1. Read `src/app.py` from top to bottom.
2. Run the tests

   ```bash
   pytest -q
   ```

   Expected output:

   ```
   3 passed
   ```

**EXECUTE-NOW:** Count the functions

It takes a moment.

```python
print(len(functions))
```

\u26a0\ufe0f MUST-READ: [the rules](../rules.md)

\U0001f4ca COUNT-AND-DOCUMENT: how many functions are public

**QUERY-AND-DECIDE** which of them to test

\U0001f6d1 VALIDATE-GATE: all of it holds
- [x] counted

NEXT-MANDATORY: [task 2](task-2-plan.md)
"""


def steps_of(text: str) -> list[JsonObject]:
    return task_steps(text).steps


def test_a_whole_page_becomes_steps_of_every_kind() -> None:
    page = task_steps(PAGE)

    assert page.intro.startswith("Task 1: Look at the code")
    assert "Read before you run." in page.intro
    assert [step["kind"] for step in page.steps] == [
        "text", "command", "command", "read", "count", "decision", "decision", "text",
    ]  # fmt: skip
    assert page.steps[1] == {
        "step": 2,
        "kind": "command",
        "description": "Run the tests",
        "command": "pytest -q",
        "expected_output": "3 passed",
    }
    assert page.steps[2]["command"] == "print(len(functions))"
    assert page.steps[2]["description"] == "Count the functions\n\nIt takes a moment."
    assert page.steps[6]["description"] == "VALIDATE-GATE: all of it holds\n- [x] counted"
    assert page.steps[7]["description"] == "NEXT-MANDATORY: [task 2](task-2-plan.md)"


def test_steps_are_numbered_in_order() -> None:
    assert [step["step"] for step in steps_of(PAGE)] == list(range(1, 9))


@pytest.mark.parametrize("marker", KINDS)
@pytest.mark.parametrize(
    "written", ["**{}:** do it", "**{}**: do it", "\u2192 {}: do it", "- {}: do it", "__{}__: do it"]
)
def test_a_marker_is_known_in_bold_or_behind_a_symbol(marker: str, written: str) -> None:
    (step,) = steps_of(written.format(marker))

    assert (step["kind"], step["description"]) == (KINDS[marker], "do it" if marker in UNNAMED else f"{marker}: do it")


def test_what_is_forbidden_does_not_read_like_what_is_to_be_done() -> None:
    (step,) = steps_of("**FRAMEWORK-VIOLATION:** deleting a test to get to green")

    assert step["description"] == "FRAMEWORK-VIOLATION: deleting a test to get to green"


def test_what_follows_a_command_comes_behind_it() -> None:
    found = steps_of("EXECUTE-NOW: run\n```sh\nmake\n```\n\nExpected output: green\nafter a while.\n\nThen tidy up.\n")

    assert found == [
        {"step": 1, "kind": "command", "description": "run", "command": "make",
         "expected_output": "green\nafter a while."},
        {"step": 2, "kind": "text", "description": "Then tidy up."},
    ]  # fmt: skip


@pytest.mark.parametrize("lead", ["QUERY-AND-DECIDE: for each file ask:", "### Step 2: Ask\n\nQUERY-AND-DECIDE: ask:"])
def test_a_numbered_list_below_a_colon_belongs_to_the_marked_step(lead: str) -> None:
    (asked, after) = steps_of(f"{lead}\n\n1. Is it read?\n2. Is it safe?\n\nWrite both down.\n\nMUST-READ: the rules\n")

    assert "1. Is it read?\n2. Is it safe?\n\nWrite both down." in str(asked["description"])
    assert (asked["kind"], after["kind"]) == ("decision", "read")


def test_numbered_lines_below_a_plain_sentence_stay_steps() -> None:
    assert len(steps_of("Do this:\n1. Read\n2. Run\n\nCONTEXT: in order:\n1. Read\n2. Run")) == 5


def test_a_command_inside_a_list_ends_the_list() -> None:
    kinds = [step["kind"] for step in steps_of("EXECUTE-NOW: both:\n1. one\n```sh\na\n```\n2. two\n```sh\nb\n```")]

    assert kinds == ["command", "command"]


def test_a_marker_behind_the_text_of_a_numbered_line_is_a_step_of_its_own() -> None:
    found = steps_of("1. Write it\n\nKeep it short.\n\nEXECUTE-NOW: `make`")

    assert [step["kind"] for step in found] == ["text", "command"]


def test_gaps_in_a_page_are_closed() -> None:
    assert steps_of("1. Look\n\n\n \n\nTwice.") == [{"step": 1, "kind": "text", "description": "Look\n\nTwice."}]


@pytest.mark.parametrize("between", ["", "\n", "\nA sentence in between.\n", "\n\n\nTwo.\n\nSentences.\n\n"])
def test_what_stands_between_a_marker_and_its_fence_does_not_part_them(between: str) -> None:
    (step,) = steps_of(f"**EXECUTE-NOW:** run\n{between}```\nmake test\n```\n")

    assert step["command"] == "make test"


def test_a_command_in_a_line_counts_where_there_is_no_fence() -> None:
    (step,) = steps_of("EXECUTE-NOW: `make test` and wait")

    assert step["command"] == "make test"


def test_a_marker_below_a_numbered_step_says_what_kind_it_is() -> None:
    (step,) = steps_of("### Step 3: Choose\n\n**QUERY-AND-DECIDE:** which one is smaller?")

    assert step == {"step": 1, "kind": "decision", "description": "Choose\n\nwhich one is smaller?"}


def test_a_gate_below_a_numbered_step_is_a_step_of_its_own() -> None:
    assert [step["kind"] for step in steps_of("1. Write it\n\nVALIDATE-GATE: it is written")] == ["text", "decision"]


def test_a_fenced_command_without_a_step_takes_the_paragraph_above_as_its_description() -> None:
    page = task_steps("Begin.\n\nRun this:\n\n```sh\nls\n```")

    assert page.intro == "Begin."
    assert page.steps == [{"step": 1, "kind": "command", "description": "Run this:", "command": "ls"}]


def test_a_second_command_is_a_second_step() -> None:
    assert [step["command"] for step in steps_of("1. Both\n```sh\na\n```\n```sh\nb\n```")] == ["a", "b"]


def test_a_fence_that_is_no_command_stays_in_the_text() -> None:
    (step,) = steps_of("1. Write this file\n\n```yaml\na: 1\n```")

    assert "command" not in step
    assert "```yaml\na: 1\n```" in str(step["description"])


def test_numbers_and_markers_inside_a_fence_are_text() -> None:
    (step,) = steps_of("1. Show\n\n```markdown\n2. no step\nEXECUTE-NOW: no\n```")

    assert "2. no step" in str(step["description"])


def test_a_fence_that_never_closes_reaches_to_the_end() -> None:
    (step,) = steps_of("EXECUTE-NOW: go\n```sh\na\n\nb")

    assert step["command"] == "a\n\nb"


@pytest.mark.parametrize("line", ["Expected output: `ok`", "**Expected:** `ok`", "- Expected result:\n`ok`"])
def test_an_expected_output_is_told_apart(line: str) -> None:
    (step,) = steps_of(f"1. Run\n```sh\nmake\n```\n{line}\n")

    assert step["expected_output"] == "`ok`"


def test_text_behind_a_heading_after_the_steps_is_a_step_of_its_own() -> None:
    found = steps_of("1. Run\n\n## Afterwards\n\nTidy up.")

    assert found[1] == {"step": 2, "kind": "text", "description": "Afterwards\n\nTidy up."}


def test_a_heading_right_above_a_step_is_left_out() -> None:
    assert [step["description"] for step in steps_of("1. Run\n\n## More\n\n2. Walk\n\n---\n\n## End")] == [
        "Run",
        "Walk",
    ]


def test_a_sentence_that_begins_with_the_word_context_is_no_marker() -> None:
    assert steps_of("CONTEXT matters.") == [{"step": 1, "kind": "text", "description": "CONTEXT matters."}]


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_an_empty_page_is_one_empty_step(text: str) -> None:
    assert steps_of(text) == [{"step": 1, "kind": "text", "description": ""}]


def test_steps_past_the_most_belong_to_the_last_one() -> None:
    found = steps_of("\n".join(f"{number % 900}. step {number}" for number in range(MAX_STEPS + 50)))

    assert len(found) == MAX_STEPS
    assert f"step {MAX_STEPS + 49}" in str(found[-1]["description"])


def test_commands_past_the_most_steps_are_kept_in_the_last_one() -> None:
    found = steps_of("```sh\nls\n```\n" * (MAX_STEPS + 3))

    assert len(found) == MAX_STEPS
    assert found[-1]["command"] == "\n".join(["ls"] * 4)


WORDS: Final = st.sampled_from(
    ["1. do", "2) go", "# Head", "### Step 2: x", "```sh", "```", "~~~~", "EXECUTE-NOW: `x`", "**MUST-READ** y",
     "VALIDATE-GATE:", "Expected output:", "Expected: ok", "plain words", "", "  indented", "---", "- [ ] box"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=60))
def test_every_page_gives_steps_in_order_and_loses_no_plain_words(lines: list[str]) -> None:
    page = task_steps("\n".join(lines))
    everything = "\n".join([page.intro, *(str(step) for step in page.steps)])

    assert [step["step"] for step in page.steps] == list(range(1, len(page.steps) + 1))
    assert 1 <= len(page.steps) <= MAX_STEPS
    assert everything.count("plain words") >= lines.count("plain words")
    for step in page.steps:
        assert step["kind"] in {"command", "decision", "read", "count", "text"}
        assert (
            {"step", "kind", "description"}
            <= set(step)
            <= {"step", "kind", "description", "command", "expected_output"}
        )


@given(st.text(max_size=2_000))
def test_no_text_whatever_is_refused(text: str) -> None:
    assert steps_of(text)


@pytest.mark.parametrize(
    "piece",
    ["`", "#", "1. ", "*", "_", "EXECUTE-NOW", "Expected ", "```\n", "> ", "\n", "# Head\n", "`a\n", "expected:\n"],
)
def test_time_grows_with_the_text_alone(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    before = time.process_time()
    task_steps(text)

    assert time.process_time() - before < 5  # a quadratic reader would take minutes


def test_a_marker_in_a_numbered_line_says_what_kind_it_is() -> None:
    assert steps_of("1. EXECUTE-NOW: `make`\n2. MUST-READ: the rules") == [
        {"step": 1, "kind": "command", "description": "`make`", "command": "make"},
        {"step": 2, "kind": "read", "description": "the rules"},
    ]


def test_a_marker_without_words_still_says_what_the_step_above_is() -> None:
    (step,) = steps_of("1. Decide\n\nQUERY-AND-DECIDE\n\nWhich one?")

    assert (step["kind"], step["description"]) == ("decision", "Decide\n\nWhich one?")
