"""What reading automation YAML finds, with pointers into the YAML, and where parts of the native document came from.

Above: the readers of automation YAML. Below: schema.finding.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from schema.finding import Finding, Severity
from schema.values import Json, JsonObject, pointer

MAX_QUOTED: Final = 100
"""Characters of a foreign text that a message repeats."""
MAX_FINDINGS: Final = 1_000
"""Findings of one document; nobody mends more in one go."""


class _Origin(NamedTuple):
    """Where an object of the native document came from: its place in the YAML, and those of its keys by their path."""

    part: JsonObject
    where: str
    keys: Mapping[str, str]


class Origins:
    """Finds the place in the YAML for a pointer into the native document."""

    def __init__(self) -> None:
        """Begin with nothing known; the root came from the root."""
        self._known: dict[int, _Origin] = {}
        self._table: dict[str, str] = {}

    def tell(self, part: JsonObject, where: str, keys: Mapping[str, str]) -> None:
        """Note that a native object came from `where`; `keys`: places of what is in it, by pointers below it."""
        self._known[id(part)] = _Origin(part, where, keys)

    def settle(self, document: JsonObject) -> None:
        """Look up where the noted objects stand in the finished document."""
        for place, part in _objects(document, ""):
            origin = self._known.get(id(part))
            if origin is not None and origin.part is part:
                self._table[place] = origin.where
                self._table |= {place + below: where for below, where in origin.keys.items()}

    def of(self, native: str) -> str:
        """Give the place in the YAML that a place in the native document came from, or that of what is around it."""
        place = native
        while place and place not in self._table:
            place = place.rpartition("/")[0]
        return self._table.get(place, "") + native[len(place) :]


class Notes:
    """Findings in the order they were made, `where` a JSON Pointer into the YAML; `origins`: what came from where."""

    def __init__(self) -> None:
        """Begin with none."""
        self.findings: list[Finding] = []
        self.origins = Origins()
        self._known: set[Finding] = set()

    @property
    def is_blocked(self) -> bool:
        """True where a finding is critical."""
        return any(each.severity is Severity.CRITICAL for each in self.findings)

    def critical(self, where: str, rule: str, message: str, suggestion: str | None = None) -> None:
        """Note what makes the document invalid."""
        self._add(Severity.CRITICAL, where, rule, (message, suggestion))

    def major(self, where: str, rule: str, message: str, suggestion: str | None = None) -> None:
        """Note what works but is surely not meant."""
        self._add(Severity.MAJOR, where, rule, (message, suggestion))

    def minor(self, where: str, rule: str, message: str, suggestion: str | None = None) -> None:
        """Note what works and is worth knowing."""
        self._add(Severity.MINOR, where, rule, (message, suggestion))

    def _add(self, severity: Severity, where: str, rule: str, said: tuple[str, str | None]) -> None:
        finding = Finding(severity, rule, said[0], where, suggestion=said[1])
        has_room = len(self.findings) < MAX_FINDINGS or (severity is Severity.CRITICAL and not self.is_blocked)
        if has_room and finding not in self._known:
            self._known.add(finding)
            self.findings.append(finding)


def quoted(value: Json) -> str:
    """Give a foreign value as messages repeat it, not too long."""
    text = repr(value)
    return text if len(text) <= MAX_QUOTED else text[:MAX_QUOTED] + "..."


def _objects(value: Json, place: str) -> Iterator[tuple[str, JsonObject]]:
    """Give every object of a document with its pointer; documents nest a few dozen levels at most."""
    if isinstance(value, dict):
        yield place, value
        for key, each in value.items():
            yield from _objects(each, place + pointer([key]))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _objects(each, f"{place}/{index}")
