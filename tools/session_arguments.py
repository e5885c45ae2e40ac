"""The arguments of workflow_session as typed values; whatever is wrong is an ArgumentError that names it.

Above: session_actions, session_views. Below: engine.updates, engine.extent.
"""

from typing import Final, NamedTuple

from engine.clock import Clock
from engine.definition import Operation
from engine.errors import ArgumentError
from engine.runner import Runner
from engine.updates import Update
from schema.values import Json, JsonObject, is_deeper
from tools.contract import Call

BY: Final = "workflow_session"
"""Who the log says it was."""
MAX_UPDATES: Final = 100
"""Updates of one call; a batch is one decision and one event."""
MAX_DEPTH: Final = 64
"""Levels of nesting of a value, as everywhere."""
MAX_NAME: Final = 128
"""Characters of a signal's name or a checkpoint's label."""
MAX_PAGE: Final = 100
"""Sessions or decisions of one answer."""
OPERATIONS: Final = tuple(each.value for each in Operation)


class SessionCall(NamedTuple):
    """One call: the sessions, the time, who calls, and the arguments, whose types the schema has checked."""

    runner: Runner
    clock: Clock
    call: Call
    arguments: JsonObject

    @property
    def session_id(self) -> str:
        """The session it is about."""
        return self.text("sessionId")

    @property
    def action(self) -> str:
        """What is to be done."""
        return self.text("action")

    def text(self, name: str) -> str:
        """Give a text, "" where there is none."""
        value = self.arguments.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int | None:
        """Give a whole number, None where there is none."""
        value = self.arguments.get(name)
        return int(value) if isinstance(value, int | float) else None

    def members(self, name: str) -> JsonObject:
        """Give an object, {} where there is none; ArgumentError where it is too deep."""
        value = self.arguments.get(name)
        return self._shallow(name, value) if isinstance(value, dict) else {}

    def value(self, name: str) -> Json:
        """Give any JSON; ArgumentError where it is too deep."""
        value = self.arguments.get(name)
        self._shallow(name, {"value": value})
        return value

    def short(self, name: str) -> str:
        """Give a name; ArgumentError where it is empty or too long."""
        text = self.text(name)
        if not text.strip() or len(text) > MAX_NAME:
            raise ArgumentError(name, f"it has 1 to {MAX_NAME} characters")
        return text

    def updates(self) -> tuple[Update, ...]:
        """Give the updates; ArgumentError names the first that is none."""
        found = self.arguments.get("updates")
        items = found if isinstance(found, list) else []
        if not 1 <= len(items) <= MAX_UPDATES:
            raise ArgumentError("updates", f"send 1 to {MAX_UPDATES} of them")
        return tuple(self._update(f"updates/{number}", each) for number, each in enumerate(items))

    def _update(self, where: str, item: Json) -> Update:
        document = item if isinstance(item, dict) else {}
        unknown = sorted(document.keys() - {"path", "operation", "value"})
        path, operation = document.get("path"), document.get("operation", Operation.SET.value)
        if not isinstance(path, str) or unknown:
            raise ArgumentError(f"{where}/{unknown[0]}" if unknown else f"{where}/path", _UPDATE)
        if operation not in OPERATIONS:
            raise ArgumentError(f"{where}/operation", f"it is one of {', '.join(OPERATIONS)}")
        self._shallow(where, document)
        return Update(path, Operation(str(operation)), document.get("value"))

    @staticmethod
    def _shallow(name: str, value: JsonObject) -> JsonObject:
        if is_deeper(value, MAX_DEPTH):
            raise ArgumentError(name, f"it is nested deeper than {MAX_DEPTH} levels")
        return value


_UPDATE: Final = 'an update is {"path": "state.name", "operation": "set", "value": ...}'
