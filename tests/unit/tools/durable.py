"""workflow_next on sessions, called as a server calls it, over documents of its own.

Above: tests of durable workflow_next and of people's words. Below: tools.workflow_next, tests.unit.engine.running.
"""

import json
from collections.abc import Mapping

from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.running import Running, phase, phased
from tests.unit.silent_call import SilentCall
from tools.arguments import Arguments
from tools.contract import Ask, Done, Tool
from tools.workflow_next import make

GATE: JsonObject = {
    "maxAttempts": 3,
    "evidence": {
        "tests": {"type": "integer", "description": "How many passed", "example": 3, "validators": []},
        "notes": {"type": "string", "required": False, "description": "What was odd"},
    },
    "rules": [{"expression": "evidence.tests > 1", "message": "More than one test."}],
}
PHASES = phased(
    phase(1, [prompt("look", prompt="Look at {{target}}."), prompt("mend")], GATE),
    phase(2, [prompt("tell", requireConfirmation=True)]),
)
PLAIN = document(
    prompt("one", agentRole="You are a careful tester.", guidance=["Be brief."]),
    prompt("two", validationCriteria=[{"type": "contains", "value": "done", "message": "Say done."}]),
    prompt("three"),
)


class Durable:
    """The tool over a runner, called as a server calls it."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.runner = running.runner
        self.tool: Tool = make(running.books, running.runner)
        self.rules = Arguments(self.tool.input_schema)

    async def answer(self, call: SilentCall | None = None, /, **arguments: Json) -> Done | Ask:
        prepared = self.rules.prepare(json.loads(json.dumps(arguments)))
        assert isinstance(prepared, dict), prepared
        assert self.tool.run_waiting is not None
        assert self.tool.may_wait(arguments)
        return await self.tool.run_waiting(prepared, call or SilentCall())

    async def call(self, **arguments: Json) -> JsonObject:
        """Give the answer, of a client that cannot be asked."""
        answer = await self.answer(**arguments)
        done = answer.otherwise if isinstance(answer, Ask) else answer
        assert done.value is not None
        assert_no_stray_nulls(done.value)
        return done.value


def assert_no_stray_nulls(value: Json, name: str = "") -> None:
    """Absent is absent: only step, total and percent may be null."""
    assert value is not None or name in {"step", "total", "percent"}, name
    if isinstance(value, Mapping):
        for key, inner in value.items():
            assert_no_stray_nulls(inner, key)


def part(value: Json, *names: str) -> JsonObject:
    for name in names:
        assert isinstance(value, dict)
        value = value[name]
    assert isinstance(value, dict)
    return value


async def to_gate(durable: Durable) -> str:
    """Begin PHASES and report the tasks of phase 1."""
    session = await durable.running.begun("phased", context={"target": "it"})
    await durable.call(sessionId=session, stepKey="look", output="seen")
    await durable.call(sessionId=session, stepKey="mend", output="mended")
    return session
