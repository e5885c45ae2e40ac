"""A task's markdown as execution steps: what to run, read, count or decide, one thing at a time.

Above: tools.aos_phase (get_task). Below: schema.values. Pure, one pass over the lines: time grows with the text alone.
A step begins at a numbered line or heading, at a marker (EXECUTE-NOW, ...), at a fenced command, or behind one: what
follows a command stays behind it. Nothing is dropped but rules and headings with no text below them.
"""

import re
from typing import Final, NamedTuple

from schema.values import JsonObject

MAX_STEPS: Final = 200
"""Steps of one task; what comes after belongs to the last one. Pages have ten."""
KINDS: Final = {
    "EXECUTE-NOW": "command",
    "QUERY-AND-DECIDE": "decision",
    "VALIDATE-GATE": "decision",
    "MUST-READ": "read",
    "MUST-SEARCH": "read",
    "DISCOVER-TOOL": "read",
    "COUNT-AND-DOCUMENT": "count",
    "NEXT-MANDATORY": "text",
    "FRAMEWORK-VIOLATION": "text",
    "CONTEXT": "text",
}
"""The markers of phased folders, and the kind of step each makes."""
UNNAMED: Final = frozenset(("EXECUTE-NOW", "QUERY-AND-DECIDE", "MUST-READ", "COUNT-AND-DOCUMENT"))
"""Markers that say no more than their kind does; the others stay in the text: without "FRAMEWORK-VIOLATION" in front,
what is forbidden reads like what is to be done."""
STANDING_ALONE: Final = frozenset(("VALIDATE-GATE", "NEXT-MANDATORY", "FRAMEWORK-VIOLATION", "CONTEXT"))
"""Markers that never tell more about the numbered step above them."""
SHELLS: Final = frozenset(("bash", "sh", "shell", "console", "zsh", "powershell", "terminal"))
"""Languages of fences that are commands wherever they stand."""

_FENCE: Final = re.compile(r"[ \t]{0,12}(`{3,}|~{3,})[ \t]*([^\s`]{0,40})[^`]*$")
_HEADING: Final = re.compile(r"#{1,6}[ \t]+(.*)")
_NUMBERED: Final = re.compile(r" ?(?:\*\*)?\d{1,3}[.)](?:\*\*)?[ \t]+(.*)")
_STEP_TITLE: Final = re.compile(
    r"(?:step[ \t]+)?\d{1,3}(?:\.\d{1,3})?[.):]?(?:[ \t]+[-\u2013\u2014:])?[ \t]+(.*)", re.IGNORECASE
)
_MARKER: Final = re.compile(r"[\W_]{0,16}(" + "|".join(KINDS) + r")(?![A-Za-z0-9-])(.*)")
_EXPECTED: Final = re.compile(
    r"[\W_]{0,8}expected(?:[ \t]+(?:output|result))?[ \t*_]{0,4}:[ \t*_]{0,4}(.*)", re.IGNORECASE
)
_CODE: Final = re.compile(r"`([^`]{1,2000})`")
_RULE: Final = re.compile(r"[ \t]{0,3}(?:-{3,}|\*{3,}|_{3,})[ \t]*$")
_GAP: Final = re.compile(r"\n(?:[ \t]*\n){2,}")


class TaskSteps(NamedTuple):
    """What a page says before its first step, and its steps: {step, kind, description, command?, expected_output?}."""

    intro: str
    steps: list[JsonObject]


