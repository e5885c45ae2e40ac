"""Ids of steps: those of the YAML brought into native form, those of steps without one, each once in the document.

Above: automation_steps, automation. Below: automation_notes.
"""

import re
from collections.abc import Iterator
from typing import Final

from engine.formats.automation_notes import Notes, quoted
from schema.values import Json, JsonObject

MAX_ID: Final = 64
"""Characters of a step id; this and the next are the schema's limits."""
MIN_ID: Final = 3
_FOREIGN: Final = re.compile(r"[^a-z0-9_-]+")
_LISTS: Final = ("steps", "then_steps", "else_steps", "body")
_DEEPEST: Final = 64
"""Levels looked at; schema.source lets no deeper document in."""


class Ids:
    """Gives every step its id; `now` tells what became of the ids of the YAML, those of merged answers too."""

    def __init__(self, document: JsonObject, notes: Notes) -> None:
        """Look at the ids of the whole document first, so that made ones get out of their way."""
        self._notes = notes
        self._position = 0
        self._used: set[str] = set()
        self._said: set[str] = set()
        self.now: dict[str, str] = {}
        self.aliases: dict[str, str] = {}
        for steps in _lists(document, 0):
            self._look(steps)

    def _look(self, steps: list[Json]) -> None:
        before: Json = None
        for step in steps:
            if not isinstance(step, dict):
                continue
            said = step.get("id")
            is_merged = step.get("type") == "agent_response" and _is_prompt(before)
            if isinstance(said, str) and said and is_merged and isinstance(before, dict):
                owner = before.get("id")
                if isinstance(owner, str) and owner:
                    self.now[said] = self.aliases[said] = native_id(owner)
            elif isinstance(said, str) and said:
                self._said.add(native_id(said))
                self.now.setdefault(said, native_id(said))
            before = None if is_merged else step

    def of(self, step: JsonObject, where: str) -> str:
        """Give the id of the next step in document order."""
        self._position += 1
        said = step.get("id")
        if isinstance(said, int) and not isinstance(said, bool):
            said = str(said)
        if said is not None and not isinstance(said, str):
            self._notes.critical(f"{where}/id", "wrong-type", f"the id is {quoted(said)}; a text is expected")
        if not isinstance(said, str) or not said:
            return self._free(f"{native_id(str(step.get('type', 'step')))}-{self._position}", self._said)
        wanted = native_id(said)
        given = self._free(wanted, frozenset())
        if given != wanted:
            message = f"the id {said!r} stands more than once; here it becomes {given!r}"
            self._notes.minor(f"{where}/id", "repeated-id", message, "give each step an id of its own")
        elif wanted != said:
            message = f"the id {said!r} becomes {given!r}"
            self._notes.minor(f"{where}/id", "foreign-id", message, "use 3 to 64 of a-z, 0-9, _ and -")
        return given

    def merged(self) -> None:
        """Count a step that became part of the one before it."""
        self._position += 1

    def _free(self, wanted: str, others: set[str] | frozenset[str]) -> str:
        """Give an id, with a number behind it where it is taken."""
        given, number = wanted[:MAX_ID], 1
        while given in self._used or given in others:
            number += 1
            others = self._said
            given = f"{wanted[: MAX_ID - 1 - len(str(number))]}-{number}"
        self._used.add(given)
        return given


def native_id(said: str) -> str:
    """Bring an id into native form: lower case, other characters as -, at least three characters.

    >>> native_id("Get Hints"), native_id("a")
    ('get-hints', 'step-a')
    """
    plain = _FOREIGN.sub("-", said.lower()).strip("-") or "step"
    return (plain if len(plain) >= MIN_ID else f"step-{plain}")[:MAX_ID]


def _is_prompt(step: Json) -> bool:
    return isinstance(step, dict) and step.get("type") in ("agent_prompt", "agent_task")


def _lists(value: Json, depth: int) -> Iterator[list[Json]]:
    """Give every list of steps."""
    if not isinstance(value, dict) or depth > _DEEPEST:
        return
    for key in _LISTS:
        steps = value.get(key)
        if isinstance(steps, list):
            yield steps
            for step in steps:
                yield from _lists(step, depth + 1)
    tasks = value.get("sub_agent_tasks") if depth == 0 else None
    for task in tasks.values() if isinstance(tasks, dict) else ():
        yield from _lists(task, depth + 1)
