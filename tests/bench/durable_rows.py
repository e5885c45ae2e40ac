"""Whole durable reports (decide, append, answer) in this process: their pace, their CPU, their size, their growth.

Above: tests.bench.__main__. Below: the runner and workflow_next as the server has them, floors (the yardsticks).
"""

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import orjson

from engine.clock import SystemClock
from engine.runner import Nobody, Runner, RunnerOptions
from engine.sessions.decide import Policy
from engine.store.memory import MemoryStore
from engine.store.port import Store
from engine.store.sqlite import SqliteStore
from schema.values import Json, JsonObject
from tests.bench import floors, sample
from tests.bench.check_rows import BYTES_A_TOKEN
from tests.bench.rows import Row
from tests.bench.scratch import Scratch
from tests.bench.slices import Slice, alternate
from tests.bench.store_rows import MANY, MANY_APPENDS, folder_of, opened, row
from tests.unit.engine.running import Books
from tests.unit.silent_call import SilentCall
from tools.arguments import Arguments
from tools.contract import Done
from tools.workflow_next import make

STEPS: Final = 20  # of the workflow that is reported on
ALONE: Final = 15  # sessions of one slice, one after the other
EARLY: Final = range(5, 15)  # the tenth step and its neighbours
LATE: Final = range(995, 1005)  # the thousandth and its neighbours
LONG: Final = 1005  # steps of the long sessions
LONG_SESSIONS: Final = 5
MANY_BYTES: Final = 2_000_000_000  # of the store in memory, more than the long sessions need
MICROSECONDS: Final = 1e6


def plain_steps(count: int, name: str) -> JsonObject:
    """Give a workflow of so many prompt steps."""
    steps: list[Json] = [
        {"id": f"step-{number}", "title": f"Step {number}", "prompt": f"{number}: {sample.PROMPT}"}
        for number in range(count)
    ]
    return {**sample.WORKFLOW, "id": name, "steps": steps}


def loop_steps(count: int, name: str) -> JsonObject:
    """Give a workflow of one step in a loop of so many passes."""
    body: JsonObject = {"id": "turn", "title": "Turn", "prompt": f"{{{{index}}}}: {sample.PROMPT}"}
    rules: JsonObject = {"type": "for", "count": count, "maxIterations": count}
    steps: list[Json] = [{"id": "rounds", "type": "loop", "title": "Rounds", "loop": rules, "body": [body]}]
    return {**sample.WORKFLOW, "id": name, "steps": steps}


class Reports:
    """Sessions on an open store, reported on as a server does between reading a call and writing its answer."""

    def __init__(self, runner: asyncio.Runner, store: Store, workspace: Path) -> None:
        """Take an opened store that lives in the loop of `runner`."""
        documents = (plain_steps(STEPS, "short"), plain_steps(LONG, "long-plain"), loop_steps(LONG, "long-loop"))
        books = Books(*documents)
        options = RunnerOptions(Policy(strict_gates=False, verified=False), workspace, 1_000_000)
        self._sessions = Runner(store, SystemClock(), books, options, Nobody())
        self._tool = make(books, self._sessions)
        self._rules = Arguments(self._tool.input_schema)
        self._runner = runner

    def slice(self, sessions: int, at_once: int) -> Slice:
        """Report every step of so many sessions, `at_once` of them together; beginning them is not measured."""
        begun = [self.begin("short") for _ in range(sessions)]
        return self._runner.run(self._work(begun, at_once))

    def begin(self, workflow: str) -> tuple[str, str]:
        """Begin a session; gives its id and its first stepKey."""
        session = self._runner.run(self._sessions.begin(workflow, "a.py", {}, "bench"))
        return session.state.session_id, session.state.position

    def times(self, workflow: str) -> list[float]:
        """Report a session to its end; gives the seconds of each report."""
        return self._runner.run(self._times(*self.begin(workflow)))

    async def _times(self, session_id: str, key: str) -> list[float]:
        spent = []
        while key:
            started = time.perf_counter()
            shown, _ = await self.report(session_id, key)
            spent.append(time.perf_counter() - started)
            key = str(shown.get("stepKey", ""))
        return spent

    async def _work(self, begun: list[tuple[str, str]], at_once: int) -> Slice:
        wall, cpu = time.perf_counter(), time.process_time()

        async def work(mine: list[tuple[str, str]]) -> int:
            return sum([len(await self._times(session_id, key)) for session_id, key in mine])

        counts = await asyncio.gather(*(work(begun[number::at_once]) for number in range(at_once)))
        count = sum(counts)
        assert count == len(begun) * STEPS
        return Slice((time.perf_counter() - wall) / count, (time.process_time() - cpu) / count)

    async def report(self, session_id: str, key: str) -> tuple[JsonObject, bytes]:
        """Report one step; gives the answer and its JSON."""
        arguments: JsonObject = {"sessionId": session_id, "stepKey": key, "output": "Read four files; two questions."}
        prepared = self._rules.prepare(arguments)
        assert isinstance(prepared, dict)
        assert self._tool.run_waiting is not None
        done = await self._tool.run_waiting(prepared, SilentCall())
        assert isinstance(done, Done)
        assert done.value is not None
        return done.value, orjson.dumps(done.value)

    def overheads(self) -> list[float]:
        """Give for each answer to a report that hands out a step: its size beyond the prompt, in tokens."""
        return self._runner.run(self._overheads(*self.begin("short")))

    async def _overheads(self, session_id: str, key: str) -> list[float]:
        sizes = []
        while key:
            shown, text = await self.report(session_id, key)
            key = str(shown.get("stepKey", ""))
            if key:
                guidance = shown["guidance"]
                assert isinstance(guidance, dict)
                sizes.append((len(text) - len(orjson.dumps(guidance["prompt"]))) / BYTES_A_TOKEN)
        return sizes


