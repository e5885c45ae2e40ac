"""The least a stdio process can be: asyncio and orjson, one line in, one line out. The yardstick of the start row.

Above: tests.bench.start_rows starts it as a script. Below: nothing of ours.
"""

import asyncio
import os

import orjson

RESULT = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "floor", "version": "1"}}


class Lines(asyncio.Protocol):
    """Answers each line with the same result under the line's id."""

    def __init__(self) -> None:
        self._buffer = b""
        self.ended = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            answer = {"jsonrpc": "2.0", "id": orjson.loads(line)["id"], "result": RESULT}
            os.write(1, orjson.dumps(answer) + b"\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set_result(None)


async def main() -> None:
    """Serve until the input ends."""
    _, lines = await asyncio.get_running_loop().connect_read_pipe(Lines, os.fdopen(0, "rb", buffering=0))
    await lines.ended


if __name__ == "__main__":
    asyncio.run(main())
