"""aos_workflow on a store in this process, over documents of its own, with a clock the test moves.

Above: tests of aos_workflow. Below: tools.aos_workflow, engine.runner. `World.call` goes the way a server goes:
arguments are prepared, what breaks the schema is handed to the tool.
"""

from pathlib import Path
from typing import Final

from engine.library import Library
from engine.runner import Runner, RunnerOptions
from engine.runner_model import Nobody
from engine.sessions.decide import Policy
from engine.sources import Source
from engine.store.memory import MemoryStore
from engine.store.port import Store
from schema.values import Json, JsonObject
from tests.unit.book import SPEC
from tests.unit.clocks import FakeClock
from tests.unit.silent_call import SilentCall
from tools import aos_workflow
from tools.arguments import Arguments
from tools.contract import Ask, Done

MODULE: Final = "module-tests"
LINES: Final = "plain-steps"
DOCUMENTS: Final = (SPEC / "tools", Path(__file__).parent / "aos_documents")
"""The example of the book, and two of ours."""
GOOD: Final[dict[int, JsonObject]] = {
    1: {"functions": 4, "names": ["load", "save"]},
    2: {"passed": 4, "total": 4},
    3: {"summary": "four functions, four tests"},
}
"""Evidence that passes the checkpoints of MODULE."""


class World:
    """A server's tool with nothing around it."""

    def __init__(
        self,
        folder: Path,
        *,
        store: Store | None = None,
        clock: FakeClock | None = None,
        policy: Policy | None = None,
        max_active: int = 1000,
        documents: Path | None = None,
    ) -> None:
        """Open a library on `documents`, DOCUMENTS where there are none; `folder` holds the workspace."""
        project = folder / "project"
        project.mkdir(exist_ok=True)
        self.clock = clock or FakeClock()
        self.store = store or MemoryStore(self.clock)
        folders = DOCUMENTS if documents is None else (documents,)
        self.library = Library(tuple(Source(each.name, str(each), expected=True) for each in folders), None, self.clock)
        options = RunnerOptions(policy or Policy(strict_gates=False, verified=False), project, max_active)
        self.runner = Runner(self.store, self.clock, self.library, options, Nobody())
        self.tool = aos_workflow.make(self.runner, self.library, self.clock)
        self.rules = Arguments(self.tool.input_schema)

    async def done(self, arguments: JsonObject, call: SilentCall | None = None) -> Done:
        """Call the tool; a question nobody answers has the answer for those who cannot be asked."""
        prepared = self.rules.prepare(arguments)
        if not isinstance(prepared, dict):
            assert self.tool.on_bad_arguments is not None
            return self.tool.on_bad_arguments(prepared, arguments)
        assert self.tool.run_waiting is not None
        answer = await self.tool.run_waiting(prepared, call or SilentCall())
        return answer.otherwise if isinstance(answer, Ask) else answer

    async def call(self, action: str, **arguments: Json) -> JsonObject:
        """Give the answer of an action, whose form is checked: failed exactly when its status says so."""
        done = await self.done({"action": action, **arguments})
        assert done.value is not None
        assert done.failed == (done.value["status"] == "error"), done.value
        assert done.value["action"] == action
        if done.failed:
            assert {"error", "error_type", "remediation"} <= set(done.value)
        return done.value

    async def good(self, action: str, **arguments: Json) -> JsonObject:
        """Give the answer of an action that must succeed."""
        answer = await self.call(action, **arguments)
        assert answer["status"] == "success", answer
        return answer

    async def bad(self, error_type: str, action: str, **arguments: Json) -> JsonObject:
        """Give the answer of an action that must be refused with that type."""
        answer = await self.call(action, **arguments)
        assert (answer["status"], answer["error_type"]) == ("error", error_type), answer
        return answer

    async def begun(self, workflow: str = MODULE, **options: Json) -> str:
        """Start a session and give its id."""
        answer = await self.good("start", workflow_type=workflow, target_file="src/app.py", options=options)
        return str(answer["session_id"])

    async def passed(self, session_id: str, *phases: int) -> None:
        """Complete phases of MODULE with good evidence."""
        for phase in phases:
            await self.good("complete_phase", session_id=session_id, phase=phase, evidence=GOOD[phase])
