"""One object of automation YAML on its way: keys are taken out by name and checked; what nobody took is noted.

Above: the readers of automation YAML. Below: automation_notes.
"""

import math
from collections.abc import Iterable, Mapping

from engine.formats.automation_notes import Notes, quoted
from schema.suggest import did_you_mean
from schema.values import Json, JsonObject, pointer


class Part:
    """An object of the YAML; `where` is its pointer there. A key whose value is null is taken for absent."""

    def __init__(self, value: JsonObject, where: str, notes: Notes) -> None:
        """Begin with every key untaken."""
        self.value = value
        self.where = where
        self.notes = notes
        self._asked: dict[str, None] = {}

    def at(self, key: str) -> str:
        """Give the pointer of a key."""
        return self.where + pointer([key])

    def found(self, *names: str) -> str:
        """Give the first of these keys that is there, the first of all where none is; all count as taken."""
        self._asked |= dict.fromkeys(names)
        present = [name for name in names if self.value.get(name) is not None]
        if len(present) > 1 and len({repr(self.value[name]) for name in present}) > 1:
            message = f"{present[0]!r} and {present[1]!r} say the same thing differently; {present[0]!r} is used"
            self.notes.major(self.at(present[1]), "said-twice", message, f"remove {present[1]!r}")
        return present[0] if present else names[0]

    def take(self, *names: str) -> Json:
        """Give the value of the first of these keys that is there, None where none is."""
        return self.value.get(self.found(*names))

    def text(self, *names: str) -> str:
        """Take a text, "" where there is none; a number or truth value is written out."""
        key = self.found(*names)
        value = self.value.get(key)
        if value is None or isinstance(value, str):
            return value or ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        self._misfit(key, "a text")
        return ""

    def needed(self, *names: str) -> str:
        """Take a text that has to be there."""
        text = self.text(*names)
        key = self.found(*names)
        if not text.strip() and not isinstance(self.value.get(key), list | dict):
            self.notes.critical(self.where, "missing-key", f"{names[0]!r} is missing", f"add {names[0]!r}")
        return text

    def number(self, *names: str) -> int | float | None:
        """Take a number; text that is one counts too."""
        key = self.found(*names)
        value = self.value.get(key)
        number = _number(value)
        if value is not None and number is None:
            self._misfit(key, "a number")
        return number

    def whole(self, *names: str) -> int | None:
        """Take a whole number."""
        number = self.number(*names)
        if number is not None and int(number) != number:
            self._misfit(self.found(*names), "a whole number")
            return None
        return None if number is None else int(number)

    def flag(self, *names: str) -> bool | None:
        """Take a truth value; "true" and "false" count too."""
        key = self.found(*names)
        value = self.value.get(key)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in ("true", "false"):
            return value.strip().lower() == "true"
        self._misfit(key, "true or false")
        return None

    def word(self, table: Mapping[str, str], *names: str) -> str | None:
        """Take one of the words of `table` and give what it stands for; another is critical."""
        key = self.found(*names)
        value = self.value.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value in table:
            return table[value]
        near = did_you_mean(value, table) if isinstance(value, str) else None
        message = f"{key!r} is {quoted(value)}; it can be {', '.join(table)}"
        self.notes.critical(self.at(key), "unknown-word", message, near)
        return None

    def part(self, key: str) -> "Part | None":
        """Take an object."""
        value = self.take(key)
        if value is None or isinstance(value, dict):
            return None if value is None else Part(value, self.at(key), self.notes)
        self._misfit(key, "an object")
        return None

    def parts(self, key: str) -> list["Part"]:
        """Take a list of objects; other members are critical."""
        found = []
        for index, each in enumerate(self.items(key)):
            where = f"{self.at(key)}/{index}"
            if isinstance(each, dict):
                found.append(Part(each, where, self.notes))
            else:
                self.notes.critical(where, "wrong-type", f"this is {quoted(each)}; an object is expected")
        return found

    def items(self, key: str) -> list[Json]:
        """Take a list, an empty one where there is none."""
        value = self.take(key)
        if value is None or isinstance(value, list):
            return value or []
        self._misfit(key, "a list")
        return []

    def untaken(self) -> JsonObject:
        """Give what nobody asked for."""
        return {key: each for key, each in self.value.items() if key not in self._asked}

    def leave(self, what: str, hints: Mapping[str, str] | None = None) -> JsonObject:
        """Note every key nobody asked for, with the key that was perhaps meant; give them."""
        left = self.untaken()
        for key in left:
            near = (hints or {}).get(key) or did_you_mean(key, self._asked)
            advice = near or f"remove it; {_listed(self._asked)} are known here"
            self.notes.major(self.at(key), "unknown-key", f"{what} has no key {key!r}; it has no effect", advice)
        return left

    def _misfit(self, key: str, expected: str) -> None:
        message = f"{key!r} is {quoted(self.value[key])}; {expected} is expected"
        self.notes.critical(self.at(key), "wrong-type", message, f"write {expected}")


def _number(value: Json) -> int | float | None:
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return None
        value = int(number) if math.isfinite(number) and number.is_integer() else number
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
