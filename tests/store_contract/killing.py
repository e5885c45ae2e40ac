"""kill -9 at random points while writing: a child appends and says what was acknowledged, and is killed.

Above: test_killing (20 rounds a store), the bench command (200). Below: the stores. `rounds` counts acknowledged
appends that were lost and appends that are there in part; both must be 0. Run as a program this module is the child.
"""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from engine.clock import SystemClock
from engine.store.file import FileStore
from engine.store.port import Append, NewEvent, Row, Store
from engine.store.postgres import PostgresStore
from engine.store.sqlite import SqliteStore

OPENERS: Final[dict[str, Callable[[str], Store]]] = {
    "file": lambda place: FileStore(Path(place), SystemClock()),
    "sqlite": lambda place: SqliteStore(Path(place), SystemClock()),
    "postgres": lambda place: PostgresStore(place, SystemClock()),
}
SESSIONS: Final = 8  # written at once by the child
PER_APPEND: Final = 3  # events of one append; a version that is no multiple of it is an append in part
MOST_ACKNOWLEDGED: Final = 60  # a round is killed after 0 to this many acknowledged appends
WAIT_S: Final = 60.0  # for a child to start and to die
FILLER: Final = "x" * 2_000  # makes an append several pages long


class Toll(NamedTuple):
    """What the rounds cost: appends that were acknowledged, of these lost, and appends found in part."""

    rounds: int
    acknowledged: int
    lost: int
    torn: int


async def rounds(kind: str, place: str, count: int, seed: int) -> Toll:
    """Start and kill a child `count` times at one place, looking at everything after each."""
    random = Random(seed)  # noqa: S311 - when to kill is no secret
    told = dict.fromkeys(range(SESSIONS), 0)
    acknowledged = lost = torn = 0
    for _ in range(count):
        acknowledged += await _killed(kind, place, told, random.randrange(MOST_ACKNOWLEDGED))
        found = await _found(kind, place)
        lost += sum(max(0, told[number] - found[number][0]) for number in told)
        torn += sum(not whole for _, whole in found.values())
        told = {number: version for number, (version, _) in found.items()}
    return Toll(count, acknowledged, lost, torn)


async def _killed(kind: str, place: str, told: dict[int, int], after: int) -> int:
    """Run a child until `after` acknowledgements have come, kill it, and take what it had still said."""
    command = (sys.executable, "-m", __name__, kind, place)
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output = child.stdout
    if output is None:
        raise AssertionError("no pipe")
    count = 0
    async with asyncio.timeout(WAIT_S):
        ready = await output.readline()
        if ready != b"ready\n":
            raise AssertionError(f"the child said {ready!r}")
        while line := await output.readline():
            if not line.endswith(b"\n"):
                break
            number, version = map(int, line.split())
            told[number] = version
            count += 1
            if count == after + 1:
                child.kill()
        await child.wait()
    return count


async def _found(kind: str, place: str) -> dict[int, tuple[int, bool]]:
    """Give by session the version of its log, and whether everything of it is as it was written."""
    store = OPENERS[kind](place)
    await store.open()
    sound = not await store.check()
    found = {}
    for number in range(SESSIONS):
        log = await store.read(name_of(number))
        row = await store.row(name_of(number))
        whole = len(log) % PER_APPEND == 0 and all(each.data == data_of(number, each.seq) for each in log)
        whole = whole and [each.seq for each in log] == list(range(1, len(log) + 1))
        found[number] = (len(log), whole and sound and (row.version if row else 0) == len(log))
    await store.close()
    return found


def name_of(number: int) -> str:
    """Give the id of a session."""
    return f"wf_killed_{number}"


def data_of(number: int, seq: int) -> bytes:
    """Give what stands in an event."""
    return b'{"session":%d,"seq":%d,"filler":"%s"}' % (number, seq, FILLER.encode())


async def child(kind: str, place: str) -> None:
    """Append to all sessions without end, saying `<session> <version>` when an append was answered."""
    store = OPENERS[kind](place)
    await store.open()
    _say("ready")

    async def write(number: int) -> None:
        version = len(await store.read(name_of(number)))
        while True:
            events = tuple(
                NewEvent("Written", 1, float(seq), "child", data_of(number, seq))
                for seq in range(version + 1, version + PER_APPEND + 1)
            )
            last = version + PER_APPEND
            row = Row(name_of(number), "flow", "a", "running", 1, 1, last, float(number), float(last), None, None)
            version = await store.append(Append(name_of(number), version, events, row))
            _say(f"{number} {version}")

    await asyncio.gather(*map(write, range(SESSIONS)))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(child(sys.argv[1], sys.argv[2]))
