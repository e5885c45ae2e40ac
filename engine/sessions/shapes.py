"""Shapes: how a value of some annotation is written as JSON and read back, strictly.

Above: codec. Below: schema.values. Generic over NamedTuples, so a new event needs no code here.
"""

import inspect
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import ModuleType, NoneType
from typing import Final, NamedTuple, TypeAlias, cast, get_args, get_origin

from schema.values import Json, JsonObject

Make: TypeAlias = Callable[..., object]
Write: TypeAlias = Callable[[object], Json]


class CorruptLogError(Exception):
    """A log holds something that no release of ours wrote, or one newer than this; `place` says where in the event."""

    def __init__(self, place: str) -> None:
        """Take the path of the field, or the event's type."""
        super().__init__(place)
        self.place = place


class Shape(NamedTuple):
    """How to write a value (None: it is JSON as it is) and how to read it; CorruptLogError where it does not fit."""

    write: Write | None
    read: Callable[[Json], object]


def _plain(kinds: tuple[type, ...]) -> Shape:
    def read(value: Json) -> object:
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise CorruptLogError("")
        return value

    return Shape(None, read)


_PLAIN: dict[object, Shape] = {
    str: _plain((str,)),
    bool: _plain((bool,)),
    int: _plain((int,)),
    float: _plain((int, float)),
    NoneType: _plain((NoneType,)),
}


def shape_of(annotation: object) -> Shape:
    """Give the shape of an annotation: a plain type, Json, `X | None`, tuple[X, ...], Mapping, enum or NamedTuple."""
    if isinstance(annotation, Shape):
        return annotation
    if annotation == Json:
        return Shape(None, lambda value: value)
    if annotation == JsonObject:
        return _plain((dict,))
    if isinstance(annotation, type) and annotation not in _PLAIN:
        return _enum(annotation) if issubclass(annotation, StrEnum) else record(annotation)
    return _PLAIN.get(annotation) or _composed(get_origin(annotation), get_args(annotation))


def _composed(origin: object, arguments: tuple[object, ...]) -> Shape:
    if origin is tuple:
        return _sequence(shape_of(arguments[0]))
    if origin is Mapping:
        return _mapping(shape_of(arguments[1]))
    return _optional(shape_of(next(each for each in arguments if each is not NoneType)))


_RECORDS: dict[type, Shape] = {}
"""Shapes made so far: as many as there are types."""
_ABSENT: Final = object()


def record(kind: type) -> Shape:
    """Give the shape of a NamedTuple: an object with its fields; one that has its default is left out."""
    known = _RECORDS.get(kind)
    if known is None:
        known = _RECORDS[kind] = _record(kind)
    return known


def _record(kind: type) -> Shape:
    hints, late = inspect.get_annotations(kind), inspect.getmodule(kind)
    fields = {name: _lazily(hint, late) for name, hint in hints.items()}
    names = tuple(fields)
    written = tuple((name, shape.write) for name, shape in fields.items() if shape.write is not None)
    defaults = cast("Mapping[str, object]", getattr(kind, "_field_defaults", {}))
    required = len(names) - len(defaults)
    make = cast("Make", kind)

    def write(value: object) -> Json:
        document: JsonObject = dict(zip(names, cast("tuple[Json, ...]", value), strict=True))
        for name, default in defaults.items():
            if document[name] == default:
                del document[name]
        for name, convert in written:
            if name in document:
                document[name] = convert(document[name])
        return document

    def read(value: Json) -> object:
        if not isinstance(value, dict) or not required <= len(value) <= len(names) or value.keys() - fields.keys():
            raise CorruptLogError("")
        return make(*[_field(name, shape, value, defaults.get(name, _ABSENT)) for name, shape in fields.items()])

    return Shape(write, read)


def _lazily(hint: object, module: ModuleType | None) -> Shape:
    """Give the shape of a field; a hint that names a type of its own module as text is looked up at first use."""
    inner = get_args(hint)
    late = hint if isinstance(hint, str) else next((each for each in inner if isinstance(each, str)), None)
    if late is None:
        return shape_of(hint)

    def shape() -> Shape:
        kind = record(cast("type", getattr(module, late)))
        return kind if hint is late else _composed(get_origin(hint), (*inner[:-1], kind))

    return Shape(lambda value: _written(shape(), value), lambda value: shape().read(value))


def _written(shape: Shape, value: object) -> Json:
    return cast("Json", value) if shape.write is None else shape.write(value)


def _field(name: str, shape: Shape, document: JsonObject, default: object) -> object:
    if name not in document and default is not _ABSENT:
        return default
    try:
        return shape.read(document[name])
    except KeyError:
        raise CorruptLogError(f"/{name}") from None
    except CorruptLogError as error:
        raise CorruptLogError(f"/{name}{error.place}") from None


def _enum(kind: type[StrEnum]) -> Shape:
    known = {each.value: each for each in kind}

    def read(value: Json) -> object:
        if not isinstance(value, str) or value not in known:
            raise CorruptLogError("")
        return known[value]

    return Shape(None, read)


def _optional(shape: Shape) -> Shape:
    convert = shape.write

    def read(value: Json) -> object:
        return None if value is None else shape.read(value)

    return Shape(None if convert is None else lambda value: None if value is None else convert(value), read)


def _sequence(shape: Shape) -> Shape:
    convert = shape.write

    def write(value: object) -> Json:
        items = cast("tuple[Json, ...]", value)
        return list(items) if convert is None else [convert(each) for each in items]

    def read(value: Json) -> object:
        if not isinstance(value, list):
            raise CorruptLogError("")
        return tuple(shape.read(each) for each in value)

    return Shape(write, read)


def _mapping(shape: Shape) -> Shape:
    convert = shape.write

    def write(value: object) -> Json:
        items = cast("Mapping[str, Json]", value)
        return dict(items) if convert is None else {key: convert(each) for key, each in items.items()}

    def read(value: Json) -> object:
        if not isinstance(value, dict):
            raise CorruptLogError("")
        return {key: shape.read(each) for key, each in value.items()}

    return Shape(write, read)
