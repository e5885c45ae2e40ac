"""State updates of automation YAML -> native ones: paths, operations, and the values, by the format's ordered rules.

Above: the readers of steps. Below: automation_parts, automation_texts. A value is first a word of its step, then what
contains {{ }}, then what looks like an expression; everything else is text.
"""

import re
from collections.abc import Mapping
from typing import Final

from engine.formats.automation_parts import Part
from engine.formats.automation_texts import Texts
from schema.values import Json, JsonObject

OPERATIONS: Final = {each: each for each in ("set", "append", "increment", "decrement", "multiply", "merge", "remove")}
"""Operations, the same here and there; `remove` is new."""
MAX_LOOKED_AT: Final = 4_096
"""Characters of a text that is searched for a forgotten expression; no expression is longer."""
_BARE: Final = re.compile(r"""(?:this|inputs|global|loop|state|computed|raw)[.\[]|[\[{(!'"`0-9]""")
_LITERAL: Final = re.compile(r"true|false|null|-[0-9.]+")
_SCOPED: Final = r"\b(?:this|inputs|global|loop|state|computed|raw)[.\[]"
_FORGOTTEN: Final = re.compile(rf"[-+*/%<>=!&|?]\s*{_SCOPED}|{_SCOPED}[\w.\[\]]*\s*[-+*/%<>=&|?]")
_READ_ONLY: Final = {
    "inputs": "inputs are read-only",
    "raw": "raw is the old name of inputs, and inputs are read-only",
    "computed": "computed fields follow from what they are made of",
    "loop": "a loop's variables are its own",
}


class Updates:
    """Brings the updates of one step over; `texts` knows the step's words, `is_task`: it stands in a sub-agent."""

    def __init__(self, texts: Texts, words: Mapping[str, str], *, is_task: bool) -> None:
        """Take what is in force at the step."""
        self._texts = texts.knowing(words)
        self._word = re.compile(rf"(?:{'|'.join(words)})(?=$|[.\[])") if words else None
        self._is_task = is_task

    def of(self, part: Part, otherwise: str) -> list[JsonObject]:
        """Give the updates of `state_update` and `state_updates`; `otherwise`: the value of one that names none."""
        single = part.take("state_update")
        if isinstance(single, list):
            found = part.parts("state_update")
        else:
            one = part.part("state_update")
            found = [] if one is None else [one]
        return [self.one(each, otherwise) for each in (*found, *part.parts("state_updates"))]

    def one(self, part: Part, otherwise: str | None = None) -> JsonObject:
        """Give one update."""
        path = self.path(part.needed("path"), part.at("path"), part)
        operation = part.word(OPERATIONS, "operation")
        update: JsonObject = {"path": path}
        if operation not in (None, "set"):
            update["operation"] = operation
        if "value" in part.value:
            update["value"] = self.value(part.take("value"), part.at("value"))
        elif otherwise is not None and operation not in ("increment", "decrement", "remove"):
            update["value"] = otherwise
        elif operation not in ("increment", "decrement", "remove"):
            part.notes.critical(part.where, "missing-key", "this update has no 'value'", "add 'value'")
        part.take("value")
        part.leave("an update")
        part.notes.origins.tell(update, part.where, {})
        return update

    def path(self, path: str, where: str, part: Part) -> str:
        """Give where an update or a result goes."""
        head, dot, rest = path.strip().partition(".")
        if "{{" in path:
            message = f"the path {path!r} holds a template; a path says where, and cannot be made of values"
            part.notes.critical(where, "path-template", message, "build the object first and set it whole, or merge it")
        elif dot and head in _READ_ONLY:
            part.notes.critical(where, "read-only", f"{path!r} cannot be written: {_READ_ONLY[head]}", "write this.…")
        elif dot and head == "global":
            if self._is_task:
                message = f"{path!r} cannot be written from a sub-agent; the main state is read-only there"
                part.notes.critical(where, "global-write", message, "let the parallel_foreach `collect` the results")
            else:
                message = f"{path!r} is written as state: in the main steps both are one"
                part.notes.minor(where, "global-write", message, f"write this.{rest}")
            return f"state.{rest}"
        elif path.strip() and not (dot and head == "this"):
            plain = rest if dot and head == "state" else path.strip()
            message = f"the path {path!r} is an old way to say 'this.{plain}'"
            part.notes.minor(where, "old-scope", message, f"write this.{plain}")
        return path.strip()

    def value(self, value: Json, where: str) -> Json:
        """Give a value: the first rule that fits decides.

        >>> from engine.formats.automation_notes import Notes
        >>> from engine.formats.automation_texts import Names
        >>> texts = Texts(Names({}, frozenset(), {}), Notes())
        >>> updates = Updates(texts, {"stdout": "result.stdout"}, is_task=False)
        >>> [updates.value(each, "") for each in ("stdout", "hi {{ this.n }}", "this.n + 1", "done", 7)]
        ['{{ result.stdout }}', 'hi {{ this.n }}', '{{ this.n + 1 }}', 'done', 7]
        """
        if not isinstance(value, str):
            return self._texts.template(value, where)
        text = value.strip()
        if self._word is not None and self._word.match(text):
            return f"{{{{ {self._texts.code(text, where)} }}}}"
        if "{{" in value:
            return self._texts.text(value, where)
        if _BARE.match(text) or _LITERAL.fullmatch(text):
            return f"{{{{ {self._texts.code(text, where)} }}}}"
        if len(text) <= MAX_LOOKED_AT and _FORGOTTEN.search(text):
            message = f"the value {value!r} is taken as text, yet it looks like an expression"
            self._texts.note_major(where, "forgotten-braces", message, "write {{ }} around it")
        return value
