"""Events and states as JSON and back, by the annotations of their fields; strict: what does not fit is corrupt.

Above: the runner, stores that keep readable states, engine.archive. Below: shapes, the families, model.
A log outlives releases: each event type has a version, older ones are lifted step by step, newer ones refused.
"""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias, cast, get_args

from engine.sessions.events import Event
from engine.sessions.model import State
from engine.sessions.shapes import CorruptLogError, record
from schema.values import Json, JsonObject

__all__ = ["CorruptLogError", "decode", "encode", "state_from", "state_json"]

Upcast: TypeAlias = Callable[[JsonObject], JsonObject]
KINDS: Final[Mapping[str, type]] = MappingProxyType({kind.__name__: kind for kind in get_args(Event)})
"""Every type of event by the name a log knows it by."""
UPCASTS: Final[Mapping[str, tuple[Upcast, ...]]] = MappingProxyType({})
"""By type: what lifts version 1 to 2, 2 to 3, ...; a type that never changed has none and is of version 1."""

_dump = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def encode(event: Event) -> tuple[str, int, bytes]:
    """Give an event's type, the version of that type, and its JSON text.

    >>> from engine.sessions.session_family import SessionPaused
    >>> encode(SessionPaused(2, "lunch"))
    ('SessionPaused', 1, b'{"phase":2,"note":"lunch"}')
    """
    name = type(event).__name__
    write = record(KINDS[name]).write
    text = _dump(None if write is None else write(event))
    return name, version_of(name), text.encode("utf-8", "surrogatepass")


def to_json(event: Event) -> tuple[str, int, JsonObject]:
    """Give an event's type, the version of that type, and its JSON object."""
    name = type(event).__name__
    write = record(KINDS[name]).write
    document = None if write is None else write(event)
    return name, version_of(name), document if isinstance(document, dict) else {}


def version_of(name: str, upcasts: Mapping[str, tuple[Upcast, ...]] = UPCASTS) -> int:
    """Give the version in which this release writes a type of event."""
    return 1 + len(upcasts.get(name, ()))


def decode(name: str, version: int, data: bytes, upcasts: Mapping[str, tuple[Upcast, ...]] = UPCASTS) -> Event:
    """Give the event of a log; CorruptLogError for what no release wrote, and for one newer than this release.

    >>> decode("SessionPaused", 1, b'{"phase":2,"note":"lunch"}')
    SessionPaused(phase=2, note='lunch')
    """
    return from_json(name, version, _object(name, data), upcasts)


def from_json(
    name: str, version: int, document: JsonObject, upcasts: Mapping[str, tuple[Upcast, ...]] = UPCASTS
) -> Event:
    """Give the event of its JSON object; CorruptLogError as decode."""
    newest = version_of(name, upcasts)
    if name not in KINDS or not 1 <= version <= newest:
        raise CorruptLogError(f"{name} {version}")
    for lift in upcasts.get(name, ())[version - 1 :]:
        document = lift(document)
    try:
        return cast("Event", record(KINDS[name]).read(document))
    except CorruptLogError as error:
        raise CorruptLogError(name + error.place) from None


def _object(name: str, data: bytes) -> JsonObject:
    try:
        document: Json = json.loads(data)
    except (ValueError, RecursionError):
        raise CorruptLogError(name) from None
    if not isinstance(document, dict):
        raise CorruptLogError(name)
    return document


def state_json(state: State) -> JsonObject:
    """Give a state as a JSON object."""
    write = record(State).write
    document = None if write is None else write(state)
    return document if isinstance(document, dict) else {}


def state_from(document: JsonObject) -> State:
    """Give the state of its JSON object; CorruptLogError names the field that does not fit."""
    return cast("State", record(State).read(document))
