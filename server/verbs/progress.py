"""A progress bar on stderr for long work, when a terminal is attached; nothing otherwise.

Above: verbs with loops over many files. Below: rich, imported only when the bar is shown.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

WORTH_A_BAR = 200  # files: fewer are done before a bar could be read


def with_bar(items: Sequence[Item], words: str) -> Iterable[Item]:
    """Give the items one by one, moving a bar where there is one to move."""
    if not shows_bar(len(items)):
        return items
    return _barred(items, words)


def shows_bar(count: int) -> bool:
    """Say whether so many items get a bar."""
    return count >= WORTH_A_BAR and sys.stderr.isatty()


def _barred(items: Sequence[Item], words: str) -> Iterator[Item]:
    from rich.console import Console  # noqa: PLC0415 - 60 ms, only for a bar
    from rich.progress import track  # noqa: PLC0415 - as above

    yield from track(items, words, console=Console(stderr=True), transient=True)
