"""Expressions and templates of automation YAML -> those of the native language; old scopes are noted.

Above: the readers of automation YAML. Below: automation_notes, engine.template (slots), engine.expression (names).
A condition may stand in {{ }} or without; `raw.` is the old name of `inputs.`, `now()` of the session's clock.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from engine import template
from engine.definition import Slot
from engine.expression import prove
from engine.formats.automation_notes import Notes
from schema.values import Json

_CODE: Final = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`|[{}]""", re.DOTALL)
_LITERAL: Final = re.compile(r"\\.|`|\$\{", re.DOTALL)
_NAME: Final = re.compile(r"(?<![\w$.])([A-Za-z_$][\w$]*)")
_OLD_SCOPES: Final = {"state": "this", "computed": "this", "raw": "inputs"}
_RENAMES: Final = (
    (re.compile(r"(?<![\w$.])raw(?=\s*(?:\?\.|[.\[]))"), "inputs"),
    (re.compile(r"(?<![\w$.])now\(\)"), "new Date().toISOString()"),
)
_OF_TASKS: Final = (
    (re.compile(r"(?<![\w$.])loop\.(?=(?:item|index|total)(?![\w$]))"), "inputs."),
    (re.compile(r"(?<![\w$.])loop\.iteration(?![\w$])"), "(inputs.index + 1)"),
)


class Names(NamedTuple):
    """Names in force where a text stands: those declared there with their scope (this, inputs), those of its loops.

    `steps`: ids that changed on the way, by the id in the YAML. `is_task`: the text stands in a sub-agent and in none
    of its own loops, so that `loop.` is about the item the sub-agent was made for.
    """

    declared: Mapping[str, str]
    loops: frozenset[str]
    steps: Mapping[str, str]
    is_task: bool = False

    def inside(self, names: Iterable[str]) -> "Names":
        """Give the names in force in a loop that has these variables."""
        return self._replace(loops=self.loops | set(names), is_task=False)


class Texts:
    """Brings texts over; `words`: names that mean something else here, such as stdout in the updates of a command."""

    def __init__(self, names: Names, notes: Notes, words: Mapping[str, str] | None = None) -> None:
        """Take the names in force. `seen`: every name that was read and is no loop's, in all texts of the same run."""
        self.names = names
        self.seen: set[str] = set()
        self._notes = notes
        self._words = words or {}

    def knowing(self, words: Mapping[str, str]) -> "Texts":
        """Give the same with these words."""
        return self._with(Texts(self.names, self._notes, words))

    def inside(self, names: Iterable[str]) -> "Texts":
        """Give the same for the body of a loop with these variables."""
        return self._with(Texts(self.names.inside(names), self._notes, self._words))

    def _with(self, other: "Texts") -> "Texts":
        other.seen = self.seen
        return other

    def expression(self, text: str, where: str) -> str:
        """Give a bare expression; {{ }} around the whole or around parts of it are taken off."""
        parts = template.parse(text.strip()).parts
        if len(parts) == 1 and isinstance(parts[0], Slot):
            return self.code(_inner(parts[0]), where)
        pieces = [f"({_inner(part)})" if isinstance(part, Slot) else part for part in parts]
        return self.code("".join(pieces).strip(), where)

    def template(self, value: Json, where: str) -> Json:
        """Give a value whose texts are templates."""
        if isinstance(value, str):
            return self.text(value, where)
        if isinstance(value, list):
            return [self.template(each, f"{where}/{index}") for index, each in enumerate(value)]
        if isinstance(value, dict):
            return {key: self.template(each, where) for key, each in value.items()}
        return value

    def text(self, text: str, where: str) -> str:
        """Give a text with slots; a `{{` that never closes stays as it is, to be found where it stands."""
        if "{{" not in text:
            return text
        return "".join(
            f"{{{{ {self.code(_inner(part), where)} }}}}" if isinstance(part, Slot) else part
            for part in template.written_parts(text)
        )

    def literal(self, value: Json, where: str) -> str:
        """Write a value whose texts are templates as an expression.

        >>> Texts(Names({}, frozenset(), {}), Notes()).literal(["a", [{"b": None}], "{{ n }}", "n: {{ n }}"], "")
        '["a", [{"b": null}], (n), "" + "n: " + (n)]'
        """
        if isinstance(value, dict):
            members = (f"{json.dumps(key)}: {self.literal(each, where)}" for key, each in value.items())
            return "({" + ", ".join(members) + "})"
        if isinstance(value, list) and "{{" in json.dumps(value):
            return "[" + ", ".join(self.literal(each, where) for each in value) + "]"
        if not isinstance(value, str) or "{{" not in value:
            return json.dumps(value, ensure_ascii=False)
        pieces = [
            f"({self.code(_inner(part), where)})" if isinstance(part, Slot) else json.dumps(part, ensure_ascii=False)
            for part in template.parse(value).parts
        ]
        return pieces[0] if len(pieces) == 1 else " + ".join(['""', *pieces])

    def code(self, code: str, where: str) -> str:
        """Give the JavaScript of an expression with its names brought over."""
        free = free_names(code)
        self._note_old(free, where)
        for pattern, instead in (*_RENAMES, *(_OF_TASKS if self.names.is_task else ())):
            code = _renamed(code, pattern, instead)
        for word, instead in self._words.items():
            if word in free and word not in self.names.loops:
                code = _renamed(code, re.compile(rf"(^\s*|[{{,]\s*)?(?<![\w$.]){word}(?![\w$])(\s*(?::|=>))?"), instead)
        return _STEPS.sub(self._step, code)

    def note_major(self, where: str, rule: str, message: str, suggestion: str) -> None:
        """Note what works but is surely not meant."""
        self._notes.major(where, rule, message, suggestion)

    def _step(self, match: re.Match[str]) -> str:
        """Give steps["id"] with the id that step has now."""
        identity = self.names.steps.get(match[2], match[2])
        return f"steps[{match[1]}{identity}{match[1]}]"

    def _note_old(self, names: tuple[str, ...], where: str) -> None:
        """Note scopes and bare names of earlier versions of the format."""
        found = {}
        for name in names:
            if name in self.names.loops or name in self._words:
                continue
            self.seen.add(name)
            if name in _OLD_SCOPES and name not in self.names.declared:
                found[f"{name}."] = f"{_OLD_SCOPES[name]}."
            elif name in self.names.declared:
                found[name] = f"{self.names.declared[name]}.{name}"
        for old, new in found.items():
            self._notes.minor(where, "old-scope", f"{old!r} is an old way to say {new!r}", f"write {new}")


