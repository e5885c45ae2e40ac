"""Tasks as runs inside a session: what they are called, how their keys stay their own, what is known of them for good.

Above: task_evolve, task_reading, the evolve of going back. Below: model. No rules here.
"""

from collections.abc import Mapping
from itertools import islice

from engine import keys
from engine.sessions.model import Nested, Reported, State


def prefix_of(key: str) -> str:
    """Give the frame path of a parallel step's tasks, up to their number; `key` is the step's.

    >>> prefix_of("files@2::check+1~3"), prefix_of("check")
    ('files@2/check#', 'check#')
    """
    frames, separator, step = keys.unmarked(key).rpartition("::")
    return f"{frames}/{step}#" if separator else f"{step}#"


def split_run(run: str) -> tuple[str, int]:
    """Cut the id of a task, local to the run it lies in, into the frame path of its step's tasks and its number.

    >>> split_run("files@2/check#7")
    ('files@2/check#', 7)
    """
    path, _, number = run.rpartition("#")
    return f"{path}#", int(number)


def marks_of(state: State) -> int:
    """Give the highest number of tries that a key of a run, or of one inside it, was marked with.

    The step a run failed with was not handed out again after its last try.
    """
    base = state.tries.get("", 0)
    last = "" if state.cause is None else keys.unmarked(state.cause.key)
    own = max((tries - (key == last) for key, tries in state.tries.items() if key), default=0)
    fans = max((fan.marks for fan in state.fans.values()), default=0)
    inner = max((marks_of(each.state) for each in state.nested.values()), default=0)
    return max(base + own, fans, inner)


def marked_from(state: State, marks: int) -> State:
    """Give a run that begins, its keys marked with at least so many tries, so that none is one of an earlier run."""
    return state._replace(tries={"": marks}) if marks else state


def reports_of(state: State) -> Mapping[str, Reported]:
    """Give the reports accepted in a run and in those inside it, by the keys the run knows them by."""
    if not state.nested and not state.fans:
        return state.reports
    found = dict(state.reports)
    for prefix, fan in state.fans.items():
        for ended in fan.ended:
            run = f"{prefix}{ended.number}"
            found.update((keys.inside(run, key), report) for key, report in ended.reports.items())
    for run, nested in state.nested.items():
        found.update((keys.inside(run, key), report) for key, report in reports_of(nested.state).items())
    return found


def latest_reports(state: State, most: int) -> list[tuple[str, Reported]]:
    """Give the last reports accepted in a run and in those inside it, oldest first; at most so many.

    Of tasks that ended only the last ones are looked at: each of those was reported after all of one before it.
    """
    found = list(state.reports.items())[-most:]
    for prefix, fan in state.fans.items():
        reported = (each for each in reversed(fan.ended) if each.reports)
        for ended in islice(reported, most):
            run = f"{prefix}{ended.number}"
            found.extend((keys.inside(run, key), each) for key, each in ended.reports.items())
    for run, nested in state.nested.items():
        found.extend((keys.inside(run, key), each) for key, each in latest_reports(nested.state, most))
    return sorted(found, key=lambda each: each[1].version)[-most:]


def count_reports(state: State) -> int:
    """Count the reports accepted in a run and in those inside it."""
    if not state.nested and not state.fans:
        return len(state.reports)
    ended = sum(len(each.reports) for fan in state.fans.values() for each in fan.ended)
    return len(state.reports) + ended + sum(count_reports(each.state) for each in state.nested.values())


def renewed(state: State, rollbacks: int) -> State:
    """Give a session with the open keys of the runs inside it marked with `rollbacks`; its own stay."""
    return state._replace(nested={run: _marked(each, rollbacks) for run, each in state.nested.items()})


def _marked(nested: Nested, rollbacks: int) -> Nested:
    state = nested.state
    waiting = None if state.waiting is None else state.waiting._replace(key=_key(state.waiting.key, rollbacks))
    inner = state._replace(
        position=_key(state.position, rollbacks),
        waiting=waiting,
        rollbacks=rollbacks,
        refused=None,
    )
    return nested._replace(step=_key(nested.step, rollbacks), state=renewed(inner, rollbacks))


def _key(key: str, rollbacks: int) -> str:
    """Mark a key with rollbacks; its tries stay."""
    return keys.marked(key.partition("~")[0], rollbacks) if key else key
