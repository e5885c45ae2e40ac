"""Durable sessions in the store that the command line opens in a world of its own.

Above: the tests of the verbs sessions and store. Below: server.compose, world.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from engine.clock import SystemClock
from engine.runner import Outcome, Runner
from engine.sessions.model import Approval, Status
from engine.sessions.phase_family import CompletePhase
from engine.sessions.step_family import ReportStep
from schema.values import JsonObject
from server.compose import opened_store, runner_of
from server.verbs.shared_library import library_of
from tests.unit.server.world import World

Result = TypeVar("Result")
TARGET: Final = "src/app.py"
BY: Final = "test"
FLOW: Final = """\
schemaVersion: 1.1.0
id: gated
aliases: [gated_v1]
name: Gated
description: Write, then publish.
version: 1.0.0
category: tests
phases:
  - number: 1
    title: Write
    purpose: Write it.
    tasks:
      - {id: write, title: Write it, prompt: Write it down.}
    gate:
      allowOverride: true
      evidence:
        tests:
          {type: integer, description: How many tests pass., example: 3, validators: [{name: min, params: {min: 1}}]}
  - number: 2
    title: Publish
    purpose: Show it.
    tasks:
      - {id: publish, title: Publish it, prompt: Show it to the world., requireConfirmation: true, irreversible: true}
"""
GOOD: Final[JsonObject] = {"tests": 3}
BAD: Final[JsonObject] = {"tests": 0}
AGREED: Final = Approval("approve", "fine", "agent")


class Durable:
    """The sessions of a world; each call opens its store and closes it again."""

    def __init__(self, world: World) -> None:
        self._world = world
        folder = world.project / "workflows"
        folder.mkdir()
        (folder / "gated.yaml").write_text(FLOW, encoding="utf-8")

    def did(self, work: Callable[[Runner], Awaitable[Result]], **flags: object) -> Result:
        """Do something with the runner of the store these flags name."""
        settings = self._world.load(flags).settings

        async def worked() -> Result:
            async with opened_store(settings, SystemClock()) as store:
                return await work(runner_of(store, library_of(settings), settings))

        return asyncio.run(worked())

    def begun(self, target: str = TARGET, **flags: object) -> str:
        """Begin a session and give its id."""

        async def begin(runner: Runner) -> str:
            return (await runner.begin("gated", target, {}, BY)).state.session_id

        return self.did(begin, **flags)

    def passed(self, session_id: str, **flags: object) -> Outcome:
        """Complete the first phase with good evidence."""
        return self.did(lambda runner: runner.perform(session_id, CompletePhase(1, GOOD), BY), **flags)

    def failed(self, session_id: str, **flags: object) -> Outcome:
        """Send evidence for the first phase that does not pass."""
        return self.did(lambda runner: runner.perform(session_id, CompletePhase(1, BAD), BY), **flags)

    def overridden(self, session_id: str) -> Outcome:
        """Let evidence that does not pass count by a person's word."""
        command = CompletePhase(1, BAD, Approval("override", "known", "agent"))
        return self.did(lambda runner: runner.perform(session_id, command, BY))

    def published(
        self, session_id: str, approval: Approval | None = AGREED, code: str | None = None, **flags: object
    ) -> Outcome:
        """Report the last step, with a person's word."""
        report = ReportStep("publish", "shown", None, {}, approval, code)
        return self.did(lambda runner: runner.perform(session_id, report, BY), **flags)

    def finished(self, target: str = TARGET) -> str:
        """Begin a session, walk it to its end and give its id."""
        session_id = self.begun(target)
        self.passed(session_id)
        self.published(session_id)
        assert self.status(session_id) is Status.COMPLETED
        return session_id

    def status(self, session_id: str, **flags: object) -> Status:
        """Tell the status of a session."""

        async def status(runner: Runner) -> Status:
            return (await runner.session(session_id)).state.status

        return self.did(status, **flags)
