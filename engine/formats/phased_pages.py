"""phase.md, and phases that are one page: titles, and the `### Task k: title` blocks in them.

Above: phased_tasks, phased. Below: markdown. Pure.
"""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

from engine.formats.markdown import Heading, Line, heading, is_rule, label, lines, links

MAX_TASKS: Final = 1000
"""Tasks of one phase that are read; people write ten. A page gives one more, so that too many can be told."""
TASK_LEVELS: Final = (2, 3, 4)
_TASK: Final = re.compile(
    r"Task\s{1,8}(?:[0-9]{1,4}[.-])?([0-9]{1,4})(?![0-9.])(?:\s{0,8}[:\u2013\u2014-])?(.*)", re.IGNORECASE
)
_PHASE: Final = re.compile(r"Phase\s{1,8}[0-9]{1,4}(?![0-9])(?:\s{0,8}[:\u2013\u2014-])?(.*)", re.IGNORECASE)
_FACTS: Final = {"file": "file", "purpose": "purpose", "objective": "purpose", "time": "time", "estimated time": "time"}


class PageTask(NamedTuple):
    """A task block of a page: what its labels say ("" = nothing), its text, and the lines it covers, first to end.

    `says_more`: it holds words besides those labels.
    """

    number: int
    title: str
    file: str
    purpose: str
    time: str
    text: str
    first: int
    end: int
    says_more: bool


class Page(NamedTuple):
    """A page: its first heading without "Phase k:" or "Task k:", its task blocks, and its lines."""

    title: str
    tasks: tuple[PageTask, ...]
    lines: tuple[Line, ...]

    def without(self, moved: Iterable[PageTask], listed: Iterable[PageTask] = ()) -> str:
        """Give the text without the insides of the blocks `moved`, whose headings stay, and without those `listed`."""
        inside = {number for task in moved for number in range(task.first + 1, task.end)}
        inside |= {number for task in listed for number in range(task.first, task.end)}
        return "\n".join(line.text for line in self.lines if line.number not in inside).strip()


def read_page(text: str) -> Page:
    r"""Read a page.

    >>> page = read_page("# Phase 1: Look\n### Task 2: Read\n**File:** [a](task-2-read.md)\n## Validation Gate\n- x")
    >>> page.title, [(task.number, task.title, task.file) for task in page.tasks]
    ('Look', [(2, 'Read', 'task-2-read.md')])
    """
    known = tuple(lines(text))
    headings = [(line, found) for line in known if (found := heading(line)) is not None]
    title = plain_title(headings[0][1].title) if headings else ""
    return Page(title, tuple(islice(_tasks(known, headings), MAX_TASKS + 1)), known)


def plain_title(title: str) -> str:
    """Give a heading without its "Phase k:" or "Task k:" in front.

    >>> plain_title("Phase 2 - Write tests"), plain_title("Task 1.3: Read"), plain_title("Overview")
    ('Write tests', 'Read', 'Overview')
    """
    found = _PHASE.fullmatch(title) or _TASK.fullmatch(title)
    return found[found.lastindex or 0].strip() or title if found else title


def _tasks(known: tuple[Line, ...], headings: list[tuple[Line, Heading]]) -> Iterable[PageTask]:
    """Give the task blocks; each ends before the next heading of its level or a higher one."""
    for position, (line, found) in enumerate(headings):
        named = _TASK.fullmatch(found.title) if found.level in TASK_LEVELS else None
        if named is None:
            continue
        after = (other.number for other, each in headings[position + 1 :] if each.level <= found.level)
        end = next(after, len(known) + 1)
        yield _block(int(named[1]), named[2].strip(), known[line.number - 1 : end - 1])


def _block(number: int, title: str, block: tuple[Line, ...]) -> PageTask:
    facts = {"file": "", "purpose": "", "time": ""}
    says_more = False
    for line in block[1:]:
        found = label(line)
        key = _FACTS.get(found.name.lower()) if found is not None else None
        if found is not None and key is not None and not facts[key]:
            facts[key] = _target(found.rest) if key == "file" else found.rest
        elif line.text.strip() and not is_rule(line):
            says_more = True
    text = "\n".join(line.text for line in block).strip()
    return PageTask(number, title, facts["file"], facts["purpose"], facts["time"], text, block[0].number,
                    block[-1].number + 1, says_more)  # fmt: skip


def _target(text: str) -> str:
    """Give the file a `**File:**` label names: a link's target, or the name with or without backticks."""
    found = links(text)
    return found[0] if found else text.strip("` \t").partition("`")[0].partition(" ")[0]
