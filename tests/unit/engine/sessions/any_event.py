"""Events of every kind with some value in each field, made from the annotations of the fields.

Above: tests of what is shown of events. Below: engine.sessions.events.
"""

import inspect
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import NoneType
from typing import cast, get_args, get_origin

from engine.sessions.evolve import evolve
from engine.sessions.model import State
from engine.sessions.session_family import SessionStarted
from schema.values import Json, JsonObject

STARTED = SessionStarted("wf_1", "flow", "1.0.0", "abc", "a.py", "", {}, {}, None)
PLAIN: dict[object, object] = {str: "some-text", bool: True, int: 2, float: 1.5, NoneType: None}


def sample(annotation: object) -> object:
    """Give a value of an annotation; of a union the first part that is not None."""
    if annotation == JsonObject:
        return {"name": 1}
    if annotation == Json:
        return [1, 2]
    return _sample_of(annotation) if isinstance(annotation, type) else _composed(annotation)


def _sample_of(kind: type) -> object:
    if kind is State:
        return evolve(None, STARTED, 0.0)
    if kind in PLAIN:
        return PLAIN[kind]
    return next(iter(kind)) if issubclass(kind, StrEnum) else made(kind)


def _composed(annotation: object) -> object:
    arguments = get_args(annotation)
    if get_origin(annotation) is tuple:
        return (sample(arguments[0]),)
    if get_origin(annotation) is Mapping:
        return {"name": sample(arguments[1])}
    return sample(next(each for each in arguments if each is not NoneType))


def made(kind: type) -> object:
    """Make a NamedTuple with a value in each field."""
    make = cast("Callable[..., object]", kind)
    return make(*(sample(hint) for hint in inspect.get_annotations(kind).values()))
