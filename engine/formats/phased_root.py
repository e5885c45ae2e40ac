"""The root of a phased workflow's native document: ids, names and limits; everything else into `extra`.

Above: phased. Below: phased_metadata. Pure.
"""

import re
from typing import Final

from engine.formats.phased_metadata import METADATA, Metadata, first_of, text_of, texts_of
from engine.formats.phased_report import Report, quoted
from engine.formats.phased_tasks import short
from schema.values import Json, JsonObject

NATIVE_SCHEMA: Final = "1.1.0"
"""The version of workflow.schema.json the importer writes for."""
NO_VERSION: Final = "0.0.1"
"""What a document without a version counts as."""
MAX_DESCRIPTION: Final = 512
"""Characters of a description; this and the next are the schema's limits."""
MAX_NAME: Final = 128
MAX_AUTHOR: Final = 256
MAX_WORD: Final = 64
MAX_ALIASES: Final = 100
_ID: Final = re.compile(r"(?=.{3,64}$)[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?::[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)?")
_FOREIGN: Final = re.compile(r"[^a-z0-9_-]+")
_VERSION: Final = re.compile(r"[vV]?([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9})((?:[-+][0-9A-Za-z.+-]{1,200})?))?")
_TEXTS: Final = (("author", "author", MAX_AUTHOR), ("license", "license", MAX_AUTHOR),
                 ("category", "category", MAX_WORD), ("estimated_duration", "estimatedDuration", MAX_NAME))  # fmt: skip
_KEEP_READABLE: Final = "shorten it; the whole stays in extra"


def root_of(metadata: Metadata, folder: str, report: Report) -> JsonObject:
    """Give the native root without its phases; `folder` is the name of the workflow's folder."""
    return _Root(metadata.value, folder, report).document()


class _Root:
    """One root on its way; `_left` is what has no native key and goes to `extra`."""

    def __init__(self, value: JsonObject, folder: str, report: Report) -> None:
        self._value = value
        self._folder = folder
        self._report = report
        self._left: JsonObject = {key: each for key, each in value.items() if key != "phases"}
        if isinstance(value.get("phases"), int):
            self._left["phases"] = value["phases"]

    def document(self) -> JsonObject:
        """Give the root's keys in the order people read them."""
        identity = self._identity()
        name = self._needed("name", identity, MAX_NAME)
        root: JsonObject = {"schemaVersion": NATIVE_SCHEMA, "id": identity}
        aliases = self._aliases(identity)
        if aliases:
            root["aliases"] = aliases
        root |= {"name": name, "description": self._needed("description", name, MAX_DESCRIPTION)}
        root["version"] = self._version()
        for theirs, ours, most in _TEXTS:
            if (text := self._text(theirs, most)) is not None:
                root[ours] = text
        tags = self._tags()
        if tags:
            root["tags"] = tags
        if self._left:
            root["extra"] = self._left
        return root

    def _identity(self) -> str:
        """Give workflow_type, or the folder's name where there is none; foreign spellings become ids."""
        wanted = text_of(self._value.get("workflow_type"))
        self._left.pop("workflow_type", None)
        if not wanted:
            wanted = self._folder
            message = f"workflow_type is missing; the folder's name {quoted(wanted)} stands in"
            self._report.minor(METADATA, "missing-id", message, "add workflow_type")
        if _ID.fullmatch(wanted):
            return wanted
        identity = _FOREIGN.sub("-", wanted.lower()).strip("-")[:MAX_WORD]
        message = f"workflow_type {quoted(wanted)} is no id; it becomes {quoted(identity)}"
        self._report.minor(METADATA, "foreign-id", message, "use 3 to 64 letters, digits, _ and -")
        self._left["workflow_type"] = wanted
        return identity

    def _aliases(self, identity: str) -> list[Json]:
        """Give the declared aliases, and the folder's name where callers may know the workflow by it."""
        declared = texts_of(self._left.pop("aliases", None))
        bad = [each for each in declared if not _ID.fullmatch(each)]
        if bad:
            message = f"the alias {quoted(bad[0])} is no id and is left out"
            self._report.major(METADATA, "foreign-id", message, "use 3 to 64 letters, digits, _ and -")
            self._left["aliases"] = [*declared]
        names = dict.fromkeys(each for each in (*declared, self._folder) if _ID.fullmatch(each) and each != identity)
        return [*list(names)[:MAX_ALIASES]]

    def _needed(self, key: str, otherwise: str, most: int) -> str:
        """Give a text every document has; where it is missing another stands in."""
        text = self._text(key, most)
        if text is not None:
            return text
        self._report.minor(METADATA, f"missing-{key}", f"{key} is missing; {quoted(otherwise)} stands in", f"add {key}")
        return otherwise

    def _text(self, key: str, most: int) -> str | None:
        """Take a text out of what is left; a longer one is cut and stays in `extra` whole, another kind stays there."""
        text = text_of(self._value.get(key))
        if not text:
            return None
        if len(text) > most:
            message = f"{key} has {len(text)} characters; {most} are shown"
            self._report.minor(METADATA, "shortened", message, _KEEP_READABLE)
        else:
            self._left.pop(key, None)
        return short(text, most)

    def _version(self) -> str:
        text = text_of(self._value.get("version"))
        found = _VERSION.fullmatch(text)
        self._left.pop("version", None)
        if not text:
            self._report.minor(METADATA, "missing-version", f"version is missing; {NO_VERSION} is assumed", "add it")
            return NO_VERSION
        if found is None:
            message = f"version {quoted(text)} is no version; {NO_VERSION} is assumed"
            self._report.major(METADATA, "foreign-version", message, "write it as 1.2.3")
            self._left["version"] = text
            return NO_VERSION
        major, minor, patch, rest = found.groups()
        version = f"{int(major)}.{int(minor or 0)}.{int(patch or 0)}{rest or ''}"
        if version != text:
            message = f"version {quoted(text)} is read as {version}"
            self._report.minor(METADATA, "foreign-version", message, "write it as 1.2.3")
            self._left["version"] = text
        return version

    def _tags(self) -> list[Json]:
        given = self._value.get("tags")
        tags = [each for each in dict.fromkeys(texts_of(given)) if len(each) <= MAX_WORD][:MAX_ALIASES]
        if isinstance(given, list) and tags == given:
            self._left.pop("tags")
        elif given is not None:
            self._report.minor(METADATA, "foreign-tags", "tags are no list of short texts", _KEEP_READABLE)
        return [*tags]


def check_total(metadata: Metadata, found: int, report: Report) -> None:
    """Note where the number of phases the file speaks of is not the number there is."""
    for key in ("total_phases", "phases"):
        said = metadata.value.get(key)
        if isinstance(said, int) and not isinstance(said, bool) and said != found:
            there = f"there {'is' if found == 1 else 'are'} {found}"
            report.minor(METADATA, "phase-count", f"{key} is {said}, but {there}", f"write {found}")


def check_start(metadata: Metadata, first: int, report: Report) -> None:
    """Note a start_phase that is not the first phase: a session begins with the first."""
    said = first_of(metadata.value, "start_phase")
    if said is not None and text_of(said) != str(first):
        message = f"start_phase is {quoted(text_of(said))}, but the first phase is {first}; sessions begin there"
        report.minor(METADATA, "start-phase", message, f"write {first}")
