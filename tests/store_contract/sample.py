"""Made-up sessions for the contract suite: rows, events, appends."""

from hashlib import sha256

from engine.store.port import Append, Deletion, Document, NewEvent, Row, Store

START = 1_800_000_000.0
PIN = b'{"id":"flow","steps":[]}'
PINNED = Document(sha256(PIN).hexdigest(), PIN)


def row(session_id: str, version: int = 1, **changes: str | float | None) -> Row:
    """Give a row of a running session; `changes` are fields of Row."""
    plain = Row(session_id, "flow", "src/a.py", "running", 1, 3, version, START, START + version, None, None)
    return Row._make({**plain._asdict(), **changes}.values())


def event(data: bytes = b'{"key":"one"}', kind: str = "StepReported") -> NewEvent:
    return NewEvent(kind, 1, START + 0.25, "agent", data)


def batch(session_id: str, expected: int = 0, count: int = 1, **changes: str | float | None) -> Append:
    """Give an append of `count` events behind version `expected`."""
    events = tuple(event(b'{"number":%d}' % number) for number in range(expected + 1, expected + count + 1))
    return Append(session_id, expected, events, row(session_id, expected + count, **changes))


def saying(session_id: str, expected: int, said: str = "x", *documents: Document) -> Append:
    """Give an append of one event that holds a text of its own."""
    once = batch(session_id, expected)
    return once._replace(events=(event(f'"{said}"'.encode()),), documents=documents)


def deletion(session_id: str, at: float = START + 9) -> Deletion:
    return Deletion(session_id, "flow", at, "operator", "no longer needed")


async def fill(store: Store, count: int) -> list[str]:
    """Store `count` sessions, one second apart; gives their ids, newest first."""
    for number in range(count):
        await store.append(batch(f"wf_{number:03}", created_at=START + number))
    return [f"wf_{number:03}" for number in reversed(range(count))]