class _Step:
    """A step being read; `is_heading`: it began with a heading that has no number.

    `numbered`: a marker below may say what kind it is; `titled`: also where text stands between the two.
    `takes_lists`: numbered lines below a colon are part of it, no steps of their own.
    """

    def __init__(self, kind: str, line: str, *, is_heading: bool = False) -> None:
        self.kind = kind
        self.lines = [line] if line.strip() else []
        self.commands: list[str] = []
        self.expected: list[str] = []
        self.numbered = False
        self.titled = False
        self.takes_lists = False
        self.is_heading = is_heading

    @property
    def is_bare(self) -> bool:
        """True for a heading with nothing below it."""
        return self.is_heading and not any(line.strip() for line in self.lines[1:]) and not self.expected

    @property
    def may_be_marked(self) -> bool:
        """True where a marker below says what kind of step this is."""
        return self.numbered and not self.commands and (self.titled or not any(map(str.strip, self.lines[1:])))

    def introduces(self) -> bool:
        """Tell whether the last words end in a colon."""
        last = next((line for line in reversed(self.lines) if line.strip()), "")
        return last.rstrip(" \t*_").endswith(":")

    def as_json(self, number: int) -> JsonObject:
        description = _GAP.sub("\n\n", "\n".join(self.lines)).strip()
        command = "\n".join(self.commands).strip()
        if not command and self.kind == "command":
            inline = _CODE.search(description)
            command = inline[1].strip() if inline else ""
        shown: JsonObject = {"step": number, "kind": self.kind, "description": description or command}
        if command:
            shown["command"] = command
        expected = "\n".join(self.expected).strip()
        if expected:
            shown["expected_output"] = expected
        return shown


def task_steps(text: str) -> TaskSteps:
    r"""Read a task's page; one without any step is one step of kind text.

    >>> task_steps("Look first.\n\n1. Run the tests\n\n   ```bash\n   pytest -q\n   ```").steps
    [{'step': 1, 'kind': 'command', 'description': 'Run the tests', 'command': 'pytest -q'}]
    >>> task_steps("Think.")
    TaskSteps(intro='', steps=[{'step': 1, 'kind': 'text', 'description': 'Think.'}])
    """
    page = _Page()
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if fence:
            end = _end_of(lines, at, fence[1])
            page.fenced(fence[2].lower(), lines[at : end + 1])
            at = end
        else:
            page.plain(lines[at])
        at += 1
    return page.result(text)


def _end_of(lines: list[str], start: int, opening: str) -> int:
    """Give the line that closes the fence opened at `start`; the last line where none does."""
    for at in range(start + 1, len(lines)):
        closing = lines[at].strip()
        if len(closing) >= len(opening) and closing == opening[0] * len(closing):
            return at
    return len(lines) - 1


