"""tasks.md line by line: which part a line belongs to, and what it says there.

Above: phased_plan. Below: markdown. Pure. One pass; headings and bold labels switch between the lists they begin.
"""

import re
from enum import Enum, auto
from typing import Final

from engine.formats.markdown import MARKS, Heading, Label, Line, checkbox, heading, is_rule, label, lines

_DASH: Final = r":\u2010-\u2015\u2212-"
_SEPARATOR: Final = rf"\s{{0,8}}(?:[{_DASH}]|\.(?=\s|$))\s{{0,8}}"
_PHASE: Final = re.compile(rf"Phase\s{{1,8}}([0-9]{{1,4}})(?:{_SEPARATOR}(.*)|\s{{0,8}}(\(.*))?", re.IGNORECASE)
_TASK_TEXT: Final = rf"Task\s{{1,8}}([0-9]{{1,4}})([.-])([0-9]{{1,4}})(?![.-]?[0-9])(?:{_SEPARATOR}|\s)?(.*)"
_TASK: Final = re.compile(_TASK_TEXT, re.IGNORECASE)
_TASK_ITEM: Final = re.compile(rf"[ \t]{{0,3}}[-*+][ \t]+\[[ xX]\][ \t]*\*\*{_TASK_TEXT}", re.IGNORECASE)
"""A task as an item to tick off: `- [ ] **Task 1.1:** Name`."""
_GATE: Final = re.compile(
    rf"(?:Phase\s{{1,8}}([0-9]{{1,4}})\s{{0,8}}[{_DASH}]?\s{{0,8}})?"
    r"(?:Validation\s{1,8}Gates?(?:\s{1,8}(?:criteria|checklist))?|(?<=[0-9]\s)Gate)"
    rf"(?:\s{{0,8}}(?:[({_DASH}]|for)?\s{{0,8}}Phase\s{{1,8}}([0-9]{{1,4}})\)?)?(?:\s{{0,8}}\([^()]*\))?:?",
    re.IGNORECASE,
)
"""Group 1 or 2: the number of the phase, in front of the words or behind them."""
_FRONT: Final = re.compile(r"[^\w\[(`]{1,16}")
"""Marks in front of a heading's words: pictures, arrows, ticks."""
_SPAN: Final = re.compile(r"(.*\S)?\s*\(((?:days?|weeks?|hours?|estimated|duration|~|[0-9])[^()]*)\)", re.IGNORECASE)
_BULLET: Final = re.compile(r"[ \t]*(?:[-*+]|[0-9]{1,3}[.)])[ \t]+(\S.*)")
_DURATIONS: Final = frozenset(
    ("duration", "estimated time", "estimated duration", "time", "estimate", "effort", "estimated effort")
)
_AIMS: Final = frozenset(("objective", "goal"))
_NEEDS: Final = frozenset(("dependencies", "depends on"))
_CRITERIA: Final = "acceptance criteria"
ITEM_LEVEL: Final = 7
"""The level of a task that is a list item: below every heading."""


class PartKind(Enum):
    """What a heading begins: a phase, a task, a gate of its own, or something that is none of these."""

    PHASE = auto()
    TASK = auto()
    GATE = auto()
    OTHER = auto()


class _List(Enum):
    """The list the lines at hand belong to."""

    NONE = auto()
    CRITERIA = auto()
    GATE = auto()
    NEEDS = auto()


class Part:
    """A heading with what belongs to it. `inside`: the phase whose section it stands in; `line`: 1-based."""

    def __init__(self, kind: PartKind, number: int, name: str, line: int) -> None:
        """Begin with nothing but a heading."""
        self.kind = kind
        self.number = number
        self.name = name
        self.line = line
        self.id = ""
        self.level = 0
        self.inside: int | None = None
        self.has_tasks = False
        self.time = ""
        self.texts: list[str] = []
        self.criteria: list[str] = []
        self.gate: list[str] = []
        self.dependencies: list[str] = []

    def description(self) -> str:
        """Give everything that has no place of its own."""
        return "\n".join(self.texts).strip()

    def weight(self) -> int:
        """Tell how much it says, to choose between two of one id."""
        return len(self.description()) + sum(map(len, self.criteria)) + sum(map(len, self.dependencies))


def parts_of(text: str) -> list[Part]:
    """Cut a tasks.md into its parts."""
    reader = _Reader()
    for line in lines(text):
        reader.read(line)
    return reader.parts


