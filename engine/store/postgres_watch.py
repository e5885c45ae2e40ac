"""Hearing what other nodes set: a connection that listens, and the due times that come over it.

Above: engine.store.postgres. Below: postgres_link, postgres_statements (which tell). A connection that ends is an
error: whoever listens looks for what it missed and listens anew.
"""

import asyncio
import math
from collections.abc import AsyncGenerator

from engine.errors import StoreError
from engine.store import postgres_link as link
from engine.store.postgres_statements import CHANNEL


class Heard:
    """Due times that were told and not yet taken: only the earliest counts, so any number takes no more room."""

    def __init__(self, schema: str) -> None:
        """Take the schema whose sessions are listened for."""
        self._schema = schema
        self._earliest = math.inf
        self._has_ended = False
        self._news = asyncio.Event()

    def told(self, _connection: object, _process: int, _channel: str, payload: object) -> None:
        """Take a message of the channel; those about other schemas, and those nobody of ours wrote, are nothing."""
        schema, _, at = str(payload).rpartition(" ")
        try:
            due_at = float(at)
        except ValueError:
            return
        if schema == self._schema and due_at < self._earliest:
            self._earliest = due_at
            self._news.set()

    def ended(self, _connection: object) -> None:
        """Take note that nothing more will be heard."""
        self._has_ended = True
        self._news.set()

    async def next(self) -> float:
        """Give the earliest due time told since the last call; waits for one. StoreError where there will be none."""
        await self._news.wait()
        if self._has_ended:
            raise StoreError("list", link.UNREACHABLE)
        self._news.clear()
        due_at, self._earliest = self._earliest, math.inf
        return due_at


async def watched(place: link.Link) -> AsyncGenerator[float, None]:
    """Give 0.0, then due times as they are set; StoreError where the connection cannot be made or has ended."""
    heard = Heard(place.place.schema)
    with link.telling("list"):
        connection = await place.writer()
    try:
        connection.add_termination_listener(heard.ended)
        with link.telling("list"):
            await connection.add_listener(CHANNEL, heard.told)
        yield 0.0
        while True:
            yield await heard.next()
    finally:
        connection.terminate()  # nothing is under way on a connection that listens
