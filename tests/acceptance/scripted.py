"""A server in this process over a store of any kind, and an agent that does what a script says.

Above: test_scenarios*. Below: server.compose and server.dispatch (the real doors), tests.store_contract (the stores).
Time stands still until the agent lets it pass; a restart is a new runner, library and store object at the same place.
"""

from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from engine.library import Library
from engine.runner import Runner, RunnerOptions
from engine.runner_model import Nobody
from engine.sessions.refusals import Policy
from engine.sources import Source
from engine.store.memory import MemoryStore
from engine.store.port import Store
from schema.values import Json, JsonObject
from server.compose import catalogue
from server.dispatch import Dispatcher
from server.exchange import Door
from server.service import Service
from server.settings import load
from tests.services import ROOT
from tests.store_contract.stores import Opener
from tests.unit.clocks import FakeClock
from tests.unit.reader import SECRET, Desk

EXAMPLES: Final = ROOT / "spec" / "examples" / "automation"
MAX_CALLS: Final = 5_000  # calls of one agent; a script that needs more goes round in circles
WAIT_S: Final = 3600.0  # seconds the agent lets pass where the session waits for a time
UNDER_WAY: Final = ("running", "waiting")

Ask = Callable[[str, JsonObject], Awaitable[JsonObject]]
"""Calls one of the server's tools: its name and arguments in, its result out."""
Tool = Callable[[JsonObject], Json]
"""A tool of another server: parameters in, result out."""
Answer = Callable[[JsonObject], Json]
"""What the agent, or the user, says to a step."""


class FailedCallError(Exception):
    """The server answered a call with an error."""


class Server:
    """One process; `again` makes the next one at the same store."""

    def __init__(self, opener: Opener, clock: FakeClock, folder: Path = EXAMPLES) -> None:
        self.clock = clock
        self._opener = opener
        self._folder = folder
        self._numbers = count(1)
        self._store: Store | None = None

    async def start(self) -> None:
        """Open the store, the library and the doors."""
        if self._store is None:
            self._store = self._opener(self.clock)
            await self._store.open()
        library = Library((Source("path-1", str(self._folder), expected=True),), None, self.clock)
        options = RunnerOptions(Policy(strict_gates=False, verified=False))
        self.runner = Runner(self._store, self.clock, library, options, Nobody())
        settings = load({"workspace": "none", "watch_seconds": "0"}, {"HOME": "/nonexistent"}).settings
        service = Service(catalogue(library, settings, self.runner), self.clock, SECRET)
        self._dispatcher = Dispatcher(service)

    async def again(self) -> None:
        """Lose everything but what is stored, and start anew."""
        if self._store is not None and not isinstance(self._store, MemoryStore):
            await self._store.close()
            self._store = None
        await self.start()

    async def stop(self) -> None:
        """End."""
        if self._store is not None:
            await self._store.close()

    async def ask(self, tool: str, arguments: JsonObject) -> JsonObject:
        """Call a tool through the door programs use; FailedCallError where the answer is an error."""
        request = {"jsonrpc": "2.0", "id": next(self._numbers), "method": tool, "params": arguments}
        body = await self._dispatcher.dispatch(orjson.dumps(request), Desk(Door.RPC))
        assert body is not None
        return result_of(orjson.loads(body))

    async def wait(self, session_id: str, seconds: float = WAIT_S) -> None:
        """Let time pass, and do what a serving process does by itself then."""
        self.clock.time += seconds
        await self.runner.tick(session_id)


class Restless(Server):
    """A server whose process dies after every single call, and is followed by another."""

    async def ask(self, tool: str, arguments: JsonObject) -> JsonObject:
        answer = await super().ask(tool, arguments)
        await self.again()
        return answer


def result_of(answer: JsonObject) -> JsonObject:
    """Give the result of a JSON-RPC answer; FailedCallError where it is an error."""
    if "error" in answer:
        raise FailedCallError(orjson.dumps(answer["error"]).decode())
    result = answer["result"]
    assert isinstance(result, dict)
    return result


class Script(NamedTuple):
    """What an agent does: `tools` it can call, `answers` to prompts and questions by the id of their step.

    An answer is a list of which each time the next is given, or a function of the step. A call of workflow_session is
    carried out on the server itself.
    """

    tools: Mapping[str, Tool]
    answers: Mapping[str, list[Json] | Answer]


