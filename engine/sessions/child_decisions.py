"""What follows when something happened in a child workflow: its step is done or fails where it is over.

Above: decide, firing, signals. Below: child_opening, onward.
"""

from engine.sessions.child_opening import leave_child
from engine.sessions.draft import Draft
from engine.sessions.onward import go_on


def child_changed(draft: Draft, run: str) -> None:
    """Leave a child that is over, and go on in the run around it; `run`: its id in the run `draft` is of."""
    leave_child(draft, run)
    go_on(draft)
