"""Automation YAML -> one native document, findings, and where each part of it came from.

Above: engine.review, engine.library_read. Below: the readers of its parts. Pure. What cannot be honoured is a critical
finding; what has no native key is kept in `extra`.
"""

import re
from typing import Final, NamedTuple

from engine.formats.automation_ids import Ids
from engine.formats.automation_inputs import inputs_of
from engine.formats.automation_item import Run
from engine.formats.automation_notes import Notes, Origins, quoted
from engine.formats.automation_parts import Part
from engine.formats.automation_state import computed_of, initial_of
from engine.formats.automation_steps import Steps
from engine.formats.automation_tasks import PLACES, Tasks, names_of
from engine.formats.automation_texts import Texts
from engine.formats.native import SCHEMA_VERSION
from schema.finding import Finding
from schema.values import JsonObject

MAX_NAME: Final = 128
"""Characters of a name; this and the next are the schema's limits."""
MAX_DESCRIPTION: Final = 512
NO_VERSION: Final = "0.0.1"
"""What a document without a version counts as."""
_ID: Final = re.compile(r"(?=.{3,64}$)[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?::[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)?")
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9_:-]+")
_VERSION: Final = re.compile(r"[vV]?([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9})((?:[-+][0-9A-Za-z.+-]{1,200})?))?")
_NATIVE_KEYS: Final = ("category", "tags", "author", "license")


class Imported(NamedTuple):
    """The native document, every finding with its pointer into the YAML, and where native pointers come from."""

    document: JsonObject
    findings: tuple[Finding, ...]
    origins: Origins


def read_automation(value: JsonObject, stem: str = "") -> Imported:
    """Read one document; `stem` is the name of its file without the ending, "" where there is none.

    >>> imported = read_automation({"name": "say:hello", "description": "Greets.", "version": "1.0.0",
    ...     "steps": [{"type": "user_message", "message": "Hello {{ inputs.name }}"}], "inputs": {"name": "string"}})
    >>> imported.document["id"], imported.document["steps"][0]["id"], imported.findings
    ('say:hello', 'user_message-1', ())
    """
    return _Document(value, stem).read()