class Agent:
    """Carries workflows out by a script; `wait` lets the time pass that a session waits for."""

    def __init__(self, ask: Ask, script: Script, wait: Callable[[str], Awaitable[None]] | None = None) -> None:
        self.messages: list[str] = []
        self.calls: list[tuple[str, JsonObject]] = []
        self.refused: list[Json] = []
        self.most_tasks = 0
        self.session_id = ""
        self._ask = ask
        self._tools = script.tools
        self._answers = {name: [*each] if isinstance(each, list) else each for name, each in script.answers.items()}
        self._wait = wait
        self._asked = 0
        self._heard: dict[str, list[str]] = {}

    async def start(self, workflow_id: str, inputs: JsonObject) -> JsonObject:
        """Begin a session."""
        answer = await self.ask("workflow_session", {"action": "start", "workflowId": workflow_id, "inputs": inputs})
        self.session_id = str(answer["sessionId"])
        return answer

    async def run(self, workflow_id: str, inputs: JsonObject) -> JsonObject:
        """Begin a session and go on to its end; gives the last answer."""
        return await self.finish(await self.start(workflow_id, inputs))

    async def finish(self, answer: JsonObject) -> JsonObject:
        """Go on from an answer to the end."""
        while answer["status"] in UNDER_WAY:
            answer = await self.step(answer)
        return answer

    async def step(self, answer: JsonObject) -> JsonObject:
        """Do what an answer asks for; gives the next answer."""
        tasks = answer.get("tasks")
        if isinstance(tasks, list) and tasks:
            self.most_tasks = max(self.most_tasks, len(tasks))
            for task in reversed(
                tasks
            ):  # the last first: what comes back must be in the order of the items all the same
                assert isinstance(task, dict)
                await self.task(str(task["taskId"]))
            return await self.look()
        step = answer.get("step")
        if not isinstance(step, dict):
            assert self._wait is not None, answer
            await self._wait(self.session_id)
            return await self.look()
        return await self.report(str(answer["stepKey"]), await self.value(step))

    async def task(self, task_id: str) -> None:
        """Be the sub-agent of one task."""
        answer = await self.ask("workflow_next", {"sessionId": self.session_id, "taskId": task_id})
        while isinstance(step := answer.get("step"), dict) and str(answer["stepKey"]).startswith(task_id):
            answer = await self.report(str(answer["stepKey"]), await self.value(step))

    async def value(self, step: JsonObject) -> Json:
        """Give what the script says of a step."""
        if step["type"] == "call":
            tool, parameters = str(step["tool"]), step.get("parameters", {})
            assert isinstance(parameters, dict)
            self.calls.append((tool, parameters))
            return await self.ask(tool, parameters) if tool == "workflow_session" else self._tools[tool](parameters)
        found = self._answers[str(step["id"])]
        return found.pop(0) if isinstance(found, list) else found(step)

    async def report(self, key: str, value: Json) -> JsonObject:
        """Report a step; what is refused is noted."""
        answer = await self.ask("workflow_next", {"sessionId": self.session_id, "stepKey": key, "output": value})
        if answer["accepted"] is False:
            self.refused.append(value)
            assert answer.get("issues") or answer.get("error")
        return answer

    async def look(self) -> JsonObject:
        """Read where the session stands."""
        return await self.ask("workflow_next", {"sessionId": self.session_id})

    async def state(self) -> JsonObject:
        """Give the session's state."""
        answer = await self.ask("workflow_session", {"action": "get", "sessionId": self.session_id})
        state = answer["state"]
        assert isinstance(state, dict)
        return state

    async def ask(self, tool: str, arguments: JsonObject) -> JsonObject:
        """Call the server, and hear the messages that come with the answer; those heard before are not new."""
        self._asked += 1
        assert self._asked <= MAX_CALLS, "the script goes round in circles"
        answer = await self._ask(tool, arguments)
        said = [str(message["text"]) for message in objects(answer.get("messages", []))]
        run = str(arguments.get("taskId") or str(arguments.get("stepKey", "")).rpartition("::")[0])
        heard = self._heard.get(run if "#" in run else "", [])
        if answer.get("accepted") is True or (said and said[: len(heard)] != heard):
            heard = []
        self.messages += said[len(heard) :]
        self._heard[run if "#" in run else ""] = said or heard
        return answer


def texts(values: Json) -> list[str]:
    """Give a list of texts."""
    assert isinstance(values, list)
    return [str(each) for each in values]


def objects(values: Json) -> list[JsonObject]:
    """Give a list of objects."""
    assert isinstance(values, list)
    return [each for each in values if isinstance(each, dict)]
