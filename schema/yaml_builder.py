"""YAML text to JSON values with positions, from parser events alone (YAML 1.2 core scalars, nothing executable).

Above: schema.source.
Below: PyYAML's event stream (yaml.parse with CSafeLoader, never yaml.load), schema.positions (Fault, limits).
Refused: aliases and anchors, tags, repeated keys, keys that are no scalars, nesting deeper than 64 levels, .inf, .nan.
"""

import re
from typing import NamedTuple

import yaml

from schema.positions import DEPTH_LIMIT, Fault
from schema.values import Json, JsonObject, pointer
from schema.yaml_advice import UNPRINTABLE, Complaint, advise

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_OCTAL = re.compile(r"0o[0-7]+", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", re.ASCII)
_MOST_DIGITS = 256  # digits; a longer integer goes straight to float (Python refuses to parse 4,300 and more)
_FLOAT_BITS = 1024  # bits; a wider integer is larger than every float
_WIDEST = 2**64  # integers are kept exact below it (orjson's range), beyond it they become floats as JSON's do


class YamlDocument(NamedTuple):
    """One document of a stream: its value and where each part starts (pointer -> character offset)."""

    value: Json
    offsets: dict[str, int]


class YamlStream(NamedTuple):
    """What a YAML text holds: the sound documents in order, and the faults of the others."""

    documents: tuple[YamlDocument, ...]
    faults: tuple[Fault, ...]


def build(text: str) -> YamlStream:
    r"""Read every document of a YAML text; never raises for bad text.

    >>> build("a: 010\nb: yes\nc: 1e3").documents[0].value
    {'a': 10, 'b': 'yes', 'c': 1000.0}
    """
    documents: list[YamlDocument] = []
    faults: list[Fault] = []
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.DocumentStartEvent):
                builder = _Builder()
            elif isinstance(event, yaml.DocumentEndEvent):
                faults.extend(builder.faults)
                if not builder.faults:
                    documents.append(YamlDocument(builder.root, builder.offsets))
            else:
                builder.take(event)
    except _StopError as stop:
        faults.extend((*builder.faults, stop.fault))
    except yaml.YAMLError as error:
        faults.extend((*builder.faults, _syntax(error, text, builder.innermost)))
    return YamlStream(tuple(documents), tuple(faults))