class _Page:
    """The steps read so far, and what the next line belongs to."""

    def __init__(self) -> None:
        self._intro: list[str] = []
        self._steps: list[_Step] = []
        self._expecting = False
        self._in_list = False

    def plain(self, line: str) -> None:
        """Read a line outside fences."""
        heading = _HEADING.match(line)
        if heading:
            self._heading(heading[1].rstrip(" \t#"))
            return
        numbered = _NUMBERED.match(line)
        if numbered and not self._continues_list(numbered[1]):
            self._begin(numbered[1])
            return
        marker = None if numbered else _MARKER.match(line)
        if marker and _is_marker(marker[1], marker[2]):
            self._marked(marker[1], _told(marker[1], marker[2]))
            return
        self._text(line)

    def fenced(self, language: str, block: list[str]) -> None:
        """Read a fence: a command, an expected output, or part of the text."""
        step = self._steps[-1] if self._steps else None
        inner = _unindented(block)
        if step is not None and self._expecting:
            step.expected += inner
            self._expecting = False
        elif language in SHELLS:
            self._command(step, inner)
        elif step is not None and step.kind == "command" and not step.commands:
            step.commands = inner
        else:
            self._behind_command()
            self._lines().extend(block)

    def result(self, text: str) -> TaskSteps:
        """Give what was read."""
        kept = [step for step in self._steps if not step.is_bare]
        if not kept:
            return TaskSteps("", [_Step("text", text.strip()).as_json(1)])
        intro = _GAP.sub("\n\n", "\n".join(self._intro)).strip()
        return TaskSteps(intro, [step.as_json(at) for at, step in enumerate(kept, 1)])

    def _heading(self, title: str) -> None:
        step_title = _STEP_TITLE.match(title)
        if step_title:
            self._begin(step_title[1])
            self._steps[-1].titled = True
        elif self._steps:
            self._add(_Step("text", title, is_heading=True))
        else:
            self._intro.append(title)

    def _continues_list(self, text: str) -> bool:
        """Tell whether a numbered line is an item of a list in the step at hand: one that a colon introduced."""
        step = self._steps[-1] if self._steps else None
        if step is None or not step.takes_lists or _MARKER.match(text):
            return False
        self._in_list = self._in_list or step.introduces()
        return self._in_list

    def _begin(self, text: str) -> None:
        """Begin a step at a numbered line, which may hold a marker itself."""
        marker = _MARKER.match(text)
        if marker and _is_marker(marker[1], marker[2]):
            self._add(_Step(KINDS[marker[1]], _told(marker[1], marker[2])))
        else:
            self._add(_Step("text", text)).numbered = True

    def _marked(self, name: str, rest: str) -> None:
        """Read a marker: it says what kind of thing the numbered step above is, or begins a step of its own."""
        step = self._steps[-1] if self._steps else None
        if step is not None and step.may_be_marked and name not in STANDING_ALONE:
            step.numbered = False
            step.takes_lists = True
            step.kind = KINDS[name]
            if rest:
                step.lines.append(rest)
        else:
            self._add(_Step(KINDS[name], rest)).takes_lists = name != "CONTEXT"

    def _command(self, step: _Step | None, inner: list[str]) -> None:
        """Give a command to the step that waits for one, or begin a step with it."""
        if step is None or step.commands:
            step = self._add(_Step("command", _last_paragraph(self._intro) if step is None else ""))
        self._in_list = False
        if not step.commands:
            step.commands = inner
            step.kind = "command"
            step.is_heading = False
        else:
            step.commands += inner  # the last step there may be

    def _text(self, line: str) -> None:
        step = self._steps[-1] if self._steps else None
        expected = _EXPECTED.match(line) if step is not None else None
        if step is None or (expected is None and not self._expecting):
            if not _RULE.match(line):
                if line.strip():
                    self._behind_command()
                self._lines().append(line)
        elif expected is not None:
            step.expected += [expected[1]] if expected[1].strip(" *_") else []
            self._expecting = True
        elif line.strip():
            step.expected.append(line.strip())
        else:
            self._expecting = not step.expected

    def _behind_command(self) -> None:
        """Begin a step of text where the one at hand has its command: what is said later is done later."""
        if self._steps and self._steps[-1].commands and len(self._steps) < MAX_STEPS:
            self._add(_Step("text", "")).takes_lists = True

    def _lines(self) -> list[str]:
        return self._steps[-1].lines if self._steps else self._intro

    def _add(self, step: _Step) -> _Step:
        """Take up a step; past MAX_STEPS its text goes to the last one."""
        self._expecting = self._in_list = False
        if len(self._steps) >= MAX_STEPS:
            self._steps[-1].lines += step.lines
        elif self._steps and self._steps[-1].is_bare:
            self._steps[-1] = step
        else:
            self._steps.append(step)
        return self._steps[-1]


def _is_marker(name: str, rest: str) -> bool:
    """Tell a marker from a sentence that begins with the word CONTEXT."""
    return name != "CONTEXT" or rest.lstrip(" \t*_]").startswith(":")


def _told(name: str, rest: str) -> str:
    """Give what a marker says, with its name where the kind of the step does not say the same."""
    words = rest.lstrip(" \t:*_]").rstrip()
    if name in UNNAMED:
        return words
    return f"{name}: {words}" if words else name


def _last_paragraph(lines: list[str]) -> str:
    """Take the last paragraph away from `lines` and give it: it introduces the command below it."""
    while lines and not lines[-1].strip():
        lines.pop()
    found: list[str] = []
    while lines and lines[-1].strip():
        found.append(lines.pop())
    return "\n".join(reversed(found))


def _unindented(block: list[str]) -> list[str]:
    """Give the lines between the marks of a fence, less the indentation of its opening."""
    indent = len(block[0]) - len(block[0].lstrip())
    is_closed = len(block) > 1 and block[-1].strip().strip("`~") == "" and block[-1].strip() != ""
    inner = block[1:-1] if is_closed else block[1:]
    return [line[indent:] if not line[:indent].strip() else line for line in inner]
