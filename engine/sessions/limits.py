"""Limits of what a session takes, and the refusals beyond them.

Above: the decisions. Below: refusals, position, engine.extent.
"""

import hashlib
from typing import Final, NamedTuple

from engine.errors import ArgumentError
from engine.extent import check_context
from engine.sessions.model import State
from engine.sessions.position import canonical
from engine.sessions.refusals import Refusal, acting, refusal
from schema.values import JsonObject, is_deeper

MAX_EVENTS: Final = 100_000
"""Events in the log of one session: weeks of work, and still read in seconds."""
MAX_OUTPUT: Final = 1_048_576
"""Characters of one output."""
MAX_EVIDENCE: Final = 10 * 1024 * 1024
"""Bytes of one report's evidence as JSON."""
MAX_DEPTH: Final = 64
"""Levels of objects and lists in evidence, as in a context."""
MAX_NOTE: Final = 4_096
"""Characters of a comment, note or reason."""
MAX_ROLLBACKS: Final = 1_000
"""Rollbacks of one session; each keeps a whole state."""


class Said(NamedTuple):
    """What a report says, without a person's word on it."""

    output: str | None
    evidence: JsonObject | None
    context: JsonObject


def digest_of(state: State, said: Said) -> str | Refusal:
    """Give the digest (SHA-256, hex) of what a report says; a refusal where it is too large or too deep."""
    if said.output is not None and len(said.output) > MAX_OUTPUT:
        return refusal(state, "argument", f"output has {len(said.output)} characters; at most {MAX_OUTPUT} are allowed")
    try:
        evidence = "" if said.evidence is None else canonical(said.evidence)
        context = canonical(said.context) if said.context else ""
    except RecursionError:
        return refusal(state, "argument", f"evidence and context may be nested {MAX_DEPTH} levels deep at most")
    text = evidence.encode("utf-8", "surrogatepass")
    if len(text) > MAX_EVIDENCE:
        return refusal(
            state, "argument", f"evidence is too large: {len(text)} bytes; at most {MAX_EVIDENCE} are allowed"
        )
    if evidence.count("[") + evidence.count("{") > MAX_DEPTH and is_deeper(said.evidence, MAX_DEPTH):
        return refusal(state, "argument", f"evidence is nested deeper than {MAX_DEPTH} levels")
    parts = ("" if said.output is None else "=" + said.output, evidence, context)
    head = "/".join(str(len(part)) for part in parts)
    return hashlib.sha256("\n".join((head, *parts)).encode("utf-8", "surrogatepass")).hexdigest()


def oversized(state: State, context: JsonObject) -> Refusal | None:
    """Refuse a context that would make the variables too large or too deep."""
    if not context:
        return None
    try:
        check_context(context)
        check_context({**state.variables, **context})
    except ArgumentError as error:
        return refusal(state, "argument", f"context: {error.details}")
    return None


def too_long(state: State, name: str, text: str) -> Refusal | None:
    """Refuse a comment, note or reason that is too long."""
    if len(text) <= MAX_NOTE:
        return None
    return refusal(state, "argument", f"{name} has {len(text)} characters; at most {MAX_NOTE} are allowed")


def too_many(state: State, count: int) -> Refusal | None:
    """Refuse so many more events where the log would become too long."""
    if state.version + count <= MAX_EVENTS:
        return None
    message = f"The session has {state.version} events; at most {MAX_EVENTS} are allowed, so it cannot go on"
    return refusal(state, "limit", message, acting(state, "get_state"))
