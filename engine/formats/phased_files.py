"""The files of one phased folder by their paths in it; a name that leads out of the folder finds nothing.

Above: the readers of phased folders. Below: nothing. Pure: the contents were read by engine.library_phased.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Final

from engine.formats.markdown import Line, label, lines, links
from engine.formats.phased_report import Report, quoted

PHASES: Final = "phases"
DYNAMIC: Final = "phases/dynamic"
GATE_FILES: Final = ("gate-definition.yaml", "gate-definition.yml")
_ELSEWHERE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|#|<|\[")
_NEXT: Final = "NEXT-MANDATORY"
_ADVICE: Final = "name a file of this folder, relative to the page"


class Files:
    """What the folder holds; `contents` is None for files that are known but not read."""

    def __init__(self, contents: Mapping[str, bytes | None], report: Report) -> None:
        """Take the contents by path ("phases/1/phase.md"), and where findings go."""
        self.contents = contents
        self.used: set[str] = set()
        self._folders = {folder for path in contents for folder in _folders_of(path)}
        self._report = report

    def text(self, path: str) -> str | None:
        """Give a page as text and count it as used; None where there is none or it is not UTF-8 (a finding)."""
        content = self.contents.get(path)
        if content is None:
            return None
        self.used.add(path)
        try:
            return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\x00", "")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            self._report.critical(path, "encoding", "the page is not UTF-8", "save it as UTF-8", line)
            return None

    def named(self, folder: str, name: str, said_in: str) -> str | None:
        """Find the file a page or metadata names: in `folder`, else from the top, else in phases/; None where nowhere.

        A name that leads out of the folder is a critical finding.
        """
        plain = name.partition("#")[0].strip()
        candidates = [posixpath.normpath(posixpath.join(each, plain)) for each in (folder, "", PHASES)]
        if plain.startswith("/") or all(each == ".." or each.startswith("../") for each in candidates):
            message = f"{quoted(name)} leads out of the folder"
            self._report.critical(said_in, "path-escape", message, _ADVICE)
            return None
        return next((each for each in candidates if each in self.contents), None)

    def folders(self, parent: str) -> tuple[str, ...]:
        """Name the folders directly below one, sorted."""
        start = len(parent) + 1
        below = {path[start:].partition("/") for path in self.contents if path.startswith(parent + "/")}
        return tuple(sorted({name for name, slash, _ in below if slash}))

    def names(self, parent: str) -> tuple[str, ...]:
        """Name the files directly in a folder, sorted."""
        return tuple(sorted(path.rpartition("/")[2] for path in self.contents if path.rpartition("/")[0] == parent))

    def gate_file(self, folder: str) -> str | None:
        """Give the path of a folder's gate definition and count it as used."""
        path = next((f"{folder}/{name}" for name in GATE_FILES if f"{folder}/{name}" in self.contents), None)
        if path is not None:
            self.used.add(path)
        return path

    def check_links(self, path: str, text: str) -> None:
        """Note the NEXT-MANDATORY links of a page that point nowhere; links to other sites are not looked at."""
        if _NEXT not in text:
            return
        for line, target in _next_links(text):
            plain = posixpath.normpath(posixpath.join(posixpath.dirname(path), target.partition("#")[0]))
            known = (plain, posixpath.normpath(target.partition("#")[0]))
            if not any(each in self.contents or self._is_folder(each) for each in known):
                message = f"the {_NEXT} link {quoted(target)} points nowhere"
                self._report.minor(path, "broken-link", message, _ADVICE, line.number)

    def _is_folder(self, path: str) -> bool:
        return path in self._folders


def _folders_of(path: str) -> Iterator[str]:
    """Give every folder on the way to a file, without the top."""
    while folder := posixpath.dirname(path):
        yield folder
        path = folder


def _next_links(text: str) -> Iterator[tuple[Line, str]]:
    """Give the links on NEXT-MANDATORY lines, or on the next line with words where such a line has none itself."""
    waiting = False
    for line in lines(text):
        if line.is_code or not (waiting or _NEXT in line.text) or not line.text.strip():
            continue
        targets = links(line.text.partition(_NEXT)[2] if _NEXT in line.text else line.text)
        waiting = _NEXT in line.text and not targets and _says_nothing(line)
        for target in targets:
            if not _ELSEWHERE.match(target):
                yield line, target


def _says_nothing(line: Line) -> bool:
    """Tell whether a marker stands alone on its line."""
    bold = label(line)
    rest = bold.rest if bold is not None else line.text.partition(_NEXT)[2]
    return not rest.strip(" \t:*")
