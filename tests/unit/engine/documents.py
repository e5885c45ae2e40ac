"""Documents, folders and a clock for tests of the library.

Above: tests/unit/engine/test_library*.py, tests/unit/tools. Below: engine.library.
"""

from collections.abc import Sequence
from pathlib import Path

import orjson

from engine.library import Library
from engine.sources import Source
from schema.values import Json, JsonObject

LONG_AFTER = 4_000_000_000.0  # seconds since 1970: every file of a test is old by then


class StoppedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: float = LONG_AFTER) -> None:
        """Stop at `now`, in seconds since 1970."""
        self.moment = now
        self.passed = 0.0

    def now(self) -> float:
        """Give the moment."""
        return self.moment

    def monotonic(self) -> float:
        """Give the seconds a test let pass."""
        return self.passed

    def random_bytes(self, count: int) -> bytes:
        """Give zeros."""
        return bytes(count)


def workflow(workflow_id: str, **keys: Json) -> JsonObject:
    """Give a small valid document; `keys` are set on top."""
    steps: list[Json] = [{"id": "first-step", "title": "First", "prompt": "Do it."}]
    return {
        "id": workflow_id,
        "name": f"Name of {workflow_id}",
        "description": "Made for a test.",
        "version": "1.0.0",
        "steps": steps,
        **keys,
    }


def write(folder: Path, name: str, document: Json) -> Path:
    """Write a document as JSON and give its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(document))
    return path


def library(*folders: Path, home: Path | None = None, clock: StoppedClock | None = None) -> Library:
    """Give a library over these folders, the weakest first, named by their last part."""
    sources = [Source(folder.name, str(folder)) for folder in folders]
    return Library(sources, home, clock or StoppedClock())


def ids(found: Library) -> Sequence[str]:
    """Give the ids of all that is listed."""
    return [summary.id for summary in found.listing().summaries]
