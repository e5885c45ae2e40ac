"""Arguments as clients really send them -> arguments as a tool's input schema wants them, or what is wrong with them.

Above: server.mcp_tools prepares every call here. Below: schema.check.
Kindness is limited to what cannot be misread: 2.0 for an integer, JSON text for an object or array, null for absent.
"""

from typing import Final, NamedTuple

import orjson

from schema.check import Checker, Violation, compile_schema
from schema.values import Json, JsonObject

CONTAINERS: Final[dict[str, type]] = {"object": dict, "array": list}
AS_MEANT: Final[dict[str, type]] = {**CONTAINERS, "integer": int, "boolean": bool}  # such a value needs no decoding


ADVISING: Final = frozenset(("required", "additional-properties"))  # rules whose suggestion always says what to do
DID_YOU_MEAN: Final = "did you mean"


class BadArguments(NamedTuple):
    """The first thing wrong: `details` says what is right, `path` names the argument ('' for a missing one)."""

    details: str
    path: str


class Arguments:
    """One tool's argument rules, compiled at the first call."""

    def __init__(self, input_schema: JsonObject) -> None:
        """Take a tool's input schema; its properties carry at most one `type` each."""
        self._schema = input_schema
        self._checker: Checker | None = None
        properties = input_schema.get("properties")
        self._types: dict[str, str] = {
            name: str(rule["type"])
            for name, rule in (properties if isinstance(properties, dict) else {}).items()
            if isinstance(rule, dict) and "type" in rule
        }
        self._as_meant = {name: AS_MEANT.get(kind, str) for name, kind in self._types.items()}
        required = input_schema.get("required")
        self._required = frozenset(
            name for name in (required if isinstance(required, list) else []) if isinstance(name, str)
        )

    def prepare(self, arguments: JsonObject) -> JsonObject | BadArguments:
        """Give the arguments decoded and checked, or the first thing wrong with them."""
        decoded: JsonObject = {}
        known = True  # nothing came out of a text
        for name, value in arguments.items():
            if type(value) is self._as_meant.get(name):
                decoded[name] = value
            elif value is not None or name not in self._types or name in self._required:
                decoded[name] = self._decoded(name, value)
                known = known and decoded[name] is value
        if self._checker is None:
            self._checker = compile_schema(self._schema)
        if self._checker.accepts_shallow(decoded) if known else self._checker.accepts(decoded):
            return decoded
        first = self._checker.explain(decoded)[0]
        return BadArguments(first.message + _advice(first), first.pointer.lstrip("/"))

    def _decoded(self, name: str, value: Json) -> Json:
        """Decode one value to the type its property declares, where that is certain; else give it back as it is."""
        kind = self._types.get(name)
        if isinstance(value, float) and kind == "integer" and value.is_integer():
            return int(value)
        if isinstance(value, str) and kind in CONTAINERS:
            try:
                parsed: Json = orjson.loads(value)
            except orjson.JSONDecodeError:
                return value
            return parsed if isinstance(parsed, CONTAINERS[kind]) else value
        return value


def _advice(violation: Violation) -> str:
    """Give what to do; a suggestion that only describes the argument, as for a wrong type, is none."""
    suggestion = violation.suggestion or ""
    says_what_to_do = violation.rule in ADVISING or suggestion.startswith(DID_YOU_MEAN)
    return f"; {suggestion}" if suggestion and says_what_to_do else ""
