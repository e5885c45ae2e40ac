"""Steps of the automation language that hold no others but those of their onError, by their type.

Above: build_steps. Below: build_values, definition.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from engine.build_values import (
    COMMAND_TIMEOUT,
    SINGLE,
    Reading,
    changes,
    confirm,
    field,
    mapping,
    objects,
    outcome,
    text,
    values,
    whole,
    words,
)
from engine.definition import (
    CallStep,
    CommandStep,
    Condition,
    Constant,
    InputStep,
    Join,
    JumpKind,
    JumpStep,
    MessageStep,
    OnError,
    ParallelStep,
    Part,
    Script,
    SetStep,
    Step,
    Value,
    WaitStep,
    WorkflowStep,
)
from engine.scripts import read_script
from schema.values import Json, JsonObject

MAX_ATTEMPTS: Final = 3
"""Refused answers until an input step has failed, where its document says nothing."""
MAX_PARALLEL: Final = 10
"""Tasks handed out at a time where the document says nothing."""
LEASE: Final = 600.0
"""Seconds without a report after which a task goes back to the pool, where the document says nothing."""


class Common(NamedTuple):
    """What every step has."""

    id: str
    title: str
    run_condition: Condition | None
    on_error: OnError


def _message(document: JsonObject, common: Common, reading: Reading) -> MessageStep:
    return MessageStep(
        id=common.id,
        title=common.title,
        run_condition=common.run_condition,
        text=text(document["message"], reading),
        level=str(document.get("level", "info")),
        format=str(document.get("format", "text")),
        long=str(document.get("long", "full")),
    )


def _input(document: JsonObject, common: Common, reading: Reading) -> InputStep:
    asked = objects(document.get("fields"))
    fields = [field(each, str(each["name"]), str(each.get("prompt", ""))) for each in asked]
    return InputStep(
        id=common.id,
        title=common.title,
        run_condition=common.run_condition,
        confirm=confirm(document),
        text=text(document["prompt"], reading),
        fields=tuple(fields) or (field(document, SINGLE, ""),),
        is_single=not asked,
        max_attempts=whole(document.get("maxAttempts", MAX_ATTEMPTS)),
        outcome=outcome(document, common.on_error),
        skippable=document.get("skippable") is True,
    )


def _call(document: JsonObject, common: Common, _reading: Reading) -> CallStep:
    return CallStep(
        id=common.id,
        title=common.title,
        run_condition=common.run_condition,
        confirm=confirm(document),
        tool=str(document["tool"]),
        parameters=values(document.get("parameters", {})),
        outcome=outcome(document, common.on_error),
        irreversible=document.get("irreversible") is True,
        skippable=document.get("skippable") is True,
    )


def _command(document: JsonObject, common: Common, reading: Reading) -> CommandStep:
    return CommandStep(
        id=common.id,
        title=common.title,
        run_condition=common.run_condition,
        words=words(document.get("run", []), reading),
        line=str(document.get("shellLine", "")),
        cwd=text(document.get("cwd", ""), reading),
        env=tuple((name, text(value, reading)) for name, value in mapping(document.get("env")).items()),
        parse=str(document.get("parse", "text")),
        repeatable=document.get("repeatable") is True,
        outcome=outcome(document, common.on_error, COMMAND_TIMEOUT),
        irreversible=document.get("irreversible") is True,
    )


def _set(document: JsonObject, common: Common, _reading: Reading) -> SetStep:
    return SetStep(
        id=common.id,
        title=common.title,
        run_condition=common.run_condition,
        updates=changes(document),
        on_error=common.on_error,
    )


def _jump(document: JsonObject, common: Common, _reading: Reading) -> JumpStep:
    return JumpStep(common.id, common.title, common.run_condition, JumpKind(str(document["type"])))


def _parallel(document: JsonObject, common: Common, _reading: Reading) -> ParallelStep:
    branches = objects(document.get("branches"))
    collect, lease = document.get("collect"), document.get("lease")
    store = mapping(collect).get("store", "") if isinstance(collect, dict) else collect or ""
    return ParallelStep(
        id=common.id,
        title=common.title,
        run_condition=common.run_condition,
        items=None if branches else _items(document["items"]),
        parts=tuple(_part(each) for each in branches or [document]),
        max_parallel=whole(document.get("maxParallel", MAX_PARALLEL)),
        lease=float(lease) if isinstance(lease, int | float) else LEASE,
        join=_join(document.get("join", "all")),
        collect=values(collect["value"]) if isinstance(collect, dict) else None,
        outcome=outcome({**document, "store": store}, common.on_error),
    )


def _items(items: Json) -> Script | Constant:
    return read_script(items) if isinstance(items, str) else Constant(items)


def _part(document: JsonObject) -> Part:
    return Part(str(document["task"]), values(document.get("inputs", {})))


def _join(join: Json) -> Join:
    return Join(None) if join == "all" else Join(1 if join == "any" else whole(join))


def _wait(document: JsonObject, common: Common, reading: Reading) -> WaitStep:
    until = document.get("until")
    return WaitStep(
        id=common.id,
        title=common.title,
        run_condition=common.run_condition,
        seconds=values(document["for"]) if "for" in document else None,
        until=read_script(until) if isinstance(until, str) else None,
        signal=str(document.get("signal", "")),
        text=text(document.get("message", ""), reading),
        outcome=outcome(document, common.on_error),
        skippable=document.get("skippable") is True,
    )


def _workflow(document: JsonObject, common: Common, _reading: Reading) -> WorkflowStep:
    outputs: tuple[tuple[str, Value], ...] = tuple(
        (path, values(value)) for path, value in mapping(document.get("outputs")).items()
    )
    return WorkflowStep(
        id=common.id,
        title=common.title,
        run_condition=common.run_condition,
        workflow_id=str(document["workflowId"]),
        inputs=values(document.get("inputs", {})),
        outputs=outputs,
        isolated=document.get("isolated") is not False,
        outcome=outcome(document, common.on_error),
    )


Leaf: TypeAlias = Callable[[JsonObject, Common, Reading], Step]
"""What reads a step of one type."""
LEAVES: Final[Mapping[str, Leaf]] = MappingProxyType(
    {
        "message": _message,
        "input": _input,
        "call": _call,
        "command": _command,
        "set": _set,
        "break": _jump,
        "continue": _jump,
        "parallel": _parallel,
        "wait": _wait,
        "workflow": _workflow,
    }
)
"""The readers by type."""
