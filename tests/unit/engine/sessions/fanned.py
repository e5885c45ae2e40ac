"""Sessions with tasks: documents with parallel steps, and a play whose sub-agents report in whatever order a test asks.

Above: the tests of tasks. Below: play.
"""

from collections.abc import Mapping, Sequence

from engine import keys
from engine.build import build
from engine.sessions.change_family import CancelSession, FireTimers, RetrySession
from engine.sessions.commands import Command
from engine.sessions.decide import Policy
from engine.sessions.events import Event
from engine.sessions.evolve import fold
from engine.sessions.model import State, Status
from engine.sessions.session_family import RollBack
from engine.sessions.step_family import ReportStep
from engine.sessions.task_reading import Listed, Shown, Task, find, listed, open_keys, shown
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.sessions.play import PLAIN, Play

SERIAL = Policy(strict_gates=False, verified=False, serial=True)
ITEMS: list[Json] = ["a", "b", "c"]


def parallel(**keys_: Json) -> JsonObject:
    """Give a parallel step named `check` over state.files with the task `check`."""
    step: JsonObject = {"id": "check", "type": "parallel", "items": "state.files", "task": "check"}
    return {**step, **keys_}


def spread(files: Sequence[Json], *body: JsonObject, task: JsonObject | None = None, **step: Json) -> JsonObject:
    """Give a document: a task for each file, which does `body` (a prompt where there is none), then the prompt end."""
    work = list(body) or [prompt("read")]
    tasks: JsonObject = {"check": {"description": "Look at one.", "steps": list(work), **(task or {})}}
    state: JsonObject = {"files": list(files), "found": []}
    return document(parallel(**step), prompt("end"), state=state, tasks=tasks)


class Fanned(Play):
    """A session whose tasks are worked on by sub-agents."""

    def __init__(
        self, source: JsonObject, policy: Policy = PLAIN, children: Mapping[str, JsonObject] | None = None
    ) -> None:
        entered = {name: build(child) for name, child in (children or {}).items()}
        self.before: list[str] = []
        super().__init__(build(source)._replace(children=entered), policy=policy)

    def do(self, command: Command) -> tuple[Event, ...]:
        """Decide and act; what decide worked with is what the log says."""
        events = super().do(command)
        after = getattr(self.last, "after", None)
        assert after is None or after == self.state
        return events

    @property
    def out(self) -> list[str]:
        """The ids of the tasks that are handed out."""
        return [each.task_id for each in self.shown()]

    def shown(self) -> tuple[Shown, ...]:
        return shown(self.state)

    @property
    def open(self) -> list[str]:
        """The stepKeys sub-agents may report."""
        return list(open_keys(self.state))

    def all(self) -> dict[str, Listed]:
        """Give what became of each task, by its id."""
        return {each.task_id: each for each in listed(self.state)}

    def status(self) -> list[str]:
        return [each.status.value for each in listed(self.state)]

    def task(self, task_id: str) -> Task:
        """Read one task."""
        found = find(self.state, self.workflow, task_id)
        assert isinstance(found, Task), found
        return found

    def inner(self, task_id: str) -> State:
        """Give the state of a task that is under way."""
        state = self.task(task_id).state
        assert state is not None
        return state

    def say(self, key: str, output: str | None = "done") -> None:
        """Report a step of a task; it must be taken."""
        before = self.state.version
        self.do(ReportStep(key, output, None, {}))
        assert self.state.version > before, self.last

    def work(self, task_id: str, output: str = "done") -> None:
        """Do one task to its end."""
        for _ in range(50):
            mine = [key for key in self.open if key.startswith((f"{task_id}::", f"{task_id}/"))]
            if not mine:
                return
            self.say(mine[0], output)
        raise AssertionError(task_id)

    def work_all(self) -> None:
        """Do whatever is open, the first key first, until the session's own next step."""
        for _ in range(5_000):
            if not self.open:
                return
            self.say(self.open[0])
        raise AssertionError(self.open)

    def later(self, seconds: float) -> None:
        """Let time go by, and do what is due then."""
        self.now += seconds
        self.do(FireTimers())

    def cancel(self) -> None:
        self.do(CancelSession("not needed any more"))

    def try_again(self) -> None:
        self.do(RetrySession("mended"))

    def restore(self, version: int) -> None:
        self.do(RollBack(version, None, fold(self.log[:version]), "wrong way"))

    def is_behind(self) -> bool:
        """Tell whether the session is behind the parallel step, at the prompt `end`."""
        return self.state.status is Status.RUNNING and keys.step_id(self.state.position) == "end"

    @property
    def values(self) -> JsonObject:
        return self.state.variables
