"""One phased folder into one record: its names listed, its pages read within bounds, the document reviewed.

Above: engine.library_scan (names), engine.library_shelf (records), engine.library (entries). Below: formats.phased,
engine.review. Every path stays inside the folder after resolving links; nothing here raises for bad input.
"""

# ruff: noqa: PTH116, PTH118, PTH208 - as in library_scan: Path costs three times as much
import os
from hashlib import blake2b
from pathlib import PurePosixPath
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from engine.library_model import Dynamic, Rendered, Summary
from engine.library_read import DIGEST_BYTES, Place, ordered, read_bytes, sum_up
from engine.review import review
from schema.finding import Finding, Severity
from schema.values import JsonObject

if TYPE_CHECKING:
    from engine.formats.phased import Imported
    from engine.formats.phased_recipe import Recipe

PHASED_MARK = "metadata.json"  # the file that makes its folder a phased workflow
PAGE_ENDINGS = (".md", ".yaml", ".yml", ".json")  # what is read; other files are known by name only
MAX_FILES = 2_000  # files in one folder; the largest seen has some eighty
MAX_BYTES = 16_000_000  # bytes read of one folder
MAX_DEPTH = 8  # folders below a workflow's own; the format needs two


class Names(NamedTuple):
    """What a phased folder holds: files by path in it, its folders as they are now, and what must not be opened."""

    files: tuple[str, ...]
    folders: dict[str, os.stat_result]
    refused: tuple[tuple[str, Finding], ...]


class Read(NamedTuple):
    """A folder's contents by path (None = known by name only), what stood in the way, and the digest of it all."""

    contents: dict[str, bytes | None]
    findings: tuple[Finding, ...]
    digest: str


def list_names(root: str) -> Names:
    """List every file below a phased folder, hidden names left out; links that leave the folder are refused."""
    lister = _Lister(root)
    lister.walk(root, "", 0)
    return Names(tuple(sorted(lister.files)), lister.folders, tuple(lister.refused))


class _Lister:
    """One walk through one folder."""

    def __init__(self, root: str) -> None:
        self.files: list[str] = []
        self.folders: dict[str, os.stat_result] = {}
        self.refused: list[tuple[str, Finding]] = []
        self._inside = os.path.realpath(root)
        self._seen: set[str] = set()

    def walk(self, path: str, prefix: str, depth: int) -> None:
        """Take in one folder and those below it."""
        real = os.path.realpath(path)
        if real in self._seen:
            return
        self._seen.add(real)
        try:
            self.folders[path] = os.stat(path)
            names = sorted(os.listdir(path))
        except OSError as error:
            self._refuse(prefix, "unreadable-folder", f"the folder cannot be read: {error.strerror}")
            return
        for name in names:
            if not name.startswith("."):
                self._take(os.path.join(path, name), prefix + name, depth)

    def _take(self, path: str, shown: str, depth: int) -> None:
        if len(self.files) >= MAX_FILES:
            if not any(finding.rule == "too-many-files" for _, finding in self.refused):
                self._refuse(shown, "too-many-files", f"only {MAX_FILES} files of a phased folder are looked at")
            return
        real = os.path.realpath(path)
        if real != self._inside and not real.startswith(self._inside + os.sep):
            self._refuse(shown, "path-escape", "the link leads out of the folder and is not followed")
            return
        try:
            shown.encode()
            mode = os.stat(real).st_mode
        except (OSError, UnicodeEncodeError):
            self._refuse(shown, "not-a-file", _ODD)
            return
        if S_ISDIR(mode) and depth < MAX_DEPTH:
            self.walk(path, shown + "/", depth + 1)
        elif S_ISREG(mode):
            self.files.append(shown)
        else:
            said = f"folders nested deeper than {MAX_DEPTH} are not read" if S_ISDIR(mode) else _ODD
            self._refuse(shown, "too-deep" if S_ISDIR(mode) else "not-a-file", said)

    def _refuse(self, shown: str, rule: str, message: str) -> None:
        name = shown.encode(errors="backslashreplace").decode()
        self.refused.append((name, Finding(Severity.CRITICAL, rule, f"{name}: {message}", suggestion=_MEND)))


