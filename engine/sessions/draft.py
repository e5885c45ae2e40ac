"""A draft of what is decided: each event is folded at once, so that what is decided next sees what it changed.

Above: every decision that takes more than one event. Below: evolve, model. A nested run has a draft of its own, whose
events are those of the draft around it, wrapped in `Inside`. Nothing is stored before the whole draft is.
"""

from typing import Final

from engine.definition import Workflow
from engine.sessions.events import Event
from engine.sessions.evolve import evolve
from engine.sessions.model import State
from engine.sessions.refusals import Policy

MAX_SERVED: Final = 10_000
"""Steps the server carries out itself in one call; beyond, the session fails with a diagnosis."""


class Draft:
    """Events being decided on a session, and the state with them."""

    def __init__(self, state: State, workflow: Workflow, now: float, policy: Policy) -> None:
        """`now`: seconds since 1970, the session's clock for all that is decided here."""
        self.state = state
        self.workflow = workflow
        self.now = now
        self.policy = policy
        self.events: list[Event] = []

    def add(self, event: Event) -> None:
        """Decide on one more event."""
        self.events.append(event)
        self.state = evolve(self.state, event, self.now)
