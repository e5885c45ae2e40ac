"""The folder of the file store when others have their hands in it: locks removed, links, pipes, copies, edits."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.store import file_folder, lock
from engine.store.file import FileStore
from engine.store.file_session import Kept, render
from engine.store.lock import locked
from engine.store.port import Query
from tests.store_contract.sample import PINNED, batch, deletion, saying
from tests.unit.clocks import FakeClock

WAIT_S = 30


@pytest.fixture
def store(files: FileStore) -> FileStore:
    return files


def modes_in(folder: Path) -> dict[str, int]:
    """Give the modes of a folder and all that is in it."""
    return {str(each.relative_to(folder)): stat.S_IMODE(each.stat().st_mode) for each in (folder, *folder.rglob("*"))}


async def test_ids_that_are_no_ids_are_refused_before_they_become_a_path(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        await store.append(batch("../../escape"))
    with pytest.raises(StoreError):
        await store.append(batch("wf_a")._replace(documents=(PINNED._replace(hash="../x"),)))
    assert not [name for name in modes_in(tmp_path) if "escape" in name]
    assert await store.ids() == ()


async def test_a_link_in_the_place_of_a_scratch_file_is_not_followed(store: FileStore, folder: Path) -> None:
    victim = folder.parent / "victim"
    victim.write_text("mine")
    (folder / ".wf_a.json.tmp").symlink_to(victim)
    with pytest.raises(StoreError):
        await store.append(batch("wf_a"))
    assert victim.read_text() == "mine"


async def test_a_process_that_will_not_let_go_is_named(
    store: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "PAUSES_S", (0.001,))
    with locked(folder / ".lock", "append"), pytest.raises(StoreError) as refused:
        await store.append(batch("wf_a"))
    assert refused.value.retryable
    assert await store.append(batch("wf_a")) == 1


async def test_a_lock_file_that_is_removed_lets_nobody_write_over_another(
    store: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.append(batch("wf_a"))
    other = FileStore(folder, FakeClock())
    await other.open()
    real = render

    def slowly(kept: Kept) -> bytes:
        """While the first writes, somebody removes the lock file and the other store writes too."""
        monkeypatch.setattr(file_folder, "render", real)
        (folder / ".lock").unlink()
        asyncio.run_coroutine_threadsafe(other.append(batch("wf_a", 1, 2)), loop).result(WAIT_S)
        return real(kept)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(file_folder, "render", slowly)
    with pytest.raises(StoreError) as refused:
        await asyncio.wait_for(store.append(batch("wf_a", 1)), WAIT_S)
    assert refused.value.retryable
    assert len(await store.read("wf_a")) == 3
    await other.close()


async def test_one_who_waits_for_a_lock_file_that_is_removed_begins_anew(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with locked(path, "append") as first:
        path.unlink()
        with locked(path, "append") as second:
            second.still()
            with pytest.raises(StoreError):
                first.still()


async def test_what_a_killed_writer_left_half_written_goes_at_the_next_opening_or_with_its_session(
    store: FileStore, folder: Path
) -> None:
    await store.append(batch("wf_a"))
    (folder / ".wf_a.json.tmp").write_text("half")
    await store.delete(deletion("wf_a"))
    assert not (folder / ".wf_a.json.tmp").exists()
    for left in (".wf_b.json.tmp", "documents/.ab.json.tmp"):
        (folder / left).write_text("half")
    await store.close()
    await store.open()
    assert not [name for name in modes_in(folder) if name.endswith(".tmp")]


async def test_a_file_copied_under_another_name_is_not_two_sessions(store: FileStore, folder: Path) -> None:
    await store.append(batch("wf_a"))
    (folder / "wf_b.json").write_bytes((folder / "wf_a.json").read_bytes())
    assert [each.session_id for each in (await store.sessions(Query())).rows] == ["wf_a"]
    assert await store.check() == ("the file of session wf_b is damaged",)


async def test_a_state_edited_by_hand_is_found_by_check_and_the_log_stays_the_truth(
    store: FileStore, folder: Path
) -> None:
    await store.append(batch("wf_a", 0, 2))
    path = folder / "wf_a.json"
    path.write_bytes(path.read_bytes().replace(b'"version": 2', b'"version": 9'))
    assert await store.check() == ("the row of wf_a does not stand at the end of its log",)
    assert await store.append(batch("wf_a", 2)) == 3
    assert await store.check() == ()


def odd_entries(folder: Path) -> None:
    os.mkfifo(folder / "wf_pipe.json")
    (folder / "wf_folder.json").mkdir()
    (folder / "wf_link.json").symlink_to("wf_a.json")


async def test_what_is_no_plain_file_neither_hangs_nor_hides_the_others(store: FileStore, folder: Path) -> None:
    await store.append(batch("wf_a"))
    odd_entries(folder)
    assert [each.session_id for each in (await store.sessions(Query())).rows] == ["wf_a"]
    assert await asyncio.wait_for(store.check(), WAIT_S) == (
        "the file of session wf_folder cannot be read",
        "the file of session wf_link cannot be read",
        "the file of session wf_pipe is no plain file",
    )
    with pytest.raises(StoreError):
        await asyncio.wait_for(store.read("wf_pipe"), WAIT_S)


def moved(folder: Path, elsewhere: Path) -> Path:
    return folder.rename(elsewhere)


async def test_a_folder_that_is_removed_while_serving_is_named_and_may_come_back(
    store: FileStore, folder: Path
) -> None:
    await store.append(batch("wf_a"))
    away = moved(folder, folder.with_name("away"))
    for asked in (store.append(batch("wf_b")), store.sessions(Query()), store.secret()):
        with pytest.raises(StoreError) as refused:
            await asked
        assert (refused.value.details, refused.value.retryable) == ("the store's folder is gone", True)
    moved(away, folder)
    assert await store.append(batch("wf_a", 1)) == 2


async def test_a_session_may_not_outgrow_its_file(
    store: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_folder, "MAX_FILE_BYTES", 2_000)
    await store.append(saying("wf_a", 0, "x" * 1_000))
    with pytest.raises(StoreError) as refused:
        await store.append(saying("wf_a", 1, "x" * 1_000))
    assert not refused.value.retryable
    assert len(await store.read("wf_a")) == 1
    (folder / "wf_a.json").write_text("x" * 2_001)
    assert await store.check() == ("the file of session wf_a has more than 2000 bytes",)


async def test_a_document_damaged_by_hand_is_made_good_by_the_next_session_that_brings_it(
    store: FileStore, folder: Path
) -> None:
    await store.append(batch("wf_a")._replace(documents=(PINNED,)))
    (folder / "documents" / f"{PINNED.hash}.json").write_text("{")
    await store.append(batch("wf_b")._replace(documents=(PINNED,)))
    assert await store.document(PINNED.hash) == PINNED.text
