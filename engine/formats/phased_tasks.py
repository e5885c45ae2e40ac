"""The tasks of one phase, brought together from metadata, from the phase's page and from the task files beside it.

Above: phased. Below: phased_pages, phased_files. Pure. Nobody's task is dropped; where the three disagree, a finding
says so.
"""

import re
from typing import Final, NamedTuple

from engine.formats.phased_files import Files
from engine.formats.phased_metadata import TaskEntry
from engine.formats.phased_pages import MAX_TASKS, Page, PageTask, read_page
from engine.formats.phased_report import MAX_QUOTED, Report, quoted
from schema.values import JsonObject

MAX_TITLE: Final = 128
"""Characters of a title; the schema's limit."""
MAX_PAGE: Final = 65_536
"""Characters of a task's page, or of what a phase says; the schema's limit."""
MAX_DURATION: Final = 128
"""Characters of an estimated duration; the schema's limit."""
_TASK_FILE: Final = re.compile(r"task-([0-9]{1,4})(?:[-_.].*)?\.md")


class Draft(NamedTuple):
    """A task on its way. `file` is what somebody named, `path` the file found; `block` its part of the phase's page."""

    number: int
    title: str
    file: str
    path: str | None
    purpose: str
    time: str
    artifacts: tuple[str, ...]
    block: PageTask | None


class PhaseTasks(NamedTuple):
    """The native tasks of a phase, the blocks of its page whose text went into them, and those that only list them."""

    tasks: tuple[JsonObject, ...]
    moved: tuple[PageTask, ...]
    listed: tuple[PageTask, ...]


