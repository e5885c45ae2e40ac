"""Large and odd texts in phased folders: read in time that grows with their size; quadratic work would not end."""

from typing import Final

import orjson
import pytest

from engine.formats.markdown import checkbox, heading, is_rule, label, lines, links
from engine.formats.phased import read_folder
from engine.formats.phased_pages import MAX_TASKS
from engine.formats.phased_places import MAX_PHASES
from engine.formats.phased_plan import read_plan
from engine.formats.phased_report import Report
from schema.values import Json, JsonObject
from tests.unit.engine.folders import folder, metadata, rules

BYTES: Final = 900_000
PAGES: Final = {
    "tasks of one number": "### Task 1: a\n",
    "tasks of many numbers": "#### Task {n}: a\n",
    "nested tasks": "## Task {n}\n### Task {n}\n#### Task {n}\n",
    "broken links": "NEXT-MANDATORY: [a](b{n}.md)\n",
    "markers without links": "NEXT-MANDATORY:\n",
    "open brackets": "NEXT-MANDATORY: " + "[a" * 400 + "\n",
    "phases": "## Phase {n}: a (Days 1-2)\n",
    "tasks of a plan": "### Task 1.{n}: a\n**Acceptance Criteria:**\n- [ ] c\n",
    "plans": "## Phase {n}: a\n### Task {n}.1: b\n",
    "gates elsewhere": "## Phase 1: a\n### Task 1.1: b\n**Phase {n} Validation Gate:**\n- [ ] c\n- [ ] d\n",
    "spans": "## Phase 1: (days (days (days (days\n",
    "stars": "**" * 50 + "\n",
    "fences": "```\n~~~\n",
}
LINES: Final = (
    "#" * BYTES,
    "- " * BYTES,
    "[" * BYTES,
    "**" * BYTES,
    "- [ ] " * BYTES,
    "## Phase 1: " + "(days " * BYTES,
    "## Phase 1: a" + " " * BYTES + "b",
    "#" + " " * BYTES,
    "* " * BYTES + "x",
)


def many(pattern: str) -> str:
    """Repeat a pattern up to the size of the largest page, counting from 1."""
    count = BYTES // len(pattern)
    return "".join([pattern.replace("{n}", str(number % 9999 + 1)) for number in range(count)])


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_one_megabyte_is_read_whole(name: str) -> None:
    text = many(PAGES[name])
    files = folder(metadata(phases=1), {"phases/1/phase.md": text, "phases/1/task-1-read.md": text})
    assert read_folder("look_v1", files).document is not None
    read_plan(text, Report())


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_a_line_of_a_megabyte_is_read_too(line: str) -> None:
    (only,) = lines(line)
    assert (heading(only), checkbox(only), label(only), is_rule(only), links(only.text)) is not None
    read_plan(line, Report())


def test_phases_beyond_the_limit_are_refused() -> None:
    listed: list[Json] = [{"phase_number": number, "purpose": "p"} for number in range(MAX_PHASES + 1)]
    result = read_folder("look_v1", {"metadata.json": orjson.dumps(metadata(phases=listed))})
    assert ("critical", "too-many-phases") in rules(result.findings)
    report = Report()
    plan = read_plan("".join(f"## Phase {number}: a\n" for number in range(MAX_PHASES + 1)), report)
    assert len(plan) == MAX_PHASES
    assert report.findings[0].rule == "too-many-phases"


def test_tasks_beyond_the_limit_are_refused() -> None:
    members: list[Json] = [{"task_number": 1, "name": "a"} for _ in range(MAX_TASKS + 1)]
    entry: JsonObject = {"phase_number": 1, "phase_name": "Look", "tasks": members}
    result = read_folder("look_v1", folder(metadata(phases=[entry])))
    assert ("critical", "too-many-tasks") in rules(result.findings)
    page = read_folder("look_v1", folder(metadata(phases=1), {"phases/1/phase.md": many("### Task {n}: a\n")}))
    assert ("critical", "too-many-tasks") in rules(page.findings)
