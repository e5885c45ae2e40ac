"""Every type of event changes a state in a way of its own."""

from typing import get_args

from engine.sessions.events import Event
from engine.sessions.evolve import EVOLVES
from engine.sessions.session_family import SessionStarted


def test_every_event_but_the_first_has_one_way_to_change_a_state() -> None:
    assert EVOLVES.keys() == set(get_args(Event)) - {SessionStarted}
