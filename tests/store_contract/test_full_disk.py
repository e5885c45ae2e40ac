"""A full disk, and one that cannot be written to: a clear error, nothing lost, work goes on when it can."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.store.file import FileStore
from engine.store.port import Append, Store
from engine.store.sqlite import SqliteStore
from tests.store_contract.disks import SmallDisk, small_disk
from tests.store_contract.sample import batch, deletion, event, row
from tests.unit.clocks import FakeClock

MAKERS: dict[str, Callable[[Path], Store]] = {
    "file": lambda folder: FileStore(folder / "sessions", FakeClock()),
    "sqlite": lambda folder: SqliteStore(folder / "sessions.db", FakeClock()),
}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture(params=["file", "sqlite"])
async def cramped(request: pytest.FixtureRequest, disk: SmallDisk) -> AsyncIterator[Store]:
    """Give a store on the small disk, with one session of two events."""
    store = MAKERS[request.param](disk.folder)
    await store.open()
    await store.append(batch("wf_a", 0, 2))
    yield store
    await store.close()


def large(session_id: str, version: int) -> Append:
    return Append(session_id, version, (event(b'"%s"' % (b"x" * 100_000)),), row(session_id, version + 1))


async def stuff(store: Store, versions: list[int]) -> None:
    """Append until the store refuses; `versions` takes what was acknowledged."""
    for _ in range(100):
        versions.append(await store.append(large("wf_a", versions[-1])))


@pytest.mark.requirement("STORE-3")
async def test_a_full_disk_refuses_clearly_and_loses_nothing(cramped: Store, disk: SmallDisk) -> None:
    disk.fill()
    with pytest.raises(StoreError) as refused:
        await stuff(cramped, [2])
    assert (refused.value.operation, refused.value.retryable) == ("append", True)
    assert refused.value.details == "the disk is full"
    kept = len(await cramped.read("wf_a"))
    assert await cramped.check() == ()
    disk.free()
    assert await cramped.append(batch("wf_a", kept)) == kept + 1
    assert await cramped.append(batch("wf_b")) == 1
    assert await cramped.check() == ()


async def test_a_disk_that_fills_up_while_writing_keeps_what_it_acknowledged(cramped: Store) -> None:
    versions = [2]
    with pytest.raises(StoreError):
        await stuff(cramped, versions)
    assert len(await cramped.read("wf_a")) == versions[-1] > 2
    assert await cramped.row("wf_a") == row("wf_a", versions[-1])
    assert await cramped.check() == ()


async def test_a_read_only_disk_refuses_writes_answers_reads_and_recovers(cramped: Store, disk: SmallDisk) -> None:
    await cramped.close()
    disk.seal(sealed=True)
    with pytest.raises(StoreError) as refused:
        await cramped.open()
    assert refused.value.operation == "open"
    disk.seal(sealed=False)
    await cramped.open()
    assert await cramped.append(batch("wf_a", 2)) == 3
    assert await cramped.delete(deletion("wf_a"))