def free_names(code: str) -> tuple[str, ...]:
    """Give the names an expression reads, in order, without those its own functions bind.

    >>> free_names("state.files.filter(f => f.size > limit)")
    ('state', 'limit')
    """
    names = frozenset(name for is_code, piece in _pieces(code) if is_code for name in _NAME.findall(piece))
    proof = prove(code, names)
    return proof.free if proof.fault is None else tuple(sorted(names))


_STEPS: Final = re.compile(r"""(?<![\w$.])steps\[(["'])([^"']*)\1\]""")


def _inner(slot: Slot) -> str:
    return slot.written[2:-2].strip()


def _renamed(code: str, pattern: re.Pattern[str], instead: str) -> str:
    """Replace what the pattern finds outside quotes; a name that is a key of an object, or bound there, stays."""

    def put(match: re.Match[str]) -> str:
        before, after = match.groups() if match.re.groups else ("", "")
        if after and (before is not None or after.endswith(">")):
            return match[0]
        return f"{before or ''}{instead}{after or ''}"

    return "".join(pattern.sub(put, piece) if is_code else piece for is_code, piece in _pieces(code))


def _pieces(code: str) -> Iterator[tuple[bool, str]]:
    """Cut an expression into code and quoted text; what stands in ${ } of a template literal is code."""
    start = position = 0
    stack: list[str] = []
    while (match := (_LITERAL if stack and stack[-1] == "`" else _CODE).search(code, position)) is not None:
        is_text, position = bool(stack) and stack[-1] == "`", match.end()
        mark = match[0]
        if is_text and mark not in ("`", "${"):
            continue
        yield not is_text, code[start : match.start()]
        yield False, mark
        start = position
        if mark in ("`", "}"):
            _close(stack, mark)
        elif mark in ("${", "{"):
            stack.append(mark)
    yield not (stack and stack[-1] == "`"), code[start:]


def _close(stack: list[str], mark: str) -> None:
    """Leave what is open, or enter a template literal."""
    if mark == "`" and not (stack and stack[-1] == "`"):
        stack.append(mark)
    elif stack:
        stack.pop()
