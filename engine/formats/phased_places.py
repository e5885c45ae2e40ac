"""Where the phases of a folder are: its listed phases, the folders phases/<N>/ and the pages phases/<N>-<name>.md.

Above: phased. Below: phased_files, phased_metadata. Pure. A phase that only one of them knows is a phase, and a
finding.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from engine.formats.phased_files import PHASES, Files
from engine.formats.phased_metadata import METADATA, Metadata, PhaseEntry
from engine.formats.phased_report import Report, quoted

MAX_PHASES: Final = 1000
"""Phases of one workflow; the schema's limit."""
_FOLDER: Final = re.compile(r"([0-9]{1,4})")
_ONE_PAGE: Final = re.compile(r"(?:phase-)?([0-9]{1,4})(?:[-_.].*)?\.md")
_NO_ENTRY: Final = PhaseEntry(0, "", "", "", (), (), {}, {})


class Place(NamedTuple):
    """Where a phase was found: its folder (may be missing) and its page, None where it has none."""

    number: int
    folder: str
    page: str | None
    is_one_page: bool


def places(metadata: Metadata, files: Files, report: Report) -> Iterator[tuple[Place, PhaseEntry]]:
    """Give every phase that metadata lists or the folder holds, by number."""
    entries = {entry.number: entry for entry in metadata.phases}
    folders = _by_number(_FOLDER, files.folders(PHASES))
    pages = _by_number(_ONE_PAGE, files.names(PHASES))
    numbers = sorted({*entries, *folders, *pages})
    if len(numbers) > MAX_PHASES:
        report.critical(
            METADATA, "too-many-phases", f"{len(numbers)} phases; at most {MAX_PHASES} are read", "split it"
        )
        numbers = numbers[:MAX_PHASES]
    for before, number in pairwise(numbers):
        if number != before + 1:
            message = f"after phase {before} comes phase {number}"
            report.critical(PHASES, "phase-gap", message, "number the phases without a gap, from 0 or 1 on")
    for number in numbers:
        if number not in entries and metadata.phases:
            where = folders.get(number) or pages[number]
            report.minor(where, "unlisted-phase", "metadata.json does not list this phase", "list it there")
        entry = entries.get(number, _NO_ENTRY._replace(number=number))
        yield _place(entry, folders.get(number), pages.get(number), files, report), entry


def _by_number(pattern: re.Pattern[str], names: tuple[str, ...]) -> dict[int, str]:
    """Give the paths of the names a pattern knows, by their number; of two with one number the first."""
    found: dict[int, str] = {}
    for name in names:
        if (match := pattern.fullmatch(name)) is not None:
            found.setdefault(int(match[1]), f"{PHASES}/{name}")
    return found


def _place(entry: PhaseEntry, folder: str | None, one_page: str | None, files: Files, report: Report) -> Place:
    """Find a phase's page: the file metadata names, else phases/<N>/phase.md, else phases/<N>-<name>.md."""
    place = folder or f"{PHASES}/{entry.number}"
    own = f"{place}/phase.md"
    named = files.named(place, entry.file, METADATA) if entry.file else None
    if entry.file and named is None:
        message = f"the file {quoted(entry.file)} of phase {entry.number} is missing"
        report.major(METADATA, "missing-page", message, "correct the name or write the file")
    page = named or (own if own in files.contents else one_page)
    if page is None:
        report.major(own, "missing-page", f"phase {entry.number} has no page", f"write {own}")
    return Place(entry.number, place, page, page is not None and page != own)
