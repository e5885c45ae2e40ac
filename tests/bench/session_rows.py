"""Sessions in a server process: the sources' own targets, 10,000 sessions in lists and in memory.

Above: tests.bench.__main__. Below: processes (stdio), limits. Absolute numbers of this machine; a ratio where one says
more. The repeated list is watched in this process: an audit hook counts which files are opened.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final

from engine.clock import SystemClock
from engine.library import Library
from engine.sources import Source
from schema.values import Json, JsonObject
from tests.bench import sample
from tests.bench.durable_rows import plain_steps
from tests.bench.limits import CALL_MS, LIST_MS, p95
from tests.bench.processes import StdioProcess, stdio_process
from tests.bench.rows import Row
from tests.bench.scratch import Scratch

FEW: Final = 100  # finished sessions before the memory is first looked at
FINISHED: Final = 10_000  # and before it is looked at again
ACTIVE: Final = 50  # sessions under way whose memory the sources limit
SHOWN: Final = 100  # sessions of one list
CALLS: Final = 100  # of each action
START_MS: Final = 500.0  # the sources' limit for starting, and for completing a phase
GROWTH_MB: Final = 50.0  # the sources' limit for fifty sessions
LISTS: Final = 200  # repeated lists that are watched
FROM_MEMORY: Final = 90.0  # per cent of repeated lists, the sources' target
SETTLING: Final = 5_000  # lists until files written a moment ago count as settled; until then they are read again
ONE: Final = "one-step"
EVIDENCE: Final[JsonObject] = {"summary": "Read four files; two questions are open."}


class Sessions:
    """aos_workflow and workflow_next of one server, called directly."""

    def __init__(self, server: StdioProcess) -> None:
        """Take a running server."""
        self._server = server

    def call(self, tool: str, **arguments: Json) -> JsonObject:
        """Call a tool; AssertionError when it is refused."""
        said = self._server.ask(sample.line({"jsonrpc": "2.0", "id": 1, "method": tool, "params": arguments}))
        answer: JsonObject = json.loads(said).get("result", {})
        assert answer, said
        assert answer.get("status") != "error", said
        return answer

    def act(self, action: str, **arguments: Json) -> JsonObject:
        """Carry out an action of aos_workflow."""
        return self.call("aos_workflow", action=action, **arguments)

    def start(self, workflow: str) -> str:
        """Begin a session; gives its id."""
        return str(self.act("start", workflow_type=workflow, target_file="a.py")["session_id"])

    def finish(self, session_id: str) -> JsonObject:
        """Complete the only phase of a session."""
        return self.act("complete_phase", session_id=session_id, phase=1, evidence=EVIDENCE)


def rows(scratch: Scratch, _rounds: int) -> Iterator[Row]:
    """Give latencies, memory and the share of lists that read nothing."""
    workflow = {**plain_steps(1, ONE), "name": "One step"}
    (scratch.workspace / "workflows" / f"{ONE}.json").write_text(json.dumps(workflow))
    with stdio_process(scratch.ours("--stdio", "--store", "sqlite"), scratch.home("targets")) as server:
        yield from _targets(server)
    flags = ("--stdio", "--store", "sqlite", "--sqlite-synchronous", "normal")  # the disk is not what is measured
    with stdio_process(scratch.ours(*flags), scratch.home("many-sessions")) as server:
        yield from _many(server)
    yield _repeated(scratch)


def _targets(server: StdioProcess) -> Iterator[Row]:
    """Give the p95 of what the sources set limits for, and what fifty sessions under way weigh."""
    sessions = Sessions(server)
    sessions.finish(sessions.start(ONE))
    before = server.resident()
    for _ in range(ACTIVE):
        sessions.start(sample.WORKFLOW_ID)
    growth = server.resident() - before
    yield Row(f"memory growth of {ACTIVE} sessions under way", "the sources' limit", growth, " MB", GROWTH_MB, None)
    begun: list[str] = []
    yield _latency("start", START_MS, lambda: begun.append(sessions.start(ONE)))
    yield _latency("get_state", CALL_MS, lambda: sessions.act("get_state", session_id=begun[0]))
    yield _latency("get_phase", CALL_MS, lambda: sessions.act("get_phase", session_id=begun[0]))
    yield _latency("complete_phase", START_MS, lambda: sessions.finish(begun.pop()))
    yield _latency("list_workflows", LIST_MS, lambda: sessions.act("list_workflows"))
    yield _latency(f"list_sessions of {SHOWN}", CALL_MS, lambda: _listed(sessions))


def _many(server: StdioProcess) -> Iterator[Row]:
    """Give the memory after many finished sessions, and how long a list among them takes."""
    sessions = Sessions(server)
    for _ in range(FEW):
        sessions.finish(sessions.start(ONE))
    few = server.resident()
    for _ in range(FINISHED - FEW):
        sessions.finish(sessions.start(ONE))
    many = server.resident()
    detail = f"{many:.1f} / {few:.1f} MB"
    yield Row(f"memory after {FINISHED:,} finished sessions", f"after {FEW}", many / few, "x", 1.1, None, detail=detail)
    name = f"list_sessions by status, {SHOWN} of {FINISHED:,}"
    yield _latency(name, CALL_MS, lambda: _listed(sessions, status="completed"))


def _listed(sessions: Sessions, **filters: Json) -> None:
    assert sessions.act("list_sessions", limit=SHOWN, **filters)["count"] == SHOWN


def _latency(action: str, limit: float, work: Callable[[], object]) -> Row:
    spent = []
    for _ in range(CALLS):
        started = time.perf_counter()
        work()
        spent.append((time.perf_counter() - started) * 1000)
    return Row(f"{action} over stdio, p95", "the sources' limit", p95(spent), " ms", limit, None)


def _repeated(scratch: Scratch) -> Row:
    """Give the share of repeated lists that open no document."""
    folder = scratch.workspace / "workflows"
    library = Library([Source("bench", str(folder))], scratch.home("repeated"), SystemClock())
    opened: list[str] = []
    watching = [False]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if watching[0] and event == "open" and str(arguments[0]).startswith(str(folder)) and "." in str(arguments[0]):
            opened.append(str(arguments[0]))

    sys.addaudithook(hook)
    watching[0] = True
    library.listing()
    assert opened, "the first list reads the documents, and the hook sees it"

    def quiet_list() -> bool:
        before = len(opened)
        assert library.listing().valid
        return len(opened) == before

    any(quiet_list() for _ in range(SETTLING))
    share = 100 * sum(quiet_list() for _ in range(LISTS)) / LISTS
    watching[0] = False
    return Row("repeated list served from memory", "the sources' limit", share, " %", FROM_MEMORY, None, at_least=True)