def _syntax(error: yaml.YAMLError, text: str, innermost: int | None) -> Fault:
    """Turn PyYAML's complaint into a fault; its mark counts characters."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        begun = error.context_mark.index if error.context_mark else None
        words = [part for part in (error.context, error.problem) if part]
        offset = min(mark.index, len(text)) if mark else 0
        advice = advise(text, Complaint(error.context or "", begun, error.problem or "", offset), innermost)
        message = f"this is not YAML: {', '.join(words)}"
        return Fault("syntax", message, offset, "", advice.suggestion, advice.opened)
    offset = min(int(getattr(error, "position", 0)), len(text))
    return Fault("syntax", "this is not YAML: a character that YAML does not allow", offset, "", UNPRINTABLE)


class _StopError(Exception):
    """Reading stops: what follows cannot be placed, or would cost the parser time that grows with depth squared."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class _Builder:
    """Builds one document from its events; `_path` names the place the next value goes to."""

    def __init__(self) -> None:
        self.root: Json = None
        self.offsets: dict[str, int] = {}
        self.faults: list[Fault] = []
        self._open: list[list[Json] | JsonObject] = []
        self._path: list[str | int] = []
        self._key_is_next = False

    @property
    def innermost(self) -> int | None:
        """Where the last list or object that is still open begins."""
        return self.offsets.get(pointer(self._path[:-1])) if self._open else None

    def take(self, event: yaml.Event) -> None:
        """Take one node or end-of-collection event."""
        if isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._path.pop()
            self._key_is_next = bool(self._open) and isinstance(self._open[-1], dict)
        elif isinstance(event, yaml.NodeEvent):
            self._key(event) if self._key_is_next else self._node(event)

    def _fault(self, rule: str, message: str, event: yaml.Event, suggestion: str) -> None:
        self.faults.append(Fault(rule, message, _offset(event), pointer(self._path), suggestion))

    def _properties(self, event: yaml.NodeEvent) -> None:
        """Refuse what JSON has no word for: aliases, anchors, tags."""
        if isinstance(event, yaml.AliasEvent):
            self._fault("alias", f"the alias *{event.anchor} is not allowed", event, "write the value out")
            return
        if event.anchor is not None:
            self._fault("anchor", f"the anchor &{event.anchor} is not allowed", event, "remove it")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._fault("tag", f"the tag {tag} is not allowed", event, "remove it; put text in quotes")

    def _key(self, event: yaml.NodeEvent) -> None:
        """Take a key; a scalar's text is the key whatever it would mean as a value (200: and on: are usual)."""
        if isinstance(event, yaml.CollectionStartEvent):
            message = "a list or an object cannot be a key"
            raise _StopError(Fault("key", message, _offset(event), pointer(self._path[:-1]), "use a word as the key"))
        key = str(event.value) if isinstance(event, yaml.ScalarEvent) else ""
        self._path[-1] = key
        self._properties(event)
        into = self._open[-1]
        if isinstance(into, dict) and key in into:
            self._fault("duplicate-key", f"the key '{key}' stands here twice", event, "remove one")
        self._key_is_next = False

    def _node(self, event: yaml.NodeEvent) -> None:
        if self._open and isinstance(self._open[-1], list):
            self._path[-1] = len(self._open[-1])
        self.offsets.setdefault(pointer(self._path), _offset(event))
        self._properties(event)
        if not isinstance(event, yaml.CollectionStartEvent):
            self._put(self._scalar(event) if isinstance(event, yaml.ScalarEvent) else None)
            self._key_is_next = bool(self._open) and isinstance(self._open[-1], dict)
            return
        if len(self._open) >= DEPTH_LIMIT:
            message = f"nested deeper than {DEPTH_LIMIT} levels"
            offset = _offset(event)
            raise _StopError(Fault("depth", message, offset, pointer(self._path), "flatten the document"))
        opened: list[Json] | JsonObject = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._put(opened)
        self._open.append(opened)
        self._path.append("")
        self._key_is_next = isinstance(opened, dict)

    def _put(self, value: Json) -> None:
        if not self._open:
            self.root = value
            return
        into = self._open[-1]
        if isinstance(into, list):
            into.append(value)
        else:
            into[str(self._path[-1])] = value

    def _scalar(self, event: yaml.ScalarEvent) -> Json:
        text = str(event.value)
        if not event.implicit[0] or event.style:
            return text
        if _NO_NUMBER.fullmatch(text):
            self._fault("number", f"{text} is no JSON number", event, "put it in quotes if it is text")
            return None
        value = resolve(text)
        if isinstance(value, float) and value in (float("inf"), float("-inf")):
            self._fault("number", "this number is too large", event, "put it in quotes if it is text")
        return value


def _offset(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def resolve(text: str) -> Json:
    """Give the value of a plain scalar by the YAML 1.2 core rules.

    >>> [resolve(text) for text in ("0o10", "0x1F", "1:30", "2001-01-01", "~", "True", "+.5")]
    [8, 31, '1:30', '2001-01-01', None, True, 0.5]
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return _narrow(int(text, 0))
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _integer(digits: str) -> int | float:
    return float(digits) if len(digits) > _MOST_DIGITS else _narrow(int(digits))


def _narrow(number: int) -> int | float:
    """Give the number; beyond 64 bit it becomes a float as in JSON, so that one document has one value."""
    if -(_WIDEST // 2) <= number < _WIDEST:
        return number
    return float(number) if number.bit_length() < _FLOAT_BITS else float("inf")