class _Document:
    """One document on its way."""

    def __init__(self, value: JsonObject, stem: str) -> None:
        self._notes = Notes()
        self._part = Part(value, "", self._notes)
        self._stem = stem
        self._extra: JsonObject = {}
        self._keys: dict[str, str] = {}

    def read(self) -> Imported:
        """Give everything."""
        root = self._head()
        part, left, origins = self._part, self._left(), self._notes.origins
        ids = Ids(part.value, self._notes)
        initial = initial_of(part)
        inputs = inputs_of(part.part("inputs"), initial.inputs, initial.input_types)
        texts = Texts(names_of(inputs, initial, {}, ids), self._notes)
        run = Run(False, self._tasks(), [], self._notes)  # noqa: FBT003 - is_task
        found: JsonObject = {"inputs": inputs, "state": initial.state, "computed": computed_of(initial.computed, texts)}
        found["config"] = self._config()
        steps = Steps(run, ids, left["steps"]).read(part.parts("steps"), texts)
        found["tasks"] = Tasks(run, ids, left["tasks"]).read()
        root |= {key: each for key, each in found.items() if each}
        root["steps"] = [*steps]
        if not steps and not self._notes.is_blocked:
            self._notes.critical("", "missing-key", "there are no steps", "add 'steps'")
        if initial.types:
            self._extra["state_schema"] = {"state": initial.types}
        if ids.aliases:
            self._extra["stepAliases"] = {**ids.aliases}
        self._extra |= part.leave("automation YAML")
        self._extra |= {f"unused_{key}": each for key, each in left.items() if each}
        if self._extra:
            root["extra"] = self._extra
        origins.tell(root, "", self._keys)
        origins.settle(root)
        return Imported(root, tuple(self._notes.findings), origins)

    def _left(self) -> dict[str, JsonObject]:
        return {"steps": {}, "tasks": {}}

    def _head(self) -> JsonObject:
        """Give what identifies and describes the document."""
        part = self._part
        identity = self._identity()
        self._keys |= {"/id": "/name", "/aliases": "/name", "/tasks": "/sub_agent_tasks", **PLACES}
        root: JsonObject = {"schemaVersion": SCHEMA_VERSION, "id": identity}
        if self._stem != identity and _ID.fullmatch(self._stem):
            root["aliases"] = [self._stem]
        name = part.text("name") or identity
        root["name"] = name[:MAX_NAME]
        root["description"] = self._description(name)
        root["version"] = self._version()
        for key in _NATIVE_KEYS:
            value = part.take(key)
            if value is not None:
                root[key] = value
        return root

    def _identity(self) -> str:
        """Give the id: the document's name, brought into the form of ids where it has another."""
        name = self._part.text("name")
        if not name:
            message = f"'name' is missing; the name of the file, {quoted(self._stem)}, stands in"
            if not _ID.fullmatch(self._stem):
                self._notes.critical("", "missing-key", "'name' is missing", "add name: namespace:name")
                return self._stem
            self._notes.minor("", "missing-name", message, "add name: namespace:name")
            return self._stem
        if _ID.fullmatch(name):
            return name
        identity = _FOREIGN.sub("-", name).strip("-:")[:64]
        if not _ID.fullmatch(identity):
            message = f"the name {quoted(name)} can be no id"
            self._notes.critical("/name", "foreign-id", message, "write namespace:name, 3 to 64 characters")
            return identity
        message = f"the name {quoted(name)} is no id; it becomes {quoted(identity)}"
        self._notes.minor("/name", "foreign-id", message, "use letters, digits, _ and -, and one colon")
        return identity

    def _description(self, name: str) -> str:
        text = self._part.text("description").strip()
        if not text:
            self._notes.minor("", "missing-description", "'description' is missing; the name stands in", "add it")
            return name[:MAX_DESCRIPTION]
        if len(text) <= MAX_DESCRIPTION:
            return text
        message = f"the description has {len(text)} characters; {MAX_DESCRIPTION} are shown"
        self._notes.minor("/description", "shortened", message, "shorten it; the whole stays in extra")
        self._extra["description"] = text
        return text[: MAX_DESCRIPTION - 3].rstrip() + "..."

    def _version(self) -> str:
        text = self._part.text("version")
        found = _VERSION.fullmatch(text)
        if not text:
            message = f"'version' is missing; {NO_VERSION} is assumed"
            self._notes.minor("", "missing-version", message, "add it")
            return NO_VERSION
        if found is None:
            message = f"version {quoted(text)} is no version; {NO_VERSION} is assumed"
            self._notes.major("/version", "foreign-version", message, "write it as 1.2.3")
            self._extra["version"] = text
            return NO_VERSION
        major, minor, patch, rest = found.groups()
        version = f"{int(major)}.{int(minor or 0)}.{int(patch or 0)}{rest or ''}"
        if version != text:
            message = f"version {quoted(text)} is read as {version}"
            self._notes.minor("/version", "foreign-version", message, "write it as 1.2.3")
        return version

    def _config(self) -> JsonObject:
        """Give the limits of the whole workflow; what else stands there has no effect and is kept."""
        config = self._part.part("config")
        if config is None:
            return {}
        native: JsonObject = {}
        timeout, retries = config.number("timeout_seconds", "timeout"), config.whole("max_retries")
        if timeout:
            native["timeout"] = timeout
        if retries is not None:
            native["maxRetries"] = retries
        left = config.leave("config")
        if left:
            self._extra["config"] = left
        return native

    def _tasks(self) -> dict[str, Part]:
        tasks = self._part.part("sub_agent_tasks")
        if tasks is None:
            return {}
        found = {name: tasks.part(name) for name in tasks.value}
        return {name: task for name, task in found.items() if task is not None}