_ODD = "this is no regular file with a readable name and is never opened"
_MEND = "copy what is needed into the folder, remove the rest"


def read_contents(root: Place, files: tuple[str, ...], sizes: dict[str, int]) -> Read:
    """Read the pages of a folder; `root` is the folder itself, `sizes` what a look at the files gave."""
    digest = blake2b(digest_size=DIGEST_BYTES)
    contents: dict[str, bytes | None] = {}
    findings: list[Finding] = []
    left = MAX_BYTES
    for name in files:
        contents[name] = None
        if name.endswith(PAGE_ENDINGS):
            left -= sizes.get(name, 0)
            found = read_bytes(_place(root, name), sizes.get(name, 0)) if left >= 0 else _TOO_MUCH
            if isinstance(found, Finding):
                findings.append(found._replace(message=f"{name}: {found.message}"))
            else:
                contents[name] = found
        content = contents[name] or b""
        digest.update(f"{len(name.encode())} {len(content)} ".encode() + name.encode() + content)
    return Read(contents, tuple(findings), digest.hexdigest())


_TOO_MUCH = Finding(
    Severity.CRITICAL, "too-large", f"the folder has more than {MAX_BYTES} bytes of pages", suggestion=_MEND
)


def _place(root: Place, name: str) -> Place:
    """Give where to open a page; a link swapped since the listing that leads out is opened as nothing."""
    real = os.path.realpath(f"{root.path}{os.sep}{name}")
    inside = os.path.realpath(root.path) + os.sep
    return Place(root.source, root.shown + name, real if real.startswith(inside) else "")


def check_folder(
    read: Read, refused: tuple[tuple[str, Finding], ...], name: str
) -> tuple[JsonObject | None, tuple[Finding, ...]]:
    """Give the document of a folder called `name`, None where it cannot be read, and every finding.

    A message begins with the file it is about ("phases/1/phase.md: ..."); those of the document as a whole do not.
    """
    imported = _imported(read, name)
    findings = (*(finding for _, finding in refused), *read.findings, *imported.findings)
    native = imported.document
    return native, findings if native is None else (*findings, *review(native).findings)


def judge_folder(read: Read, refused: tuple[tuple[str, Finding], ...], root: Place) -> Summary:
    """Say what the folder holds, and check it."""
    native, findings = check_folder(read, refused, _name(root))
    valid = native is not None and not any(each.severity is Severity.CRITICAL for each in findings)
    place = Place(root.source, root.shown + PHASED_MARK, "")
    summary = sum_up(native or {}, place, _digest(read, refused), ordered(findings), valid=valid)
    if native is not None:
        return summary
    return summary._replace(id=_name(root), name=_name(root))


def _digest(read: Read, refused: tuple[tuple[str, Finding], ...]) -> str:
    """Give what stands for the contents; a folder with refused files is looked at anew each run."""
    return "" if refused or read.findings else read.digest


def load_folder(read: Read, root: Place) -> tuple[JsonObject, Dynamic | None] | None:
    """Give the document of a folder that was found valid before, and what makes its dynamic phases."""
    imported = _imported(read, _name(root))
    return None if imported.document is None else (imported.document, _dynamic(imported))


def _imported(read: Read, name: str) -> "Imported":
    from engine.formats.phased import read_folder  # noqa: PLC0415 - a dozen modules, for folders that are read

    return read_folder(name, read.contents)


def _dynamic(imported: "Imported") -> Dynamic | None:
    from engine.formats.phased_plan import TASKS_FILE  # noqa: PLC0415 - as above

    recipe = imported.recipe
    if recipe is None:
        return None
    return Dynamic(recipe.option, TASKS_FILE, lambda text: _rendered(recipe, text))


def _rendered(recipe: "Recipe", text: str) -> Rendered:
    """Make the whole document of a session and check it as any other."""
    from engine.formats.phased_dynamic import make_phases  # noqa: PLC0415 - as above

    made = make_phases(recipe, text)
    return Rendered(made.document, ordered((*made.findings, *review(made.document).findings)))


def _name(root: Place) -> str:
    return PurePosixPath(root.path).name
