"""A runner over documents of a test, on a store in this process, with a clock the test moves.

Above: tests of the runner and of durable workflow_next. Below: engine.runner, engine.store.memory.
"""

from pathlib import Path
from typing import Final

from engine.build import build
from engine.definition import Workflow
from engine.errors import WorkflowInvalidError, WorkflowNotFoundError
from engine.library_model import Dynamic, Entry, Summary
from engine.runner import Nobody, Outcome, Performed, Runner, RunnerOptions
from engine.runner_model import Observer, Session
from engine.sessions.refusals import Policy
from engine.sessions.step_family import ReportStep
from engine.store.memory import MemoryStore
from engine.store.port import Store
from schema.finding import Finding
from schema.values import Json, JsonObject
from tests.unit.clocks import FakeClock
from tests.unit.engine import flows

PLAIN: Final = Policy(strict_gates=False, verified=False)
VERIFIED: Final = Policy(strict_gates=False, verified=True)
BY: Final = "test"
THREE: Final = flows.document(*(flows.prompt(name) for name in ("one", "two", "three")))
"""Three steps, one after the other."""


class Books:
    """A library of documents made in a test; a document may be replaced, as an editor would."""

    def __init__(self, *documents: JsonObject) -> None:
        self.entries: dict[str, Entry] = {}
        self.broken: dict[str, tuple[Finding, ...]] = {}
        for document in documents:
            self.put(document)

    def put(self, document: JsonObject, dynamic: Dynamic | None = None) -> None:
        """Add a document, or replace the one of its id."""
        workflow_id = str(document["id"])
        version = str(document["version"])
        summary = Summary(workflow_id, "", "", "", version, (), "test", valid=True, problems=(), path="", hash="")
        self.entries[workflow_id] = Entry(summary, document, build(document), dynamic)

    def entry(self, workflow_id: str) -> Entry:
        if workflow_id not in self.entries:
            raise WorkflowNotFoundError(workflow_id)
        if workflow_id in self.broken:
            raise WorkflowInvalidError(workflow_id, self.broken[workflow_id])
        return self.entries[workflow_id]


class Running:
    """A runner, its clock, store and library; `other` is a second process on the same store."""

    def __init__(
        self,
        workspace: Path | None,
        *documents: JsonObject,
        store: Store | None = None,
        policy: Policy = PLAIN,
        max_active: int = 1000,
        observer: Observer | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.store = store or MemoryStore(self.clock)
        self.books = Books(*documents)
        self._options = RunnerOptions(policy, workspace, max_active)
        self._observer = observer or Nobody()
        self.runner = self.other()

    def other(self) -> Runner:
        """Give a runner as another process has it: it knows nothing but the store."""
        return Runner(self.store, self.clock, self.books, self._options, self._observer)

    async def begun(self, workflow_id: str = "flow", **options: Json) -> str:
        """Begin a session and give its id."""
        session = await self.runner.begin(workflow_id, "src/app.py", options, BY)
        return session.state.session_id


async def reported(runner: Runner, session_id: str, key: str, output: str = "done", **context: Json) -> Outcome:
    """Report a step."""
    return await runner.perform(session_id, ReportStep(key, output, None, context), BY)


async def moved(runner: Runner, session_id: str, key: str, output: str = "done", **context: Json) -> Session:
    """Report a step, which must take effect."""
    outcome = await reported(runner, session_id, key, output, **context)
    assert isinstance(outcome, Performed), outcome
    assert outcome.events
    return outcome.session


def phased(*phases: JsonObject, **keys: Json) -> JsonObject:
    """Give a document in phases."""
    return {
        "schemaVersion": "1.1.0",
        "id": "phased",
        "name": "Phased",
        "description": "Made for a test.",
        "version": "1.0.0",
        "phases": list(phases),
        **keys,
    }


def phase(number: int, tasks: list[Json], gate: JsonObject | None = None, **keys: Json) -> JsonObject:
    """Give a phase."""
    shown: JsonObject = {"number": number, "title": f"Phase {number}", "purpose": "To test.", "tasks": tasks, **keys}
    if gate is not None:
        shown["gate"] = gate
    return shown


def workflow_of(document: JsonObject) -> Workflow:
    """Build a document."""
    return build(document)
