"""Updates of the automation language: their paths can be read and written, their operations fit what is there.

Above: structure_automation. Below: structure_frames, structure_rules, updates.
"""

from collections.abc import Mapping
from typing import Final

from engine.scopes import SCOPE_WORDS
from engine.structure_frames import Frame, writes
from engine.structure_references import SLIP
from engine.structure_rules import Report
from engine.structure_sites import Site
from engine.updates import Path, UpdateError, read_path
from schema.values import Json, JsonObject

_WRITABLE: Final = frozenset(("state", "this"))
_COUNTING: Final = frozenset(("increment", "decrement", "multiply"))
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(_COUNTING, (int, float)),
    "append": (list,),
    "merge": (dict,),
}
_WORDS: Final = {**dict.fromkeys(_COUNTING, "a number"), "append": "a list", "merge": "an object"}


def check_updates(sites: list[Site], frames: Mapping[str, Frame], report: Report) -> None:
    """Every path is one, below the state; every operation fits the declared value it changes, and its own value."""
    replaced = {(site.task, head) for site in sites for head in _replaced(site.step)}
    for site in sites:
        frame = frames[site.task]
        for write in writes(site.step):
            where = f"{site.pointer}/{write.pointer}"
            path = _path(write.path, where, frame, report)
            if path is None or write.change is None:
                continue
            _check_value(write.change, f"{where.removesuffix('/path')}/value", report)
            if (site.task, path[0]) not in replaced:
                _check_target(write.change, path, where, frame, report)


def _path(text: str, where: str, frame: Frame, report: Report) -> Path | None:
    """Read a path that may be written; None, with a finding, where it may not."""
    try:
        path = read_path(text)
    except UpdateError as error:
        report.add("bad-path", where, f"the path {text!r} cannot be used: {error.details}", "write state.name")
        return None
    head = text.split(".", 1)[0].split("[", 1)[0]
    name = path[0] if head in _WRITABLE else head
    if head in SCOPE_WORDS - _WRITABLE:
        report.add("read-only", where, f"{head} cannot be written; only the state can", "write to state.")
        return None
    if head != "state" and name in frame.computed and name not in frame.declared:
        report.add("read-only", where, f"{name!r} is a computed field and cannot be written", "write to state.")
        return None
    if head not in _WRITABLE and name in frame.inputs and name not in frame.declared:
        message = f"{name!r} is an input and cannot be written; here it would be another variable, of the state"
        report.add("read-only", where, message, f"write state.{name}, and read it as that")
        return None
    _check_declared(str(path[0]), where, frame, report)
    return path


def _check_declared(name: str, where: str, frame: Frame, report: Report) -> None:
    if frame.is_closed and name not in frame.declared and len(name) >= SLIP:
        near = report.near(name, frame.declared)
        if near is not None:
            report.add("undeclared-state", where, f"{name!r} is not among the declared state", near)


def _replaced(step: JsonObject) -> set[str]:
    """Name the variables a step may give a value of another type."""
    names = {name for key in ("produces", "requires") for name in _keys(step.get(key))}
    for write in writes(step):
        if write.change is None or write.change.get("operation", "set") not in _KINDS:
            try:
                names.add(str(read_path(write.path)[0]))
            except UpdateError:
                continue
    return names


def _keys(value: Json) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def _check_value(change: JsonObject, where: str, report: Report) -> None:
    """See that a literal value is of the kind its operation takes."""
    operation, value = str(change.get("operation", "set")), change.get("value")
    wanted = None if operation == "append" else _KINDS.get(operation)
    if wanted is None or "value" not in change or (isinstance(value, str) and "{{" in value):
        return
    if not isinstance(value, wanted) or isinstance(value, bool):
        report.add("update-type", where, f"{operation} takes {_WORDS[operation]}", "mend the value")


def _check_target(change: JsonObject, path: Path, where: str, frame: Frame, report: Report) -> None:
    """See that what is declared at a path that nothing replaces is of the kind the operation changes."""
    operation = str(change.get("operation", "set"))
    wanted = _KINDS.get(operation)
    if wanted is None or path[0] not in frame.declared:
        return
    value = _at(frame.declared, path)
    if value is not None and (not isinstance(value, wanted) or isinstance(value, bool)):
        message = f"{change['path']} begins as something else than {_WORDS[operation]}, which {operation} changes"
        report.add("update-type", where, message, "mend its value in state, or the operation")


def _at(state: JsonObject, path: Path) -> Json:
    value: Json = state
    for part in path:
        if isinstance(value, dict):
            value = value.get(str(part))
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value
