"""Events of nested runs: wrapped as the session's own, and taken out again.

Above: draft, evolve, the views. Below: codec, task_family.
"""

from engine.sessions.codec import from_json, to_json
from engine.sessions.events import Event
from engine.sessions.task_family import Inside


def wrapped(run: str, event: Event) -> Inside:
    """Give the event of a session for what happened in a run inside it.

    >>> from engine.sessions.session_family import SessionResumed
    >>> wrapped("check#7", SessionResumed())
    Inside(run='check#7', type='SessionResumed', version=1, data={})
    """
    name, version, data = to_json(event)
    return Inside(run, name, version, data)


def unwrapped(inside: Inside) -> Event:
    """Give what happened in the run; CorruptLogError for what no release wrote."""
    return from_json(inside.type, inside.version, inside.data)


def within(event: Event) -> tuple[str, Event]:
    """Give what happened and the run it happened in, as keys name it; "" for what happened in no nested run.

    >>> from engine.sessions.session_family import SessionResumed
    >>> within(wrapped("files@2/check#7", wrapped("sub#0", SessionResumed())))
    ('files@2/check#7/sub#0', SessionResumed())
    """
    if not isinstance(event, Inside):
        return "", event
    runs: list[str] = []
    while isinstance(event, Inside):
        runs.append(event.run)
        event = unwrapped(event)
    return "/".join(runs), event