class Gatherer:
    """Collects the tasks of one phase; `folder` is where its task files are, `said_in` the page that names them."""

    def __init__(self, number: int, folder: str, files: Files, report: Report) -> None:
        """Begin with no tasks."""
        self._number = number
        self._folder = folder
        self._files = files
        self._report = report
        self._drafts: dict[int, Draft] = {}
        self._highest = 0
        self._numbered: dict[int, list[str]] = {}

    def gather(self, entries: tuple[TaskEntry, ...], page: Page | None, page_path: str) -> PhaseTasks:
        """Give the tasks in the order of their numbers."""
        blocks = page.tasks if page is not None else ()
        if len(entries) > MAX_TASKS or len(blocks) > MAX_TASKS:
            message = f"phase {self._number} has more than {MAX_TASKS} tasks; the others are not read"
            self._report.critical(page_path, "too-many-tasks", message, "split the phase")
        for position, entry in enumerate(entries[:MAX_TASKS], 1):
            self._list(entry, position)
        for block in blocks[:MAX_TASKS]:
            self._join_block(block, page_path, is_listed=bool(entries))
        beside = self._beside()
        for path, number in beside.items():
            self._numbered.setdefault(number, []).append(path)
        for number, draft in self._drafts.items():
            self._drafts[number] = self._find(draft, page_path, beside)
        self._add_unlisted(beside)
        ordered = [self._drafts[number] for number in sorted(self._drafts)]
        if [draft.number for draft in ordered] != list(range(1, len(ordered) + 1)):
            numbers = ", ".join(str(draft.number) for draft in ordered)
            message = f"the tasks are numbered {short(numbers, MAX_QUOTED)}"
            self._report.minor(self._folder, "task-gap", message, "number them from 1 on")
        moved = tuple(draft.block for draft in ordered if draft.block is not None and draft.path is None)
        listed = tuple(draft.block for draft in ordered if draft.block is not None and _is_said(draft, draft.block))
        return PhaseTasks(tuple(self._native(draft) for draft in ordered), moved, listed)

    def _list(self, entry: TaskEntry, position: int) -> None:
        number = self._free(position if entry.number is None else entry.number, entry.title, "metadata.json")
        self._drafts[number] = Draft(
            number, entry.title, entry.file, None, entry.purpose, entry.time, entry.artifacts, None
        )

    def _free(self, number: int, title: str, said_in: str) -> int:
        """Give the number, or where it is taken the first free one behind all others."""
        self._highest = max(self._highest, number)
        if number not in self._drafts:
            return number
        self._highest = other = self._highest + 1
        message = f"task {number} of phase {self._number} stands twice; {quoted(title)} becomes task {other}"
        self._report.major(said_in, "repeated-task", message, "give each task a number of its own")
        return other

    def _join_block(self, block: PageTask, path: str, *, is_listed: bool) -> None:
        """Add a block to the task it describes; one that nobody listed is a task too."""
        old = self._drafts.get(block.number)
        if old is None or old.block is not None:
            number = self._free(block.number, block.title, path)
            if is_listed and old is None:
                message = f"task {number} is not listed in metadata.json"
                self._report.minor(path, "unlisted-task", message, "list it there", block.first)
            self._drafts[number] = Draft(number, block.title, block.file, None, block.purpose, block.time, (), block)
            return
        self._drafts[block.number] = old._replace(
            title=old.title or block.title,
            file=old.file or block.file,
            purpose=old.purpose or block.purpose,
            time=old.time or block.time,
            block=block,
        )

    def _beside(self) -> dict[str, int]:
        """Give the task files of the folder with their numbers."""
        found = ((name, _TASK_FILE.fullmatch(name)) for name in self._files.names(self._folder))
        return {f"{self._folder}/{name}": int(match[1]) for name, match in found if match is not None}

    def _find(self, draft: Draft, page_path: str, beside: dict[str, int]) -> Draft:
        """Find the task's file: the one named, else the one of its number."""
        said_in = page_path if draft.block is not None and draft.block.file == draft.file else "metadata.json"
        path = self._files.named(self._folder, draft.file, said_in) if draft.file else None
        if path is None:
            path = next((each for each in self._numbered.get(draft.number, ()) if each in beside), None)
            if draft.file:
                instead = f"; {path} is used" if path else ""
                message = f"the file {quoted(draft.file)} of task {draft.number} is missing{instead}"
                self._report.major(said_in, "missing-task-file", message, f"write {self._folder}/{draft.file}")
        if path is not None:
            beside.pop(path, None)
        return draft._replace(path=path)

    def _add_unlisted(self, beside: dict[str, int]) -> None:
        """Take in the task files nobody named."""
        somebody_lists = bool(self._drafts)
        for path, number in beside.items():
            if somebody_lists:
                message = "this task is listed nowhere; it is added to the phase"
                self._report.minor(path, "unlisted-task", message, "list it in metadata.json and in phase.md")
            taken = self._free(number, path.rpartition("/")[2], path)
            self._drafts[taken] = Draft(taken, "", "", path, "", "", (), None)

    def _native(self, draft: Draft) -> JsonObject:
        text = self._files.text(draft.path) if draft.path is not None else None
        if draft.path is not None and text is not None:
            self._files.check_links(draft.path, text)
            if not text.strip():
                self._report.major(draft.path, "empty-page", "the page is empty", "write what the task asks for")
        title = draft.title or (read_page(text).title if text else "") or f"Task {draft.number}"
        told = text.strip() if text else draft.block.text if draft.block is not None else ""
        lead = draft.purpose if draft.purpose and draft.purpose not in told else ""
        prompt = "\n\n".join(part for part in (lead, told) if part) or title
        task: JsonObject = {"id": f"p{self._number}-t{draft.number}", "title": short(title, MAX_TITLE)}
        task["prompt"] = within_limit(escaped(prompt), draft.path or self._folder, self._report)
        if draft.time:
            task["estimatedDuration"] = short(draft.time, MAX_DURATION)
        if draft.artifacts:
            task["artifacts"] = [*draft.artifacts]
        return task


def _is_said(draft: Draft, block: PageTask) -> bool:
    """Tell whether all a block says is said by the task, which has a page of its own."""
    facts = ((block.title, draft.title), (block.purpose, draft.purpose), (block.time, draft.time))
    is_whole = len(block.title) <= MAX_TITLE and len(block.time) <= MAX_DURATION
    is_same = all(theirs in ("", ours) for theirs, ours in facts)
    return draft.path is not None and not block.says_more and is_same and is_whole


def within_limit(text: str, path: str, report: Report) -> str:
    """Give a page's text; one that is too long for anybody to read in one go is a critical finding."""
    if len(text) <= MAX_PAGE:
        return text
    message = f"the text has {len(text)} characters; at most {MAX_PAGE} are handed out at once"
    report.critical(path, "too-long-page", message, "split it into several tasks")
    return short(text, MAX_PAGE)


def short(text: str, most: int) -> str:
    """Cut a text to a number of characters, showing that it was cut.

    >>> short("abcdef", 5), short("abc", 5)
    ('ab...', 'abc')
    """
    return text if len(text) <= most else text[: most - 3].rstrip() + "..."


def escaped(text: str) -> str:
    r"""Write a markdown text so that nothing in it is a template.

    >>> escaped("{{ name }}")
    '\\{{ name }}'
    """
    return text.replace("{{", "\\{{")
