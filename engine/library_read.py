"""One file into one record: read within bounds, parsed, recognised by shape, reviewed, summed up.

Above: engine.library and engine.library_shelf. Below: schema.source (text -> documents), engine.review (the checks).
A file that cannot be read is a finding; nothing here raises for bad input.
"""

import os
from hashlib import blake2b
from typing import NamedTuple

from engine.formats.native import normalise
from engine.library_model import AUTOMATION_YAML, NO_WORKFLOW, WORKFLOW, Passed, Summary, Verdict, Wanted
from engine.review import Review, review, review_automation
from schema import source
from schema.finding import Finding, Severity
from schema.values import Json, JsonObject

MAX_PROBLEMS = 100  # findings kept per document; nobody mends more in one go
MAX_LABEL = 128  # characters of an id, name, category, tag or version of an invalid document that are shown
MAX_DESCRIPTION = 512  # the same for its description
MAX_ALIASES = 100  # other ids of one document; the schema's limit
MAX_INPUTS = 100  # declared inputs that a list of prompts names as arguments
MAX_TAGS = 32  # tags of an invalid document that are shown
DIGEST_BYTES = 20  # 160 bits: no two documents collide by chance or by design
DEFAULT_CATEGORY = "default"
OLDEST_VERSION = "0.0.1"  # what a document without a version counts as
AUTOMATION_KEYS = ("default_state", "state_schema", "sub_agent_tasks")

_RANK = {Severity.CRITICAL: 0, Severity.MAJOR: 1, Severity.MINOR: 2}


class Place(NamedTuple):
    """Where a file is: the name of its source, its path there, and the path to open."""

    source: str
    shown: str
    path: str


