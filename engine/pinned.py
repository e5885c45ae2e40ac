"""Pinned documents: a session runs on the very document it began with, named by the SHA-256 of its canonical JSON.

Above: engine.runner, engine.projection. Below: engine.build, engine.store.port. Definitions are rebuilt from the
document, never stored.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, NamedTuple

from engine.build import build
from engine.definition import Workflow
from engine.errors import StoreError
from engine.sessions.model import State
from engine.store.port import Document, Store
from schema.values import JsonObject

MAX_PINS: Final = 256
"""Definitions kept, least recently used dropped first."""
MAX_PIN_BYTES: Final = 4_000_000
"""Bytes of canonical JSON of the definitions kept; built they take about ten times that."""


class Pin(NamedTuple):
    """A pinned document, and the definition built from it."""

    document: JsonObject
    workflow: Workflow


def canonical(document: JsonObject) -> Document:
    """Give a document's canonical JSON (no spaces, ASCII only) and its hash.

    Keys stay in the author's order: it is the order in which agents are asked for evidence.

    >>> canonical({"b": 1, "a": [2]}).text
    b'{"b":1,"a":[2]}'
    """
    text = json.dumps(document, separators=(",", ":")).encode("ascii")
    return Document(sha256(text).hexdigest(), text)


def with_children(pin: Pin, children: Mapping[str, Workflow]) -> Pin:
    """Give a pin whose workflow knows its children; which those are is the session's, so it is not kept so."""
    return pin._replace(workflow=pin.workflow._replace(children=children)) if children else pin


class Pins:
    """Definitions of pinned documents, kept while they are used."""

    def __init__(self, store: Store) -> None:
        """Take the store that holds the documents."""
        self._store = store
        self._kept: OrderedDict[str, tuple[int, Pin]] = OrderedDict()
        self._bytes = 0

    async def get(self, digest: str) -> Pin:
        """Give a pinned document and its definition; StoreError where the store lost it."""
        kept = self._kept.get(digest)
        if kept is not None:
            self._kept.move_to_end(digest)
            return kept[1]
        text = await self._store.document(digest)
        if text is None or sha256(text).hexdigest() != digest:
            raise StoreError("read", "a session's pinned document is missing or damaged", retryable=False, advice=_LOST)
        document: JsonObject = json.loads(text)
        return self.keep(Document(digest, text), Pin(document, build(document)))

    async def of(self, state: State) -> Pin:
        """Give what a session is pinned to, its children filled in; StoreError where the store lost a document."""
        pin = await self.get(state.document)
        if not state.children:
            return pin
        children = {name: (await self.get(digest)).workflow for name, digest in state.children.items()}
        return with_children(pin, children)

    def keep(self, document: Document, pin: Pin) -> Pin:
        """Keep a definition whose document is known; gives the one that is kept."""
        if document.hash not in self._kept:
            self._kept[document.hash] = (len(document.text), pin)
            self._bytes += len(document.text)
            while len(self._kept) > 1 and (len(self._kept) > MAX_PINS or self._bytes > MAX_PIN_BYTES):
                self._bytes -= self._kept.popitem(last=False)[1][0]
        return self._kept[document.hash][1]


_LOST: Final = "Restore the store from a backup, or begin a new session"
