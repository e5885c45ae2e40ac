"""Sessions held in memory so that a report need not read its log again; bounded by number and bytes.

Above: engine.runner. Below: engine.runner_model. What is held may be behind the store; whoever uses it finds out.
"""

from collections import OrderedDict
from typing import Final, NamedTuple

from engine.runner_model import Session
from engine.sessions.model import FINISHED

MAX_HELD: Final = 1000
"""Sessions held: as many as may be active at once by default."""
MAX_HELD_BYTES: Final = 16_000_000
"""Bytes of the logs whose states are held; a state takes a few times what its log does."""
OWN_BYTES: Final = 2_000
"""Bytes counted for a state besides its log."""


class Held(NamedTuple):
    """A session and the bytes of its log."""

    session: Session
    weight: int


class HeldSessions:
    """The states of sessions under way, by id; finished ones are not held."""

    def __init__(self) -> None:
        """Start empty."""
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._bytes = 0

    def get(self, session_id: str) -> Held | None:
        """Give what is held of a session."""
        held = self._held.get(session_id)
        if held is not None:
            self._held.move_to_end(session_id)
        return held

    def put(self, held: Held) -> Held:
        """Hold a session, unless it is finished, too large, or held at a later version; gives `held` itself."""
        state = held.session.state
        before = self._held.get(state.session_id)
        if before is not None and before.session.state.version > state.version:
            return held
        self.drop(state.session_id)
        if state.status in FINISHED or held.weight > MAX_HELD_BYTES:
            return held
        self._held[state.session_id] = held
        self._bytes += held.weight + OWN_BYTES
        while len(self._held) > MAX_HELD or self._bytes > MAX_HELD_BYTES + OWN_BYTES:
            self.drop(next(iter(self._held)))
        return held

    def drop(self, session_id: str) -> None:
        """Hold a session no longer."""
        held = self._held.pop(session_id, None)
        if held is not None:
            self._bytes -= held.weight + OWN_BYTES