def read_bytes(place: Place, size: int) -> bytes | Finding:
    """Read a regular file of at most schema.source.DOCUMENT_LIMIT bytes; a finding says why it was not read.

    `size` is what its stat says; beyond the limit the file is not opened. No link is followed and nothing is waited
    for, so that a pipe put in the file's place cannot hang us.
    """
    if size > source.DOCUMENT_LIMIT:
        return _too_large(size)
    try:
        descriptor = os.open(place.path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            content = os.read(descriptor, size + 1)
            while len(content) != size and len(content) <= source.DOCUMENT_LIMIT:  # it has grown or shrunk since
                more = os.read(descriptor, source.DOCUMENT_LIMIT)
                if not more:
                    break
                content += more
        finally:
            os.close(descriptor)
    except OSError as error:
        return _finding("unreadable-file", f"the file cannot be read: {error.strerror}", "check its permissions")
    return content if len(content) <= source.DOCUMENT_LIMIT else _too_large(len(content))


def digest_of(content: bytes) -> str:
    """Give the hex digest that stands for these bytes."""
    return blake2b(content, digest_size=DIGEST_BYTES).hexdigest()


def judge(content: bytes, digest: str, place: Place) -> Verdict:
    """Say what the file is, and check it if it is a workflow."""
    syntax = source.syntax_of(place.shown) or source.Syntax.JSON
    parsed = source.read(content, syntax, source.DOCUMENT_LIMIT)
    if parsed.findings:
        return sum_up({}, place, digest, ordered(parsed.findings))
    if len(parsed.documents) > 1:
        return refused(place, _finding("several-documents", _SEVERAL, "give each workflow its own file"), digest)
    kind = kind_of(parsed.documents[0].value, syntax) if parsed.documents else NO_WORKFLOW
    if kind == NO_WORKFLOW:
        return Passed(kind, digest)
    checked = check(parsed.documents[0], kind, stem_of(place.shown))
    return sum_up(checked.native or {}, place, digest, ordered(checked.findings), valid=checked.is_valid)


def check(document: source.SourceDocument, kind: str, stem: str) -> Review:
    """Check a document of a kind that kind_of gave; `stem`: the name of its file without the ending."""
    return review_automation(document, stem) if kind == AUTOMATION_YAML else review(document)


def reread(content: bytes, place: Place) -> JsonObject | None:
    """Give the native document of a file whose bytes were found valid before, without judging them again."""
    syntax = source.syntax_of(place.shown) or source.Syntax.JSON
    parsed = source.read(content, syntax, source.DOCUMENT_LIMIT)
    value = parsed.documents[0].value if parsed.documents else None
    if not isinstance(value, dict):
        return None
    if kind_of(value, syntax) != AUTOMATION_YAML:
        return normalise(value).document
    from engine.formats.automation import read_automation  # noqa: PLC0415 - a dozen modules, for files that need them

    return read_automation(value, stem_of(place.shown)).document


def stem_of(path: str) -> str:
    """Give the name of a file without its folders and its ending.

    >>> stem_of("workflows/team:deploy.yaml")
    'team:deploy'
    """
    return path.rpartition("/")[2].rpartition(".")[0]


def kind_of(value: Json, syntax: source.Syntax) -> str:
    """Tell by its shape what a document is.

    >>> kind_of({"id": "a", "steps": []}, source.Syntax.JSON), kind_of({"scripts": {}}, source.Syntax.JSON)
    ('workflow', 'no-workflow')
    >>> kind_of({"name": "team:deploy", "steps": []}, source.Syntax.YAML)
    'automation-yaml'
    """
    if not isinstance(value, dict):
        return NO_WORKFLOW
    if syntax is source.Syntax.YAML and "id" not in value:
        name = value.get("name")
        if any(key in value for key in AUTOMATION_KEYS) or (isinstance(name, str) and _is_namespaced(name)):
            return AUTOMATION_YAML
    return WORKFLOW if "steps" in value or "phases" in value else NO_WORKFLOW


def refused(place: Place, finding: Finding, digest: str = "") -> Summary:
    """Sum up a file that could not be understood or must not be opened."""
    return sum_up({}, place, digest, (finding,))


_SEVERAL = "the file holds more than one document"


def sum_up(
    document: JsonObject, place: Place, digest: str, problems: tuple[Finding, ...], *, valid: bool = False
) -> Summary:
    """Sum up a document of any shape."""
    stem = stem_of(place.shown)
    identity = _text(document, "id", "", MAX_LABEL)
    return Summary(
        id=identity or stem,
        name=_text(document, "name", identity or stem, MAX_LABEL),
        description=_text(document, "description", "", MAX_DESCRIPTION),
        category=_text(document, "category", DEFAULT_CATEGORY, MAX_LABEL),
        version=_version(document),
        tags=_texts(document, "tags", MAX_TAGS),
        source=place.source,
        valid=valid,
        problems=problems,
        path=place.shown,
        hash=digest,
        guessed=not identity,
        phases=_phases(document),
        estimated_duration=_text(document, "estimatedDuration", "", MAX_LABEL),
        aliases=_texts(document, "aliases", MAX_ALIASES),
        inputs=_inputs(document) if valid else (),
    )


def _inputs(document: JsonObject) -> tuple[Wanted, ...]:
    declared = document.get("inputs")
    each = declared.items() if isinstance(declared, dict) else ()
    return tuple(_wanted(name, about) for name, about in each if isinstance(about, dict))[:MAX_INPUTS]


def _wanted(name: str, about: JsonObject) -> Wanted:
    is_required = about.get("required") is not False and "default" not in about
    return Wanted(name, _text(about, "description", "", MAX_DESCRIPTION), is_required)


def _phases(document: JsonObject) -> int:
    """Count the phases, or the top-level steps; a step that is a loop's body is none of its own."""
    phases, steps = document.get("phases"), document.get("steps")
    if isinstance(phases, list):
        return len(phases)
    members = [each for each in steps if isinstance(each, dict)] if isinstance(steps, list) else []
    return len(members) - len({str(each["body"]) for each in members if isinstance(each.get("body"), str)})


def _texts(document: JsonObject, key: str, most: int) -> tuple[str, ...]:
    texts = document.get(key)
    return tuple(each[:MAX_LABEL] for each in texts if isinstance(each, str))[:most] if isinstance(texts, list) else ()


def _version(document: JsonObject) -> str:
    """Give the version as it stands, also where it was wrongly written as a number."""
    value = document.get("version")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)[:MAX_LABEL]
    return _text(document, "version", OLDEST_VERSION, MAX_LABEL)


def _text(document: JsonObject, key: str, otherwise: str, most: int) -> str:
    value = document.get(key)
    return value[:most] if isinstance(value, str) else otherwise


def ordered(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Put the most severe first, and keep a bounded number."""
    if not findings:
        return ()
    ordered = sorted(findings, key=lambda finding: _RANK[finding.severity])
    if len(ordered) > MAX_PROBLEMS:
        left_out = len(ordered) - MAX_PROBLEMS
        note = f"{left_out} more findings are not shown; workflow-lookup validate shows them all"
        ordered[MAX_PROBLEMS:] = [Finding(ordered[MAX_PROBLEMS].severity, "more-findings", note)]
    return tuple(ordered)


def _is_namespaced(name: str) -> bool:
    """Tell whether a name has the form namespace:name."""
    space, colon, rest = name.partition(":")
    return bool(colon and space and rest) and not any(letter.isspace() for letter in name)


def _too_large(size: int) -> Finding:
    return _finding(
        "too-large", f"the file has {size} bytes; at most {source.DOCUMENT_LIMIT} are read", "split the workflow"
    )


def _finding(rule: str, message: str, suggestion: str) -> Finding:
    return Finding(Severity.CRITICAL, rule, message, suggestion=suggestion)
