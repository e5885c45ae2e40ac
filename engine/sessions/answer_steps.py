"""The open step of an answer: its keys with their values, and what the agent is to do with it.

Above: answer. Below: answer_inputs, engine.guidance. The prompt stands in guidance.prompt only; what has no value stays
as written and is named in guidance.missing.
"""

from typing import Final, NamedTuple, assert_never

from engine.definition import CallStep, Gate, InputStep, Open, PromptStep, WaitStep
from engine.guidance import prompt_of
from engine.sessions.answer_inputs import Tries, input_keys, input_prompt
from engine.sessions.audit import iso
from engine.sessions.model import State, WaitKind
from engine.template import as_text, fill, fill_value, parse
from engine.variables import Scope
from schema.values import Json, JsonObject

NOT_SHOWN: Final = frozenset(
    (
        *("id", "type", "title", "prompt", "agentRole", "guidance", "evidence", "requireConfirmation", "runCondition"),
        *("context", "expect", "store", "update", "onError", "timeout", "skippable"),
    )
)
"""Keys of a step that stand elsewhere in the answer, were decided before it was handed out, or are the server's."""


class Handed(NamedTuple):
    """A step as it is handed out, and what goes into guidance."""

    step: JsonObject
    guidance: JsonObject


def handed(step: Open, state: State, scope: Scope, tries: Tries) -> Handed:
    """Give the open step and its guidance; ArgumentError where values make the prompt too long."""
    match step:
        case PromptStep():
            return _prompt(step, scope)
        case InputStep():
            shown = {**_head(step, "input"), **input_keys(step, scope)}
            guidance: JsonObject = {"prompt": input_prompt(step, scope, tries)}
            return Handed(shown, _with_missing(guidance, [*fill(step.text, scope).missing]))
        case CallStep():
            return _call(step, scope)
        case WaitStep():
            return Handed(_head(step, "wait"), {"prompt": _wait(step, state, scope)})
        case _:
            assert_never(step)


def _head(step: InputStep | CallStep | WaitStep, kind: str) -> JsonObject:
    head: JsonObject = {"id": step.id, "type": kind}
    if step.title != step.id:
        head["title"] = step.title
    return head


def _prompt(step: PromptStep, scope: Scope) -> Handed:
    """Give a prompt as its document has it, but for what stands elsewhere; its texts with their values."""
    filled = prompt_of(step, scope)
    kind = str(step.shown.get("type", "prompt"))
    shown: JsonObject = {"id": step.id, "type": kind, "title": _filled(step.title, scope)}
    for name, value in step.shown.items():
        if name not in NOT_SHOWN:
            shown[name] = _filled(value, scope)
    guidance: JsonObject = {"prompt": as_text(filled.value)}
    missing = list(filled.missing)
    if step.context is not None:
        context = fill_value(step.context, scope)
        shown["context"] = context.value
        missing += context.missing
    if step.expect is not None:
        guidance["prompt"] = f"{guidance['prompt']}\n\n{_EXPECT}"
        guidance["expect"] = step.expect
    return Handed(shown, _with_missing(guidance, missing))


def _filled(value: Json, scope: Scope) -> Json:
    """Fill in a text, or the texts of a list; anything deeper (criteria) means what it says."""
    if isinstance(value, str):
        return as_text(fill(parse(value, scripted=scope.values is not None), scope).value) if "{{" in value else value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [_filled(each, scope) for each in value]
    return value


def _with_missing(guidance: JsonObject, missing: list[str]) -> JsonObject:
    if missing:
        guidance["missing"] = [{"variable": name} for name in dict.fromkeys(missing)]
    return guidance


def _call(step: CallStep, scope: Scope) -> Handed:
    parameters = fill_value(step.parameters, scope)
    shown: JsonObject = {**_head(step, "call"), "tool": step.tool, "parameters": parameters.value}
    if step.irreversible:
        shown["irreversible"] = True
    return Handed(shown, _with_missing({"prompt": _CALL.format(tool=step.tool)}, [*parameters.missing]))


def _wait(step: WaitStep, state: State, scope: Scope) -> str:
    """Say what is waited for, and what to do meanwhile."""
    text = as_text(fill(step.text, scope).value)
    waiting = state.waiting
    if waiting is not None and waiting.kind is WaitKind.SIGNAL:
        told = _SIGNAL.format(name=waiting.signal, session=state.session_id)
    elif waiting is not None and waiting.until is not None:
        told = _UNTIL.format(until=iso(waiting.until))
    else:
        told = _POLL if step.until is None else _CONDITION
    return f"{text}\n\n{told}" if text else told


def evidence_of(gate: Gate) -> list[Json]:
    """Give what a gate asks for, field by field."""
    asked: list[Json] = []
    for field in gate.fields:
        shown: JsonObject = {"field": field.name, "type": field.type, "required": field.required}
        if field.description:
            shown["description"] = field.description
        if field.has_example:
            shown["example"] = field.example
        asked.append(shown)
    return asked


_EXPECT: Final = "Report as output JSON that fits guidance.expect, and nothing else."
_CALL: Final = (
    "Call the tool {tool} with step.parameters, and report as output what it gave: its JSON, or its text; "
    "an error as it is."
)
_POLL: Final = "When it is time to go on, report this stepKey without output."
_CONDITION: Final = "To see whether it may go on, report this stepKey without output, now and then."
_UNTIL: Final = "The session goes on by itself at {until}; read it then, with its sessionId alone."
_SIGNAL: Final = (
    "The session goes on when it is sent the signal {name!r}: workflow_session action=signal, sessionId={session}, "
    "name={name}. Read it then, with its sessionId alone."
)