class _Reader:
    """Where the reading stands: the part lines go to, the phase around it, and the list they add to."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._part = self._begin(Part(PartKind.OTHER, -1, "", 1), 0)
        self._phase: Part | None = None
        self._list = _List.NONE
        self._gate: list[str] = []

    def read(self, line: Line) -> None:
        """Take in one line."""
        found = heading(line)
        if found is not None:
            self._list = _List.NONE
            self._head(found, line)
        elif is_rule(line):
            self._list = _List.NONE
        elif (bold := label(line)) is not None and checkbox(line) is None:
            self._labelled(bold, line)
        elif (task := self._task_item(line)) is not None:
            self._list = _List.NONE
            self._head_task(task, ITEM_LEVEL, line)
        elif self._part.kind is PartKind.TASK and line.text.strip(" \t:").lower() == _CRITERIA:
            self._list = _List.CRITERIA
        elif not self._listed(line):
            self._part.texts.append(line.text)

    def _task_item(self, line: Line) -> re.Match[str] | None:
        """Give the task an item to tick off is; an item of a gate stays one."""
        return None if line.is_code or self._list is _List.GATE else _TASK_ITEM.fullmatch(line.text)

    def _begin(self, part: Part, level: int) -> Part:
        part.level = level
        self.parts.append(part)
        self._part = part
        return part

    def _head(self, found: Heading, line: Line) -> None:
        """Begin what a heading begins."""
        words = _plain(found.title)
        if gate := _GATE.fullmatch(words):
            self._head_gate(gate[1] or gate[2], found, line)
        elif task := _TASK.fullmatch(words):
            self._head_task(task, found.level, line)
        elif phase := _PHASE.fullmatch(words):
            name, span = _without_span((phase[2] or phase[3] or "").strip(MARKS))
            self._phase = self._begin(Part(PartKind.PHASE, int(phase[1]), name, line.number), found.level)
            self._phase.time = span
        elif self._part.kind in (PartKind.TASK, PartKind.PHASE) and found.level > self._part.level:
            self._head_inside(found, line)
        else:
            if self._phase is not None and found.level <= self._phase.level:
                self._phase = None
            self._begin(Part(PartKind.OTHER, -1, found.title, line.number), found.level)

    def _head_gate(self, number: str | None, found: Heading, line: Line) -> None:
        """Begin a gate section; without a number it is the gate of the phase it stands in."""
        part = self._begin(Part(PartKind.GATE, self._numbered(number), found.title, line.number), found.level)
        self._gate = part.gate
        self._list = _List.GATE

    def _numbered(self, number: str | None) -> int:
        """Give the number of the phase a gate is for: the one it names, else the one it stands in."""
        return int(number) if number else self._phase.number if self._phase is not None else -1

    def _head_task(self, task: re.Match[str], level: int, line: Line) -> None:
        name = task[4].replace("**", "").lstrip(": \t").strip(MARKS)
        part = self._begin(Part(PartKind.TASK, int(task[1]), name, line.number), level)
        part.id = f"{task[1]}{task[2]}{task[3]}"
        if self._phase is not None:
            part.inside = self._phase.number
            self._phase.has_tasks = True

    def _head_inside(self, found: Heading, line: Line) -> None:
        """Keep a heading that lies deeper than its task or phase as text; a list of criteria may begin with it."""
        if self._part.kind is PartKind.TASK and found.title.lower().rstrip(": ") == _CRITERIA:
            self._list = _List.CRITERIA
        else:
            self._part.texts.append(line.text)

    def _labelled(self, bold: Label, line: Line) -> None:
        """Take in a line with a bold label: a fact with a place of its own, or text."""
        name, was = bold.name.lower(), self._list
        self._list = _List.NONE
        if gate := _GATE.fullmatch(_plain(bold.name)):
            self._gate = self._gate_part(self._numbered(gate[1] or gate[2])).gate
            self._list = _List.GATE
            self._add(bold.rest)
        elif name.startswith(_CRITERIA) and self._part.kind is PartKind.TASK:
            self._list = _List.CRITERIA
            self._add(bold.rest)
        elif name in _NEEDS and self._part.kind is PartKind.TASK:
            self._list = _List.NEEDS
            self._add(bold.rest)
        elif not self._fact(name, bold.rest):
            self._list = was if was is _List.GATE else _List.NONE
            self._part.texts.append(line.text)

    def _fact(self, name: str, rest: str) -> bool:
        """Take in a duration or an aim; False where the label means neither."""
        if name in _DURATIONS and rest and self._part.kind in (PartKind.PHASE, PartKind.TASK):
            self._part.time = rest
            return True
        if name in _AIMS and self._part.kind is PartKind.PHASE:
            self._part.texts.append(rest)
            return True
        return False

    def _listed(self, line: Line) -> bool:
        """Take in a line of the list at hand; False where it is no part of it."""
        if self._list is _List.NONE or line.is_code:
            return False
        if not line.text.strip():
            return True
        item = checkbox(line)
        if item is None and (bullet := _BULLET.fullmatch(line.text)) is not None:
            item = bullet[1].strip(MARKS)
        if item is not None:
            self._add(item)
            return True
        if line.text[0] in " \t" and self._items():
            self._items()[-1] += " " + line.text.strip(MARKS)
            return True
        if self._list is not _List.GATE:
            self._list = _List.NONE
        return False

    def _add(self, item: str) -> None:
        if item:
            self._items().append(item)

    def _items(self) -> list[str]:
        """Give the list that lines are added to."""
        if self._list is _List.CRITERIA:
            return self._part.criteria
        if self._list is _List.NEEDS:
            return self._part.dependencies
        return self._gate

    def _gate_part(self, number: int) -> Part:
        """Give the part that keeps the gate of a phase: this one where it is that phase's, else one of its own."""
        if self._part.number == number:
            return self._part
        part = Part(PartKind.GATE, number, "", self._part.line)
        self.parts.append(part)
        return part


def _plain(words: str) -> str:
    """Give a heading or label without the marks around it.

    >>> _plain("\u2705 Phase 1: Set up \u2705")
    'Phase 1: Set up'
    """
    found = _FRONT.match(words)
    return (words[found.end() :] if found else words).strip(MARKS)


def _without_span(name: str) -> tuple[str, str]:
    """Part a name from the time behind it.

    >>> _without_span("Set up (Days 1-2)"), _without_span("Set up (the server)")
    (('Set up', 'Days 1-2'), ('Set up (the server)', ''))
    """
    found = _SPAN.fullmatch(name)
    return (found[1] or "", found[2]) if found else (name, "")
