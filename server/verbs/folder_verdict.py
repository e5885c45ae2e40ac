"""A phased workflow folder -> one report for each of its files that has findings.

Above: verbs.validate. Below: engine.library_phased (which reads and checks it as the library does).
"""

import os
from pathlib import Path

from engine.library_phased import check_folder, list_names, read_contents
from engine.library_read import Place
from schema.finding import Finding
from server.reports.model import FileReport, Note
from server.verbs.inputs import METADATA
from server.verbs.verdicts import bounded


def folder_reports(metadata: Path) -> list[FileReport]:
    """Check the folder of this metadata.json; its own report comes first and counts as the document.

    What is found in the document as a whole stands in that report, with its pointer.
    """
    folder = metadata.parent
    root = Place("", "", os.path.abspath(folder))  # noqa: PTH100 - as engine.library: links are not followed
    names = list_names(root.path)
    sizes = {name: _size(folder / name) for name in names.files}
    read = read_contents(root, names.files, sizes)
    _, findings = check_folder(read, names.refused, Path(root.path).name)
    by_file: dict[str, list[Note]] = {METADATA: []}
    for finding in findings:
        file, plain = _parted(finding, read.contents)
        by_file.setdefault(file, []).append(Note(0, plain))
    return [
        FileReport(str(folder / file), _text(read.contents.get(file)), int(file == METADATA), bounded(notes))
        for file, notes in by_file.items()
    ]


def _parted(finding: Finding, contents: dict[str, bytes | None]) -> tuple[str, Finding]:
    """Part a message from the file it begins with."""
    file, colon, message = finding.message.partition(": ")
    if colon and file in contents:
        return file, finding._replace(message=message)
    return METADATA, finding


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8-sig", "replace")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
