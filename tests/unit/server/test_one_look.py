"""One look at the library serves a turn of the event loop, and no longer than that."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from engine.definition import WorkflowEntry
from engine.errors import WorkflowNotFoundError
from server.one_look import OneLook


class Counted:
    """A library that counts who looks and knows one workflow."""

    def __init__(self) -> None:
        self.looks: list[str] = []

    def entry(self, workflow_id: str) -> WorkflowEntry:
        self.looks.append(workflow_id)
        if workflow_id != "known":
            raise WorkflowNotFoundError(workflow_id, ())
        return cast("WorkflowEntry", SimpleNamespace(workflow=len(self.looks)))


async def next_turn() -> None:
    """Wait until everything queued so far has run."""
    passed = asyncio.Event()
    asyncio.get_running_loop().call_soon(passed.set)
    await passed.wait()


async def test_calls_of_one_turn_share_a_look_and_the_next_turn_looks_again() -> None:
    library = Counted()
    look = OneLook(library)
    assert look.entry("known") is look.entry("known")
    assert library.looks == ["known"]
    await next_turn()
    look.entry("known")
    assert library.looks == ["known", "known"]


async def test_a_workflow_that_is_not_there_is_looked_for_each_time() -> None:
    library = Counted()
    look = OneLook(library)
    for _ in range(2):
        with pytest.raises(WorkflowNotFoundError):
            look.entry("unknown")
    assert library.looks == ["unknown", "unknown"]


def test_without_a_running_loop_nothing_is_kept() -> None:
    library = Counted()
    look = OneLook(library)
    look.entry("known")
    look.entry("known")
    assert library.looks == ["known", "known"]
