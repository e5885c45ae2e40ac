"""A TCP proxy that cuts connections at the worst moment: before a request went through, or before its answer did."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from typing import Final

CHUNK: Final = 1 << 20  # bytes read at once; larger than any request of these tests


class Cut(Enum):
    """What happens to the request that is cut."""

    REQUEST = "the server never sees it"
    ANSWER = "the server did it, and its answer is lost"
    AT_ONCE = "the server got it and is still at it"


class Proxy:
    """Passes bytes on until it is told to cut."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._cut: Cut | None = None
        self._passed = 0
        self.port = 0
        self.connections = 0

    def cut_next(self, how: Cut, after: int = 0) -> None:
        """Cut with the next request, or with the one `after` so many more."""
        self._cut, self._passed = how, after

    async def serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        """Connect a client to the target until one of both ends, or a cut."""
        self.connections += 1
        server, requests = await asyncio.open_connection(*self._target)
        back = asyncio.create_task(_pass(server, answers))
        try:
            while data := await client.read(CHUNK):
                cut = self._due()
                if cut is None:
                    requests.write(data)
                    continue
                if cut is Cut.ANSWER:
                    back.cancel()
                    await asyncio.wait([back])
                if cut is not Cut.REQUEST:
                    requests.write(data)
                if cut is Cut.ANSWER:
                    await server.read(CHUNK)
                break
        finally:
            back.cancel()
            answers.transport.abort()
            requests.close()

    def _due(self) -> Cut | None:
        if self._cut is None or self._passed:
            self._passed = max(0, self._passed - 1)
            return None
        cut, self._cut = self._cut, None
        return cut


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK):
        target.write(data)
    target.close()


@asynccontextmanager
async def proxy_to(host: str, port: int) -> AsyncIterator[Proxy]:
    """Run a proxy on a free port until the block ends."""
    proxy = Proxy(host, port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
