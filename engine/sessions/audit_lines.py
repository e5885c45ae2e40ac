"""Small ways to show what an event holds: names instead of values, first lines instead of texts, sizes.

Above: audit, audit_flow, explaining. Below: model. Nothing shown grows with what was sent.
"""

from datetime import UTC, datetime
from typing import Final, NamedTuple

from engine.sessions.events import Event
from engine.sessions.model import Approval, Issue
from schema.values import Json, JsonObject

MAX_LINE: Final = 200
"""Characters of a text an agent or person wrote that a line of the view repeats."""
MAX_NAMES: Final = 50
"""Names of evidence or variables one line lists."""
MAX_TIME: Final = 253_402_300_799.0
"""Seconds since 1970 at the end of the year 9999: what comes from files is between 0 and this, so `iso` can show it."""


class Entry(NamedTuple):
    """One event of a log: its version, when (seconds since 1970), by whom."""

    version: int
    at: float
    by: str
    event: Event


def iso(at: float) -> str:
    """Give a time as answers show it: ISO 8601, UTC, milliseconds.

    >>> iso(1_800_000_000.5)
    '2027-01-15T08:00:00.500Z'
    """
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def names(values: JsonObject | None) -> list[Json]:
    """Name what an object holds.

    >>> names({"a": 1, "b": 2})
    ['a', 'b']
    """
    found: list[Json] = [*(values or ())]
    return found[:MAX_NAMES]


def line(text: str | None) -> str | None:
    r"""Give the first line of a text.

    >>> line(" Done.\nAll of it.")
    'Done.'
    """
    if text is None:
        return None
    first = text.strip().partition("\n")[0]
    return first if len(first) <= MAX_LINE else first[:MAX_LINE] + "…"


def short(value: Json) -> Json:
    """Give a small value as it is, a large one by its kind and size.

    >>> short([1, 2]), short({}), short(3)
    ('list of 2', 'object of 0', 3)
    """
    if isinstance(value, str):
        return line(value)
    if isinstance(value, list | dict):
        return f"{'list' if isinstance(value, list) else 'object'} of {len(value)}"
    return value


def issues_of(issues: tuple[Issue, ...]) -> list[Json]:
    """Give what was wrong, one text each."""
    return [f"{issue.field}: {issue.message}" if issue.field else issue.message for issue in issues[:MAX_NAMES]]


def approval_of(approval: Approval | None) -> Json:
    """Give a person's word."""
    if approval is None:
        return None
    return {"decision": approval.decision, "how": approval.how, "comment": line(approval.comment)}
