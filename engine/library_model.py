"""The library's plain values: what is known of a file, of a folder, of a workflow, and the listing of all.

Above: engine.library (makes them), engine.index (keeps them), tools and the CLI (show them). Below: schema.finding.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from engine.definition import Workflow
from schema.finding import Finding
from schema.values import JsonObject

WORKFLOW = "workflow"  # the kinds of files; the others are passed over and counted
PHASED_FOLDER = "phased-folder"
AUTOMATION_YAML = "automation-yaml"
NO_WORKFLOW = "no-workflow"

Stamp: TypeAlias = tuple[int, int, int, int]  # inode, size in bytes, mtime and ctime in nanoseconds
NO_STAMP: Stamp = (0, 0, 0, 0)  # equals no file's stamp: look again


class Summary(NamedTuple):
    """What a list needs of one document.

    `source` is the source's name and `path` the file's path in it; `hash` is the hex digest of the file's bytes;
    `problems` are all findings, the most severe first; `shadows` names the documents this one hides
    ("bundled 1.0.0 review.json"). `guessed`: the file holds no readable id, so `id` is made from its name.
    """

    id: str
    name: str
    description: str
    category: str
    version: str
    tags: tuple[str, ...]
    source: str
    valid: bool
    problems: tuple[Finding, ...]
    path: str
    hash: str
    shadows: tuple[str, ...] = ()
    guessed: bool = False


class Entry(NamedTuple):
    """One valid workflow: its summary, its native document and the definition built from it."""

    summary: Summary
    document: JsonObject
    workflow: Workflow


class SourceFinding(NamedTuple):
    """Something wrong with a source rather than with a document; `path` is relative to the source."""

    source: str
    path: str
    finding: Finding


class Listing(NamedTuple):
    """All documents at one moment.

    `summaries`: the winner of each id, valid and invalid, sorted by id. `shadowed`: what winners hide.
    `valid`, `invalid`: how many of `summaries` are. `passed_over`: counts by kind (phased-folder, automation-yaml,
    no-workflow). `generation` moves when anything else here did.
    """

    summaries: tuple[Summary, ...]
    shadowed: tuple[Summary, ...]
    valid: int
    invalid: int
    passed_over: Mapping[str, int]
    findings: tuple[SourceFinding, ...]
    generation: int


class FileRecord(NamedTuple):
    """What is known of a file: `settled` = no later write can have left this very stamp; `summary` for workflows."""

    stamp: Stamp
    settled: bool
    kind: str
    digest: str = ""
    summary: Summary | None = None


class Folder(NamedTuple):
    """What a folder holds, by name; good as long as its stamp stays and is settled.

    `files`: documents by their ending. `links`: symbolic links, resolved anew each time. `odd`: named like documents
    but no regular files (pipes, devices, sockets). `phased`: it holds metadata.json, so nothing else counts.
    """

    stamp: Stamp
    settled: bool
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    phased: bool = False


class Shelf(NamedTuple):
    """A folder with the records of its files; `shown` stands before a file's name in answers."""

    source: str
    shown: str
    folder: Folder
    files: dict[str, FileRecord]
