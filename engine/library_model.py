"""The library's plain values: what is known of a file, of a folder, of a workflow, and the listing of all.

Above: engine.library (makes them), engine.index (keeps them), tools and the CLI (show them). Below: schema.finding.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias, overload

from engine.definition import Workflow
from schema.finding import Finding
from schema.values import JsonObject

WORKFLOW = "workflow"  # the kinds of files; those of the last kind are passed over and counted
AUTOMATION_YAML = "automation-yaml"
NO_WORKFLOW = "no-workflow"

Stamp: TypeAlias = tuple[int, int, int, int]  # inode, size in bytes, mtime and ctime in nanoseconds
NO_STAMP: Stamp = (0, 0, 0, 0)  # equals no file's stamp: look again


class Wanted(NamedTuple):
    """An input a workflow declares, as a list needs it; one with a default is not required."""

    name: str
    description: str
    required: bool


class Summary(NamedTuple):
    """What a list needs of one document.

    `source` is the source's name and `path` the file's path in it; `hash` is the hex digest of the file's bytes;
    `problems` are all findings, the most severe first; `shadows` names the documents this one hides
    ("bundled 1.0.0 review.json"). `guessed`: the file holds no readable id, so `id` is made from its name. `phases`:
    how many there are, top-level steps where there are none; `estimated_duration` is "" where not stated; `aliases`
    are other ids it is found under. `hash` of a phased folder stands for all its files. `inputs`: those it declares,
    the first MAX_INPUTS.
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
    phases: int = 0
    estimated_duration: str = ""
    aliases: tuple[str, ...] = ()
    inputs: tuple[Wanted, ...] = ()


PLAN_NOTES: Final = "plan_notes"
"""Where a rendered document keeps, in `extra`, what was found in the file it was made from."""


class Rendered(NamedTuple):
    """A whole document made for one session, and everything found in it; critical findings refuse the start."""

    document: JsonObject
    findings: tuple[Finding, ...]


class Dynamic(NamedTuple):
    """Phases that are made when a session starts.

    The session's option `option` names a file, or a folder that holds `file_name`, in the workspace; `render` takes
    the text of that file.
    """

    option: str
    file_name: str
    render: Callable[[str], Rendered]


class Entry(NamedTuple):
    """One valid workflow: its summary, its native document and the definition built from it.

    `dynamic`: a session's document has more phases than this one, and this is what makes them.
    """

    summary: Summary
    document: JsonObject
    workflow: Workflow
    dynamic: Dynamic | None = None

    @property
    def session_option(self) -> str:
        """Give the session option that names where the other phases come from; "" where all are in the document."""
        return "" if self.dynamic is None else self.dynamic.option


class SourceFinding(NamedTuple):
    """Something wrong with a source rather than with a document; `path` is relative to the source."""

    source: str
    path: str
    finding: Finding


class Summaries:
    """Summaries in the order of their ids, a sequence; each is unpacked when it is looked at."""

    def __init__(self, ids: Sequence[str], find: Callable[[str], Summary]) -> None:
        """Take the ids in order, and what finds the summary of one."""
        self.ids = ids
        self._find = find

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> Summary: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Summary, ...]: ...

    def __getitem__(self, index: int | slice) -> Summary | tuple[Summary, ...]:
        if isinstance(index, slice):
            return tuple(map(self._find, self.ids[index]))
        return self._find(self.ids[index])

    def __iter__(self) -> Iterator[Summary]:
        return map(self._find, self.ids)


class Listing(NamedTuple):
    """All documents at one moment.

    `summaries`: the winner of each id, valid and invalid, sorted by id. `shadowed`: what winners hide.
    `valid`, `invalid`: how many of `summaries` are. `passed_over`: counts by kind (no-workflow).
    `generation` moves when anything else here did.
    """

    summaries: Summaries
    shadowed: tuple[Summary, ...]
    valid: int
    invalid: int
    passed_over: Mapping[str, int]
    findings: tuple[SourceFinding, ...]
    generation: int


class Passed(NamedTuple):
    """A file that is no native workflow: what it is, and the digest of its bytes."""

    kind: str
    hash: str


class Folder(NamedTuple):
    """What a folder holds, by name; good as long as its stamp stays and is settled.

    `files`: documents by their ending. `links`: symbolic links, resolved anew each time. `odd`: named like documents
    but no regular files (pipes, devices, sockets). `phased`: it holds metadata.json; `files` are then all files in it
    and below it, by path.
    """

    stamp: Stamp
    settled: bool
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    phased: bool = False


Verdict: TypeAlias = Summary | Passed


class Contents(NamedTuple):
    """What is known of the files in a folder without unpacking the verdicts on them.

    `ids` of the summaries, in any order; how many of those are `invalid`; how many files of each kind were `passed`
    over; `unpack` gives the verdicts by file name; `aliases` of valid documents with the id they stand for.
    """

    ids: list[str]
    invalid: int
    passed: Mapping[str, int]
    unpack: Callable[[], dict[str, Verdict]]
    aliases: Mapping[str, str]


def contents_of(verdicts: dict[str, Verdict]) -> Contents:
    """Sum up verdicts that are at hand."""
    summaries = [each for each in verdicts.values() if type(each) is Summary]
    passed = Counter([each.kind for each in verdicts.values() if type(each) is Passed])
    invalid = sum([not each.valid for each in summaries])
    aliases = {alias: each.id for each in summaries if each.valid for alias in each.aliases}
    return Contents([each.id for each in summaries], invalid, passed, lambda: verdicts, aliases)


class Shelf:
    """A folder with the verdicts on its files; `shown` stands before a file's name in answers.

    `stamps`: four numbers for each of `folder.files`, in its order, flat so that one comparison tells whether anything
    moved; zeros where a later write could have left the same stamp. Verdicts that come from the index stay packed
    until somebody asks for them: a start with ten thousand unchanged documents unpacks a page.
    """

    __slots__ = ("_by_id", "_verdicts", "contents", "folder", "shown", "source", "stamps")

    def __init__(self, source: str, shown: str, folder: Folder, stamps: list[int], contents: Contents) -> None:
        """Put the parts together."""
        self.source = source
        self.shown = shown
        self.folder = folder
        self.stamps = stamps
        self.contents = contents
        self._verdicts: dict[str, Verdict] | None = None
        self._by_id: dict[str, Summary] | None = None

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdicts by file name."""
        if self._verdicts is None:
            self._verdicts = self.contents.unpack()
        return self._verdicts

    def summaries(self) -> list[Summary]:
        """Give the summaries of all workflows in the folder."""
        return [each for each in self.verdicts.values() if type(each) is Summary]

    def find(self, workflow_id: str) -> Summary:
        """Give the summary with that id, one of `contents.ids`."""
        if self._by_id is None:
            self._by_id = {each.id: each for each in self.summaries()}
        return self._by_id[workflow_id]
