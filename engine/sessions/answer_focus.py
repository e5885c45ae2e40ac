"""Which run of a session an answer speaks of: the main one, the task that is asked for, and the child under way in it.

Above: answer. Below: nesting, task_reading. Keys in an answer are those of the session, whatever run they lie in.
"""

from typing import Final, NamedTuple

from engine import keys
from engine.definition import Open, Workflow
from engine.errors import ArgumentError
from engine.sessions.model import Message, State, WaitKind
from engine.sessions.nesting import front, split
from engine.sessions.position import open_step
from engine.sessions.refusals import Refusal
from engine.sessions.task_reading import SERIAL_HINT, Task, at_work, find, path_of


class Root(NamedTuple):
    """The run an answer is about as a whole: the main one (`run` ""), or a task; `run` is its path."""

    run: str
    state: State
    workflow: Workflow


class Focus(NamedTuple):
    """The run whose open step an answer shows: `root` itself, a child within it, or the one task of serial mode.

    `run`: its path in the session. `step`: the one that is open, None where a gate or nothing is. `hint`: what is said
    first, in serial mode.
    """

    root: Root
    run: str
    state: State
    workflow: Workflow
    step: Open | None
    hint: str = ""

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages for the user: those of the run, and in serial mode those of the task whose turn it is."""
        state = self.root.state
        messages = state.messages
        if self.run == self.root.run:
            return messages
        rest = self.run[len(self.root.run) :].lstrip("/")
        while rest:
            first, rest = split(rest)
            state = state.nested[first].state
            messages += state.messages
        return messages

    def key(self, local: str) -> str:
        """Give a key of this run as the session knows it."""
        return keys.inside(self.run, local) if self.run else local


def task_of(state: State, workflow: Workflow, task_id: str) -> Task:
    """Find a task; ArgumentError where the session has none of that id."""
    found = find(state, workflow, task_id)
    if isinstance(found, Refusal):
        raise ArgumentError("taskId", found.message)
    return found


def run_of(key: str) -> str:
    """Give the path of the run a stepKey lies in, through all runs around it; "" for the session's own.

    >>> run_of("files@2/check#7/sub#0::read"), run_of("loop@1::read")
    ('files@2/check#7/sub#0', '')
    """
    path = ""
    run, rest = keys.run_of(key)
    while run:
        path = path_of(path, run)
        run, rest = keys.run_of(rest)
    return path


def task_of_key(key: str, state: State) -> str:
    """Give the taskId of the task that a stepKey lies in; "" for none, and in serial mode, where one agent does all."""
    if not state.nested and not state.fans:
        return ""
    path, found, inner = "", "", state
    run, rest = keys.run_of(key)
    while run:
        path = path_of(path, run)
        fan = inner.fans.get(run.rpartition("#")[0] + "#")
        if fan is not None:
            found = "" if fan.serial else path
        if run not in inner.nested:
            break
        inner = inner.nested[run].state
        run, rest = keys.run_of(rest)
    return keys.marked(found, state.rollbacks) if found else ""


def focus_of(root: Root) -> Focus:
    """Find the run whose open step is the next one of `root`."""
    state, workflow = root.state, root.workflow
    if state.waiting is None or state.waiting.kind not in _INSIDE:
        return Focus(root, root.run, state, workflow, open_step(state, workflow))
    work, own = at_work(state, workflow), front(state, workflow)
    hint = "" if work.run == own.run else SERIAL_HINT
    path = path_of(root.run, work.run) if work.run else root.run
    return Focus(root, path, work.state, work.workflow, open_step(work.state, work.workflow), hint)


_INSIDE: Final = frozenset((WaitKind.CHILD, WaitKind.TASKS))
"""What a run waits for while the next step may lie in a run inside it."""
