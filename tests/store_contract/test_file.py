"""What only the file store has: files people read, modes, damage, links, what git sees."""

import os
import stat
from pathlib import Path

import orjson
import pytest

from engine.errors import StoreError
from engine.store.disk import failure
from engine.store.file import FileStore
from engine.store.port import Query
from tests.store_contract.sample import PINNED, START, batch, deletion
from tests.unit.clocks import FakeClock

WAIT_S = 30


@pytest.fixture
def store(files: FileStore) -> FileStore:
    return files


@pytest.mark.requirement("STORE-5")
async def test_the_file_exists_after_start_and_is_gone_after_delete(store: FileStore, folder: Path) -> None:
    await store.append(batch("wf_a")._replace(documents=(PINNED,)))
    assert (folder / "wf_a.json").is_file()
    assert [each.name for each in (folder / "documents").iterdir()] == [f"{PINNED.hash}.json"]
    await store.delete(deletion("wf_a"))
    assert not (folder / "wf_a.json").exists()
    assert list((folder / "documents").iterdir()) == []
    assert (folder / "deletions.jsonl").read_text().count("\n") == 1


async def test_the_file_shows_its_state_first_and_an_event_a_line(store: FileStore, folder: Path) -> None:
    await store.append(batch("wf_a", 0, 2))
    lines = (folder / "wf_a.json").read_text().splitlines()
    assert lines[:3] == ["{", '  "format": "workflowlookup-session-1",', '  "session": {']
    assert '    "status": "running",' in lines
    assert lines[-4].startswith('    {"seq":1,"type":"StepReported"')
    assert orjson.loads("\n".join(lines))["events"][1]["data"] == {"number": 2}


def modes_in(folder: Path) -> dict[str, int]:
    """Give the modes of a folder and all that is in it."""
    return {str(each.relative_to(folder)): stat.S_IMODE(each.stat().st_mode) for each in (folder, *folder.rglob("*"))}


async def test_only_the_owner_may_read_and_nothing_is_left_lying(store: FileStore, folder: Path) -> None:
    await store.append(batch("wf_a")._replace(documents=(PINNED,)))
    await store.append(batch("wf_b"))
    await store.delete(deletion("wf_b"))
    await store.secret()
    files = (".gitignore", ".lock", ".secret", "deletions.jsonl", f"documents/{PINNED.hash}.json", "wf_a.json")
    assert modes_in(folder) == {**dict.fromkeys(files, 0o600), "documents": 0o700, ".": 0o700}


async def test_git_never_sees_the_secret(store: FileStore, folder: Path) -> None:
    ignored = (folder / ".gitignore").read_text().splitlines()
    assert ".secret" in ignored
    assert ".lock" in ignored
    (folder / ".gitignore").write_text("mine\n")
    await store.close()
    await store.open()
    assert (folder / ".gitignore").read_text() == "mine\n"


GOOD = b'{"format":"workflowlookup-session-1","session":{},"documents":[],"events":[]}'


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b'{"format": 1}',
        b"\xff\xfe",
        b"[" * 100_000,
        GOOD,
        GOOD.replace(b"session-1", b"session-9"),
        GOOD.replace(b'"events":[]', b'"events":[7]'),
    ],
)
async def test_a_damaged_file_is_named_and_the_others_work(store: FileStore, folder: Path, damage: bytes) -> None:
    await store.append(batch("wf_bad"))
    await store.append(batch("wf_good"))
    (folder / "wf_bad.json").write_bytes(damage)
    for asked in (store.read("wf_bad"), store.row("wf_bad"), store.append(batch("wf_bad", 1))):
        with pytest.raises(StoreError) as refused:
            await asked
        assert "wf_bad" in refused.value.details
    assert [each.session_id for each in (await store.sessions(Query())).rows] == ["wf_good"]
    assert await store.counts(Query()) == {"running": 1}
    assert await store.append(batch("wf_good", 1)) == 2
    assert await store.check() == ("the file of session wf_bad is damaged",)
    assert set(await store.ids()) == {"wf_bad", "wf_good"}
    assert await store.delete(deletion("wf_bad"))
    assert await store.check() == ()


@pytest.mark.parametrize(
    ("written", "instead"),
    [(b'"seq":2', b'"seq":3'), (b'"version":1,"at"', b'"version":"1","at"'), (b'"data":{"number":2}', b'"text":7')],
)
async def test_a_log_with_gaps_or_wrong_types_is_damaged(
    store: FileStore, folder: Path, written: bytes, instead: bytes
) -> None:
    await store.append(batch("wf_a", 0, 2))
    path = folder / "wf_a.json"
    path.write_bytes(path.read_bytes().replace(written, instead))
    with pytest.raises(StoreError):
        await store.read("wf_a")


async def test_a_lost_document_is_found(store: FileStore, folder: Path) -> None:
    await store.append(batch("wf_a")._replace(documents=(PINNED,)))
    (folder / "documents" / f"{PINNED.hash}.json").unlink()
    assert await store.check() == ("a document of session wf_a is missing",)


async def test_a_file_of_another_program_in_the_folder_is_no_session(store: FileStore, folder: Path) -> None:
    (folder / "README.md").write_text("hello")
    (folder / "Some File.json").write_text("{}")
    await store.append(batch("wf_a"))
    assert await store.ids() == ("wf_a",)
    assert await store.check() == ()


async def test_an_edit_by_another_process_shows_in_the_list(store: FileStore, folder: Path) -> None:
    await store.append(batch("wf_a"))
    assert await store.counts(Query()) == {"running": 1}
    other = FileStore(folder, FakeClock())
    await other.open()
    await other.append(batch("wf_a", 1, status="paused"))
    await other.close()
    assert await store.counts(Query()) == {"paused": 1}


async def test_a_note_cut_off_by_a_crash_spoils_no_other(store: FileStore, folder: Path) -> None:
    for name in ("wf_a", "wf_b"):
        await store.append(batch(name))
    await store.delete(deletion("wf_a"))
    with (folder / "deletions.jsonl").open("ab") as file:
        file.write(b'{"session_id":"wf_x","workfl')
    await store.delete(deletion("wf_b", START))
    assert await store.deletions() == (deletion("wf_b", START), deletion("wf_a"))


async def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = FileStore(tmp_path / "file" / "sessions", FakeClock())
    with pytest.raises(StoreError) as refused:
        await store.open()
    assert refused.value.operation == "open"


@pytest.mark.parametrize(
    ("number", "details"),
    [(28, "the disk is full"), (30, "the folder cannot be written to"), (5, "the disk reports an error")],
)
def test_what_the_disk_says_is_put_in_our_words(number: int, details: str) -> None:
    error = failure("append", OSError(number, os.strerror(number)))
    assert (error.details, error.retryable) == (details, True)
