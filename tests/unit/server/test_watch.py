"""The watch on the library: looks only while somebody listens, and says what changed."""

import asyncio

from server.watch import LibraryChanges
from tests.unit.clocks import FakeClock


class Library:
    """A library in memory that counts how often it was looked at."""

    def __init__(self) -> None:
        self.state = {"a": "1", "b": "1"}
        self.looks = 0
        self.looked = asyncio.Event()

    def fingerprints(self) -> dict[str, str]:
        self.looks += 1
        self.looked.set()
        return dict(self.state)

    async def look(self) -> None:
        self.looked.clear()
        await asyncio.wait_for(self.looked.wait(), 5)
        await asyncio.wait_for(_turn(), 5)


async def _turn() -> None:
    """Let what is ready run."""
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(done.set_result, None)
    await done


async def test_nobody_listening_means_nobody_looking() -> None:
    library = Library()
    changes = LibraryChanges(library.fingerprints, 0.001, FakeClock())
    assert changes.kinds == {"prompts", "resources"}
    await _turn()
    assert library.looks == 0


async def test_an_edit_an_addition_and_a_removal_are_told_apart() -> None:
    library = Library()
    changes = LibraryChanges(library.fingerprints, 0.001, FakeClock())
    heard: list[str] = []
    stop = changes.watch(heard.append)
    await library.look()
    assert heard == []
    library.state["a"] = "2"
    await library.look()
    assert heard == ["prompts", "workflow://a"]
    heard.clear()
    library.state["c"] = "1"
    await library.look()
    assert heard == ["resources", "prompts", "workflow://c"]
    heard.clear()
    del library.state["b"]
    await library.look()
    assert heard == ["resources", "prompts", "workflow://b"]
    stop()


async def test_the_last_listener_to_leave_ends_the_looking() -> None:
    library = Library()
    changes = LibraryChanges(library.fingerprints, 0.001, FakeClock())
    first, second = changes.watch(lambda _: None), changes.watch(lambda _: None)
    await library.look()
    first()
    await library.look()
    second()
    second()
    looks = library.looks
    await _turn()
    await _turn()
    assert library.looks == looks
