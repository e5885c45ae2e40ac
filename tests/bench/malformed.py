"""Malformed inputs from a seeded generator: valid messages bent in every way a client, a fuzzer or an enemy might.

Above: tests.bench.reliability, tests/acceptance/test_reliability.py. Below: tests.bench.sample. The same seed gives the
same inputs. None of them is a proper request that waits or ends the process.
"""

import json
import random
from collections.abc import Callable, Iterator
from typing import Final

from schema.values import Json, JsonObject
from tests.bench import sample

Chance = random.Random
Bend = Callable[[Chance], bytes]

ODD: Final[tuple[Json, ...]] = (
    None,
    True,
    -1,
    0,
    1.5,
    1e308,
    2**53 + 1,
    "",
    "\u0000",
    "\ud7ff\U0001f600" * 9,
    "../../etc/passwd",
    "x" * 5000,
    [],
    {},
    [[]],
    {"": {}},
    {"__proto__": {"a": 1}},
)
RAW: Final = (
    b"",
    b"\x00",
    b"\xff\xfe{}",
    b"{",
    b"[",
    b"]",
    b'"',
    b"nul",
    b"[,]",
    b'{"jsonrpc":"2.0",}',
    b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping","params":Infinity}',
    b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}',
    b'{"jsonrpc":"2.0","id":99999999999999999999999,"method":"ping"}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"[1" + b",1" * 300 + b"]",
)
MAX_NOISE: Final = 200  # bytes of pure noise
MAX_FLIPS: Final = 8  # bytes changed in a valid message


def messages() -> tuple[JsonObject, ...]:
    """Give the valid messages that are bent."""
    tools: list[JsonObject] = [
        {"name": "workflow_list", "arguments": {"limit": 2, "tags": ["a"]}},
        {"name": "workflow_get", "arguments": {"id": sample.WORKFLOW_ID}},
        {"name": "workflow_validate", "arguments": {"text": "id: [", "context": {"a": 1}}},
        {"name": "no-such-tool", "arguments": {}},
    ]
    calls: list[JsonObject] = [{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": each} for each in tools]
    reads: list[JsonObject] = [
        {
            "jsonrpc": "2.0",
            "id": "r",
            "method": "resources/read",
            "params": {"uri": f"workflow://{sample.WORKFLOW_ID}"},
        },
        {"jsonrpc": "2.0", "id": "p", "method": "prompts/get", "params": {"name": sample.WORKFLOW_ID}},
        {"jsonrpc": "2.0", "id": 2, "method": "logging/setLevel", "params": {"level": "info"}},
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}},
        {"jsonrpc": "2.0", "id": 3, "method": "workflow_next", "params": {"workflowId": "a", "completedSteps": []}},
    ]
    return (*calls, *reads, sample.call(4), sample.call(5, modern=True), sample.initialize())


def inputs(seed: int, count: int) -> Iterator[bytes]:
    """Give `count` inputs without a line break, so that each is one line of stdio and one HTTP body."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    bends: tuple[Bend, ...] = (_raw, _noise, _flipped, _cut, _swapped, _swapped, _removed, _nested, _batch)
    for _ in range(count):
        yield chance.choice(bends)(chance).replace(b"\n", b" ").replace(b"\r", b" ")


def _valid(chance: Chance) -> JsonObject:
    found: JsonObject = json.loads(json.dumps(chance.choice(messages())))
    return found


def _odd(chance: Chance) -> Json:
    """Give an odd value of its own, because what it is put into may be bent again."""
    found: Json = json.loads(json.dumps(chance.choice(ODD)))
    return found


def _raw(chance: Chance) -> bytes:
    return chance.choice(RAW)


def _noise(chance: Chance) -> bytes:
    return chance.randbytes(chance.randrange(1, MAX_NOISE))


def _flipped(chance: Chance) -> bytes:
    text = bytearray(json.dumps(_valid(chance)).encode())
    for _ in range(chance.randrange(1, MAX_FLIPS)):
        text[chance.randrange(len(text))] = chance.randrange(256)
    return bytes(text)


def _cut(chance: Chance) -> bytes:
    text = json.dumps(_valid(chance)).encode()
    return text[: chance.randrange(len(text))]


def _places(value: Json) -> Iterator[tuple[dict[str, Json], str]]:
    """Give every object member of a value, at any depth."""
    if isinstance(value, dict):
        for name in list(value):
            yield value, name
            yield from _places(value[name])


def _swapped(chance: Chance) -> bytes:
    """Put an odd value in the place of one or two members."""
    message = _valid(chance)
    for _ in range(chance.randrange(1, 3)):
        owner, name = chance.choice(list(_places(message)))
        owner[name] = _odd(chance)
    return json.dumps(message).encode()


def _removed(chance: Chance) -> bytes:
    message = _valid(chance)
    owner, name = chance.choice(list(_places(message)))
    del owner[name]
    owner[chance.choice(["x", "method ", "__class__", name.upper()])] = _odd(chance)
    return json.dumps(message).encode()


def _nested(chance: Chance) -> bytes:
    """Hang something deep into an argument."""
    depth = chance.choice([60, 70, 95, 97, 500, 2000])
    message = json.dumps(sample.call(6)).replace('"the parser"', "[" * depth + "]" * depth)
    return message.encode()


def _batch(chance: Chance) -> bytes:
    members: list[Json] = [chance.choice([_valid(chance), _odd(chance)]) for _ in range(chance.randrange(120))]
    return json.dumps(members).encode()