def rows(scratch: Scratch, rounds: int) -> Iterator[Row]:
    """Give the rows of whole reports on SQLite, then those that need no disk."""
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        folder = stack.enter_context(folder_of(scratch, "reports"))
        yield from _paces(stack, runner, scratch, folder, rounds)
        store = stack.enter_context(opened(runner, MemoryStore(SystemClock(), MANY_BYTES)))
        ours = Reports(runner, store, scratch.workspace)
        sizes = ours.overheads()
        detail = f"median {statistics.median(sizes):.0f}"
        yield Row(
            "a durable answer beyond its prompt, the largest", "bytes / 4", max(sizes), " tokens", 80, 60, detail=detail
        )
        for name in ("long-plain", "long-loop"):
            yield _growth(ours, name)


def _paces(stack: ExitStack, runner: asyncio.Runner, scratch: Scratch, folder: Path, rounds: int) -> Iterator[Row]:
    store = stack.enter_context(opened(runner, SqliteStore(folder / "ours.db", SystemClock())))
    ours = Reports(runner, store, scratch.workspace)
    raw = floors.RawSqlite(folder / "raw.db")
    stack.callback(raw.close)
    peer = stack.enter_context(floors.aiosqlite(scratch, folder))
    ours.slice(MANY, MANY)
    for warm in (raw, peer):
        warm.slice(MANY, 2)
    one = alternate(lambda: ours.slice(ALONE, 1), lambda: raw.slice(1, ALONE * STEPS), rounds)
    many = alternate(lambda: ours.slice(MANY, MANY), lambda: peer.slice(MANY, MANY_APPENDS), rounds)
    name = "whole durable report, SQLite FULL"
    yield row(f"{name}, 1 session", "one raw sqlite3 thread, one append", one, (0.4, None))
    yield row(f"{name}, {MANY} sessions", "aiosqlite, one append, one commit each", many, (1.5, None))
    for found, sessions in ((one, "1 session"), (many, f"{MANY} sessions")):
        spent = statistics.median(each.cpu for each in found.ours) * MICROSECONDS
        yield Row(f"CPU of a whole durable report, {sessions}", "-", spent, " us", 150, None)


def _growth(ours: Reports, workflow: str) -> Row:
    """Compare the thousandth step of some sessions with their tenth."""
    ours.times(workflow)
    spent = [ours.times(workflow) for _ in range(LONG_SESSIONS)]
    late, early = (
        statistics.median(session[step] for session in spent for step in steps) * MICROSECONDS
        for steps in (LATE, EARLY)
    )
    measure = f"the 1,000th step of a session, {'passes of a loop' if 'loop' in workflow else 'plain steps'}, no disk"
    return Row(measure, "its 10th", late / early, "x", 1.3, 1.1, detail=f"{late:.0f} / {early:.0f} us")
