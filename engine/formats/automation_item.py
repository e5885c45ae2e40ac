"""One step of automation YAML on its way into a native step.

Above: the readers of steps. Below: automation_parts, automation_texts, automation_values.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from engine.formats.automation_errors import on_error
from engine.formats.automation_notes import Notes
from engine.formats.automation_parts import Part
from engine.formats.automation_texts import Texts
from engine.formats.automation_values import Updates
from schema.values import Json, JsonObject

MAX_TITLE: Final = 128
"""Characters of a title; the schema's limit."""
WHOLE: Final = "{{ result }}"
"""The value that is all a step gave."""


class Use(NamedTuple):
    """A parallel_foreach: its task, the prompt it puts in the place of the task's ("": none), the native step."""

    task: str
    override: str
    native: JsonObject
    where: str


class Run(NamedTuple):
    """What steps stand in: the main steps, or one sub-agent task.

    `tasks`: the sub-agent tasks of the document, as the YAML has them; `uses`: the steps met so far that hand them out.
    """

    is_task: bool
    tasks: Mapping[str, Part]
    uses: list[Use]
    notes: Notes


class Item:
    """A step: its part of the YAML, the id it has from now on, and the native step so far."""

    def __init__(self, part: Part, step_id: str, run: Run, texts: Texts, nest: "Nest") -> None:
        """Begin with the keys all steps have."""
        self.part = part
        self.id = step_id
        self.run = run
        self.texts = texts
        self.native: JsonObject = {}
        self._nest = nest
        self._keys: dict[str, str] = {}

    def begin(self, kind: str) -> None:
        """Give the native step its kind, its id and the title it may have."""
        self.native |= {"type": kind, "id": self.id}
        title = self.part.text("title")
        if title:
            self.put("title", title, "title")

    def put(self, key: str, value: Json, source: str, below: str = "") -> None:
        """Put a key into the native step, or into its object `below`; `source`: the key of the YAML it comes from."""
        holder = self.native.setdefault(below, {}) if below else self.native
        if isinstance(holder, dict):
            holder[key] = value
        self._keys[f"/{below}/{key}" if below else f"/{key}"] = self.part.at(source)

    def needed_title(self) -> None:
        """Give a step that must have a title one made of its id, where it has none."""
        if "title" not in self.native:
            self.native["title"] = self.id.replace("_", " ").replace("-", " ").strip().capitalize() or self.id

    def text(self, key: str, source: str) -> None:
        """Put a template in."""
        found = self.part.found(source)
        text = self.part.needed(source)
        self.put(key, self.texts.text(text, self.part.at(found)), found)

    def expression(self, key: str, source: str, below: str = "", texts: Texts | None = None) -> None:
        """Put a bare expression in; a truth value, number or list in its place is written out.

        `texts`: those in force where it is read, where these are not the step's.
        """
        value = self.part.take(source)
        text = self.part.needed(source) if not isinstance(value, list) else ""
        if text:
            self.put(key, (texts or self.texts).expression(text, self.part.at(source)), source, below)

    def results(self, words: Mapping[str, str], otherwise: str, *stores: str) -> None:
        """Put in what becomes of the step's result: its updates, and behind them where it is stored whole.

        `words`: what the names of results mean; `otherwise`: the value of an update without one.
        """
        updates = Updates(self.texts, {"result": "result", **words}, is_task=self.run.is_task)
        found = updates.of(self.part, otherwise)
        source = self.part.found("state_updates", "state_update")
        if stores:
            path = self.part.text(*stores)
            key = self.part.found(*stores)
            if path:
                store = updates.path(path, self.part.at(key), self.part)
                if not found:
                    self.put("store", store, key)
                else:
                    found.append({"path": store, "value": WHOLE})
        if found:
            self.put("update", [*found], source)

    def failures(self, result: Callable[[Json], Json] = lambda value: value) -> None:
        """Put in what becomes of the step when it fails."""
        handling = on_error(self.part, self.texts, self.id, result)
        if handling is not None:
            self.put("onError", handling, "error_handling")

    def timeout(self, *names: str, otherwise: float | None = None) -> None:
        """Put the time limit in, in seconds."""
        seconds = self.part.number(*names)
        if seconds is None:
            seconds = otherwise
        if seconds is not None:
            self.put("timeout", seconds, self.part.found(*names))

    def steps(self, key: str, source: str, texts: Texts | None = None) -> None:
        """Put in the steps of a list inside this step."""
        self.put(key, [*self._nest(self.part.parts(source), texts or self.texts)], source)

    def adopt(self, other: "Item") -> None:
        """Take over where the keys of another step came from, whose native keys are ours now."""
        self._keys |= other._keys  # noqa: SLF001 - of the same class

    def finish(self) -> JsonObject:
        """Give the native step and note where it came from."""
        self.run.notes.origins.tell(self.native, self.part.where, self._keys)
        return self.native


Nest = Callable[[list[Part], Texts], list[JsonObject]]
"""Reads a list of steps."""
