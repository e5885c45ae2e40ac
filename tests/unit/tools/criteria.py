"""One session as an agent drives it: workflow_session and workflow_next over documents of a test, its clock moved.

Above: the tests of the automation criteria. Below: tests.unit.engine.running, tests.unit.tools.durable, engine.review.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from engine.library_read import check, kind_of
from engine.review import Review
from engine.runner_model import Observer
from schema.source import Syntax, read
from schema.values import Json, JsonObject
from tests.unit.engine.running import PLAIN, Running
from tests.unit.silent_call import SilentCall
from tests.unit.tools.durable import Durable, part
from tools.arguments import Arguments
from tools.contract import Ask, Done
from tools.workflow_session import make

HEAD = "name: test:flow\ndescription: Made for a test.\nversion: 1.0.0\n"
"""How every automation YAML of these tests begins."""
MOST = 300
"""Reports of one walk at most."""


def reviewed(text: str) -> Review:
    """Review automation YAML that stands behind HEAD, as the library does."""
    document = read(HEAD + text, Syntax.YAML).documents[0]
    return check(document, kind_of(document.value, Syntax.YAML), "")


def imported(text: str) -> JsonObject:
    """Give what automation YAML becomes; its id is flow."""
    review = reviewed(text)
    assert review.is_valid, review.findings
    assert review.native is not None
    return {**review.native, "id": "flow"}


class Walked(NamedTuple):
    """A walk to the next rest: the keys that were reported, the texts on the way, and the last answer."""

    keys: list[str]
    prompts: list[str]
    messages: list[str]
    last: JsonObject


class Driven:
    """A session and the agent that drives it; `again` goes on in another process on the same store."""

    def __init__(
        self, *documents: JsonObject, folder: Path | None = None, serial: bool = False, observer: Observer | None = None
    ) -> None:
        self.running = Running(folder, *documents, policy=PLAIN._replace(serial=serial), observer=observer)
        self.session_id = ""
        self._take_up()

    def _take_up(self) -> None:
        self._steps = Durable(self.running)
        self._tool = make(self.running.runner, self.running.clock)
        self._rules = Arguments(self._tool.input_schema)

    def again(self) -> None:
        """Go on in another process, which knows nothing but the store."""
        self.running.runner = self.running.other()
        self._take_up()

    def beside(self) -> "Driven":
        """Give somebody else, who drives sessions of the same server."""
        other = Driven()
        other.running = self.running
        other._take_up()
        return other

    async def do(self, action: str, **arguments: Json) -> JsonObject:
        """Call workflow_session, with the session's id where there is one."""
        given: JsonObject = {"sessionId": self.session_id} if self.session_id else {}
        prepared = self._rules.prepare(json.loads(json.dumps({"action": action, **given, **arguments})))
        assert isinstance(prepared, dict), prepared
        assert self._tool.run_waiting is not None
        answer = await self._tool.run_waiting(prepared, SilentCall())
        done = answer.otherwise if isinstance(answer, Ask) else answer
        assert isinstance(done, Done)
        assert done.value is not None
        return done.value

    async def start(self, **inputs: Json) -> JsonObject:
        """Start a session of the workflow flow."""
        answer = await self.do("start", workflowId="flow", inputs=inputs)
        self.session_id = str(answer["sessionId"])
        return answer

    async def look(self, **arguments: Json) -> JsonObject:
        """Read the session, or one of its tasks."""
        return await self._steps.call(sessionId=self.session_id, **arguments)

    async def report(self, key: str, output: Json = "done", **arguments: Json) -> JsonObject:
        """Report a step; None: without output."""
        said: JsonObject = {} if output is None else {"output": output}
        return await self._steps.call(sessionId=self.session_id, stepKey=key, **said, **arguments)

    async def later(self, seconds: float) -> JsonObject:
        """Let time go by, let the server do what is due, and read the session."""
        self.running.clock.time += seconds
        await self.running.runner.tick(self.session_id)
        return await self.look()

    async def get(self, name: str) -> JsonObject:
        """Give a part of what the session has: inputs, state or computed."""
        return part(await self.do("get"), name)

    async def walk(self, answer: JsonObject, said: Mapping[str, Json] | None = None) -> Walked:
        """Report what is open until nothing is; `said` by step id, "done" where it says nothing."""
        walked = Walked([], [], messages_of(answer), answer)
        for _ in range(MOST):
            task = first_task(answer)
            shown = await self.look(taskId=task) if task else answer
            if task:
                walked.messages.extend(messages_of(shown))
            key = shown.get("stepKey")
            if not isinstance(key, str) or shown["step"] is None:
                return walked._replace(last=answer)
            walked.keys.append(key)
            walked.prompts.append(guided(shown))
            answer = await self.report(key, (said or {}).get(str(part(shown, "step")["id"]), "done"))
            if task:
                answer = await self.look()
            walked.messages.extend(messages_of(answer))
        raise AssertionError(walked.keys)

    async def run(self, said: Mapping[str, Json] | None = None, /, **inputs: Json) -> Walked:
        """Start a session and walk it to its end, or to where nothing is to be reported."""
        return await self.walk(await self.start(**inputs), said)


def first_task(answer: JsonObject) -> str:
    """Give the first task that is handed out; nothing where none is."""
    tasks = answer.get("tasks")
    return str(part(tasks[0])["taskId"]) if isinstance(tasks, list) and tasks else ""


def guided(answer: JsonObject) -> str:
    """Give what an answer tells the agent to do."""
    guidance = answer.get("guidance")
    return str(guidance.get("prompt", "")) if isinstance(guidance, dict) else ""


def messages_of(answer: JsonObject) -> list[str]:
    """Give the texts of an answer's messages."""
    return [str(each["text"]) for each in objects(answer.get("messages"))]


def objects(value: Json) -> list[JsonObject]:
    """Give the objects of a list; nothing where there is none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
