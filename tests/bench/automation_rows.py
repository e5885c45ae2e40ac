"""Automation: what the server does alone, tasks fanned out and reported, and whether a long session slows down.

Above: tests.bench.__main__. Below: the runner and workflow_next as the server has them, on SQLite and in memory.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from engine.clock import SystemClock
from engine.runner import Nobody, Runner, RunnerOptions
from engine.sessions.decide import Policy
from engine.store.memory import MemoryStore
from engine.store.port import Store
from engine.store.sqlite import SqliteStore
from schema.values import Json, JsonObject
from tests.bench import sample
from tests.bench.durable_rows import EARLY, LATE, LONG, MANY_BYTES, MICROSECONDS
from tests.bench.limits import p95
from tests.bench.rows import Row
from tests.bench.scratch import Scratch
from tests.bench.store_rows import folder_of, opened
from tests.unit.engine.running import Books
from tests.unit.silent_call import SilentCall
from tools.contract import Done
from tools.workflow_next import make

PASSES: Final = 1_000  # of a loop whose steps the server carries out, three in each pass
TASKS: Final = 100
MANY_TASKS: Final = 1_000
AT_ONCE: Final = 10  # tasks handed out at a time
ROUNDS: Final = 5
CALL_MS: Final = 200.0  # the sources' limit for any call
START_MS: Final = 500.0  # and for beginning a session


def updating(name: str, update: JsonObject) -> JsonObject:
    """Give a step that makes one update."""
    return {"id": name, "type": "set", "update": [update]}


def served(passes: int) -> JsonObject:
    """Give a workflow that does so many passes alone: two updates and a branch in each, then one step of the agent."""
    body: list[Json] = [
        updating("count", {"path": "done", "operation": "increment", "value": 1}),
        {
            "id": "even",
            "type": "if",
            "condition": "state.done % 2 === 0",
            "then": [
                {"id": "sum", "type": "set", "update": [{"path": "total", "value": "{{ state.total + loop.index }}"}]}
            ],
        },
    ]
    loop: JsonObject = {"type": "while", "condition": f"state.done < {passes}", "maxIterations": 1000}
    steps: list[Json] = [
        {"id": "rounds", "type": "loop", "title": "Rounds", "loop": loop, "body": body},
        {"id": "report", "title": "Report", "prompt": "Report {{ state.total }}."},
    ]
    return {**sample.WORKFLOW, "id": "served", "state": {"done": 0, "total": 0}, "steps": steps}


def fanned(tasks: int) -> JsonObject:
    """Give a workflow that fans out so many tasks of one prompt and collects what they say."""
    steps: list[Json] = [
        {
            "id": "each-file",
            "type": "parallel",
            "items": "state.files",
            "task": "look",
            "maxParallel": AT_ONCE,
            "collect": "state.found",
        },
        {"id": "report", "title": "Report", "prompt": "Report {{ state.found.length }} files."},
    ]
    files: list[Json] = [f"src/file-{number}.py" for number in range(tasks)]
    look: JsonObject = {"description": "Look at a file", "prompt": "Look at {{ inputs.item }}."}
    return {
        **sample.WORKFLOW,
        "id": f"fan-{tasks}",
        "state": {"files": files, "found": []},
        "tasks": {"look": look},
        "steps": steps,
    }


def counted(passes: int) -> JsonObject:
    """Give a workflow whose every pass is a prompt, an update and a branch."""
    body: list[Json] = [
        {
            "id": "turn",
            "title": "Turn",
            "prompt": f"{{{{ loop.index }}}}: {sample.PROMPT}",
            "update": [{"path": "done", "operation": "increment", "value": 1}],
        },
        {
            "id": "even",
            "type": "if",
            "condition": "state.done % 2 === 0",
            "then": [
                {"id": "note", "type": "set", "update": [{"path": "evens", "operation": "increment", "value": 1}]}
            ],
        },
    ]
    loop: JsonObject = {"type": "for", "count": passes, "maxIterations": 1000}
    steps: list[Json] = [{"id": "rounds", "type": "loop", "title": "Rounds", "loop": loop, "body": body}]
    return {**sample.WORKFLOW, "id": "counted", "state": {"done": 0, "evens": 0}, "steps": steps}


class Runs:
    """Sessions on an open store, driven as a server does."""

    def __init__(self, runner: asyncio.Runner, store: Store, workspace: Path) -> None:
        """Take an opened store that lives in the loop of `runner`."""
        books = Books(served(PASSES), fanned(TASKS), fanned(MANY_TASKS), counted(1000))
        options = RunnerOptions(Policy(strict_gates=False, verified=False), workspace, 1_000_000)
        self._sessions = Runner(store, SystemClock(), books, options, Nobody())
        self._tool = make(books, self._sessions)
        self._runner = runner

    def begin(self, workflow: str) -> tuple[str, float]:
        """Begin a session; gives its id and the seconds it took."""
        started = time.perf_counter()
        session = self._runner.run(self._sessions.begin(workflow, "", {}, "bench", inputs={}))
        return session.state.session_id, time.perf_counter() - started

    def tasks(self, workflow: str) -> list[float]:
        """Fan out, and report every task of a session; gives the seconds of each report."""
        return self._runner.run(self._tasks(self.begin(workflow)[0]))

    async def _tasks(self, session_id: str) -> list[float]:
        spent: list[float] = []
        shown = await self._call({"sessionId": session_id})
        while isinstance(open_tasks := shown.get("tasks"), list) and open_tasks:
            task = open_tasks[0]
            assert isinstance(task, dict)
            key = f"{task['taskId']}::prompt"
            started = time.perf_counter()
            await self._call({"sessionId": session_id, "stepKey": key, "output": "fine"})
            spent.append(time.perf_counter() - started)
            shown = await self._call({"sessionId": session_id})
        return spent

    def times(self, workflow: str) -> list[float]:
        """Report a session to its end; gives the seconds of each report."""
        return self._runner.run(self._times(self.begin(workflow)[0]))

    async def _times(self, session_id: str) -> list[float]:
        spent: list[float] = []
        key = str((await self._call({"sessionId": session_id})).get("stepKey", ""))
        while key:
            started = time.perf_counter()
            shown = await self._call({"sessionId": session_id, "stepKey": key, "output": "Read four files."})
            spent.append(time.perf_counter() - started)
            key = str(shown.get("stepKey", ""))
        return spent

    async def _call(self, arguments: JsonObject) -> JsonObject:
        assert self._tool.run_waiting is not None
        done = await self._tool.run_waiting(arguments, SilentCall())
        assert isinstance(done, Done)
        assert done.value is not None
        return done.value


def rows(scratch: Scratch, _rounds: int) -> Iterator[Row]:
    """Give the rows of automation: on SQLite with every append on disk, and the growth without a disk."""
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        folder = stack.enter_context(folder_of(scratch, "automation"))
        store = stack.enter_context(opened(runner, SqliteStore(folder / "ours.db", SystemClock())))
        runs = Runs(runner, store, scratch.workspace)
        yield _served(runs)
        yield from _fanned(runs)
        memory = stack.enter_context(opened(runner, MemoryStore(SystemClock(), MANY_BYTES)))
        yield _growth(Runs(runner, memory, scratch.workspace))


def _served(runs: Runs) -> Row:
    spent = statistics.median(runs.begin("served")[1] for _ in range(ROUNDS)) * 1000
    detail = f"{spent * 1000 / PASSES:.0f} us a pass of 2 to 3 steps"
    name = f"a loop of {PASSES:,} passes in one call, SQLite FULL"
    return Row(name, "the sources' limit of a start", spent, " ms", START_MS, None, detail=detail)


def _fanned(runs: Runs) -> Iterator[Row]:
    few = runs.tasks(f"fan-{TASKS}")
    many = runs.tasks(f"fan-{MANY_TASKS}")
    assert (len(few), len(many)) == (TASKS, MANY_TASKS)
    detail = f"{sum(few):.2f} s for all, median {statistics.median(few) * 1000:.1f} ms"
    name = f"{TASKS} tasks, {AT_ONCE} at a time, SQLite FULL: a report, p95"
    yield Row(name, "the sources' limit", p95([each * 1000 for each in few]), " ms", CALL_MS, None, detail=detail)
    late, early = statistics.median(many) * MICROSECONDS, statistics.median(few) * MICROSECONDS
    detail = f"{late:.0f} / {early:.0f} us"
    yield Row(f"a report among {MANY_TASKS:,} tasks", f"among {TASKS}", late / early, "x", 1.3, None, detail=detail)


def _growth(runs: Runs) -> Row:
    runs.times("counted")
    spent = [runs.times("counted") for _ in range(ROUNDS)]
    late, early = (
        statistics.median(session[step] for session in spent for step in steps) * MICROSECONDS
        for steps in (range(LATE.start, min(LATE.stop, LONG - 5)), EARLY)
    )
    measure = "the 1,000th step of a session with state and branches, no disk"
    return Row(measure, "its 10th", late / early, "x", 1.3, 1.1, detail=f"{late:.0f} / {early:.0f} us")
