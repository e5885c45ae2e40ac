"""The native format: our own documents, and those the original server's schemas 0.0.1, 0.1.0 and 0.2.0 accepted.

Above: engine.review. Below: structure_rules, schema.finding. Pure: gives a new document where something has to change,
never touches the one it was given, and reports each change as a finding.
"""

import math
import re
from collections import Counter
from typing import NamedTuple, TypeAlias

from engine.structure_rules import is_strict
from engine.version import SERVER_VERSION
from schema.finding import Finding, Severity
from schema.values import Json, JsonObject, pointer

SCHEMA_VERSION = "1.2.0"  # the workflow.schema.json of this release
STRICT_VERSION = "1.0.0"  # the first with strict checks; nothing an older document can hold needs a later one
DEFAULT_VERSION = "0.0.1"  # what the original assumed where a document has no version
MAX_ID = 64  # characters of a step id
MAX_DEPTH = 64  # nested loops looked at; schema.source refuses deeper documents before they come here

Path: TypeAlias = tuple[str | int, ...]
_VERSION = re.compile(r"(\d{1,256})\.(\d{1,256})\.(\d{1,256})(?:[-+].*)?", re.ASCII | re.DOTALL)
_WHOLE_IN_LOOP = ("maxIterations", "count")
_WHOLE_IN_RULE = ("min", "max")
_BRANCHES = ("and", "or", "not")


class Normalised(NamedTuple):
    """The document as the schema and everything behind it sees it, and what was done to it."""

    document: JsonObject
    findings: tuple[Finding, ...]


def normalise(document: JsonObject) -> Normalised:
    """Bring a native document into today's form; strict ones (schemaVersion 1.0.0 on, phases) are left as they are.

    >>> normalise({"id": "a-b", "steps": []}).document["version"]
    '0.0.1'
    >>> normalise({"schemaVersion": "9.0.0"}).findings[0].rule
    'newer-schema-version'
    """
    findings = [
        *_newer(document, "schemaVersion", SCHEMA_VERSION),
        *_newer(document, "minServerVersion", SERVER_VERSION),
    ]
    is_unreadable = "schemaVersion" in document and _triple(document["schemaVersion"]) is None
    if is_unreadable or is_strict(document):
        return Normalised(document, tuple(findings))
    mend = _Mend(findings)
    result = mend.root(document)
    return Normalised(result, tuple(mend.findings))


def _newer(document: JsonObject, key: str, ours: str) -> tuple[Finding, ...]:
    """Report a version the document asks for that is later than ours."""
    if key not in document or document[key] == ours:
        return ()
    asked, have = _triple(document[key]), _triple(ours)
    if asked is None or have is None or asked <= have:
        return ()
    rule = "newer-schema-version" if key == "schemaVersion" else "newer-server-version"
    message = f"{key} {document[key]} is newer than {ours}, the newest this server knows"
    return (Finding(Severity.CRITICAL, rule, message, pointer([key]), suggestion="upgrade workflowlookup"),)


def _triple(version: Json) -> tuple[int, int, int] | None:
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def _has_parts(step: Json) -> bool:
    """Tell whether a step has anything in it that may need mending; most have not."""
    return isinstance(step, dict) and ("loop" in step or "body" in step or "validationCriteria" in step)


class _Mend:
    """One pass over an older document; `findings` grows as things are changed."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        self._ids: Counter[str] = Counter()

    def root(self, document: JsonObject) -> JsonObject:
        """Give the document with its version, whole numbers and unique ids of body steps."""
        result = document
        if "version" not in document:
            result = {**result, "version": DEFAULT_VERSION}
            self._note("missing-version", f"version is missing; {DEFAULT_VERSION} is assumed", (), "add a version")
        steps = document.get("steps")
        if isinstance(steps, list) and any(_has_parts(step) for step in steps):
            self._count(steps, 0)
            mended = self._steps(steps, ("steps",), None)
            result = result if mended is steps else {**result, "steps": mended}
        return result

    def _count(self, steps: list[Json], depth: int) -> None:
        """Count every step id of the document as it stands."""
        for step in steps:
            if isinstance(step, dict):
                if isinstance(step.get("id"), str):
                    self._ids[str(step["id"])] += 1
                body = step.get("body")
                if isinstance(body, list) and depth < MAX_DEPTH:
                    self._count(body, depth + 1)

    def _steps(self, steps: list[Json], where: Path, loop_id: str | None) -> list[Json]:
        """Give the same list where nothing had to change; `loop_id` is the loop whose body this is."""
        mended = [self._step(step, (*where, index), loop_id) for index, step in enumerate(steps)]
        return steps if all(new is old for new, old in zip(mended, steps, strict=True)) else mended

    def _step(self, step: Json, where: Path, loop_id: str | None) -> Json:
        if not isinstance(step, dict) or (loop_id is None and not _has_parts(step)):
            return step
        changes: JsonObject = {}
        identity = step.get("id")
        if loop_id is not None and isinstance(identity, str) and self._ids[identity] > 1:
            changes["id"] = self._free_id(f"{loop_id}-{identity}")
            message = f"the id {identity!r} stands more than once; here it becomes {changes['id']!r}"
            self._note("repeated-id", message, (*where, "id"), "give each step an id of its own")
        loop = step.get("loop")
        if isinstance(loop, dict):
            changes["loop"] = self._whole(loop, _WHOLE_IN_LOOP, (*where, "loop"))
        if "validationCriteria" in step:
            changes["validationCriteria"] = self._criteria(step["validationCriteria"], (*where, "validationCriteria"))
        body = step.get("body")
        if isinstance(body, list) and len(where) < 2 * MAX_DEPTH:
            own = identity if isinstance(identity, str) else "loop"
            changes["body"] = self._steps(body, (*where, "body"), own)
        changed = any(value is not step[key] for key, value in changes.items())
        return {**step, **changes} if changed else step

    def _criteria(self, criteria: Json, where: Path) -> Json:
        """Round the lengths in a list of rules or a composition of such lists."""
        if isinstance(criteria, list):
            rules = [self._criteria(rule, (*where, index)) for index, rule in enumerate(criteria)]
            return criteria if all(new is old for new, old in zip(rules, criteria, strict=True)) else rules
        if not isinstance(criteria, dict) or len(where) > 2 * MAX_DEPTH:
            return criteria
        result = self._whole(criteria, _WHOLE_IN_RULE, where)
        for key in _BRANCHES:
            if key in result:
                branch = self._criteria(result[key], (*where, key))
                result = result if branch is result[key] else {**result, key: branch}
        return result

    def _whole(self, holder: JsonObject, keys: tuple[str, ...], where: Path) -> JsonObject:
        """Round the fractions under these keys down."""
        changes: JsonObject = {}
        for key in keys:
            value = holder.get(key)
            if isinstance(value, float) and math.isfinite(value):
                changes[key] = math.floor(value)
                if changes[key] != value:
                    message = f"{key} is {value}; it is rounded down to {changes[key]}"
                    self._note("fraction", message, (*where, key), "write a whole number")
        return {**holder, **changes} if changes else holder

    def _free_id(self, wanted: str) -> str:
        """Give `wanted`, cut to length, with a number behind it if that id is taken."""
        candidate, number = wanted[:MAX_ID], 1
        while self._ids[candidate]:
            number += 1
            candidate = f"{wanted[: MAX_ID - 1 - len(str(number))]}-{number}"
        self._ids[candidate] += 1
        return candidate

    def _note(self, rule: str, message: str, where: Path, suggestion: str) -> None:
        self.findings.append(Finding(Severity.MINOR, rule, message, pointer(where), suggestion=suggestion))
