"""Answering: the value that a report stands for, checked - of an input, a call, or a prompt that expects one.

Above: step_decisions. Below: input_answers, expecting, decoding. Criteria, variables and gates are judging's.
"""

from typing import Final, NamedTuple, assert_never

from engine.check_model import shown
from engine.definition import CallStep, InputStep, Open, PromptStep
from engine.gate_fields import cut
from engine.sessions.decoding import UndecodableError, decoded
from engine.sessions.expecting import OUTPUT, expected_value
from engine.sessions.faults import StepFault
from engine.sessions.input_answers import check_questions, judge_input
from engine.sessions.limits import Said
from engine.sessions.model import Issue
from engine.template import UnresolvedError, resolved
from engine.variables import Scope
from schema.values import Json

CALL_ERROR: Final = "CallError"
"""What kind of failure an error is that a called tool returned."""
_TELLING: Final = ("message", "error_message", "error_code", "code")
"""Keys that say what went wrong, the best first."""


class Answered(NamedTuple):
    """The decoded value of a report, and what is wrong with it; nothing is kept where there are issues."""

    value: Json
    issues: tuple[Issue, ...]


def judge(step: PromptStep | InputStep | CallStep, said: Said, scope: Scope) -> Answered:
    """Give the value a report stands for and what is wrong with it.

    StepFault where the step failed by it: the tool that was called returned an error, or choices, a default or the
    schema of the document cannot be used.
    """
    match step:
        case PromptStep():
            return _of_prompt(step, said)
        case InputStep():
            return Answered(*judge_input(step, said.output, scope))
        case CallStep():
            return _of_call(step, said.output)
        case _:
            assert_never(step)


def check_opening(step: Open, scope: Scope) -> None:
    """Raise StepFault where a step cannot be handed out, because values it needs have none."""
    if isinstance(step, InputStep):
        check_questions(step, scope)
    elif isinstance(step, CallStep):
        try:
            resolved(step.parameters, scope)
        except UnresolvedError as error:
            raise StepFault("TemplateError", f"parameters of {step.tool}: {error}") from error


def _of_prompt(step: PromptStep, said: Said) -> Answered:
    if step.expect is None:
        return Answered(said.output, ())
    return Answered(*expected_value(said.output, step.expect))


def _of_call(step: CallStep, output: str | None) -> Answered:
    """Take what a tool gave: JSON text decoded, other text as it is."""
    if output is None:
        told = f"What {step.tool} gave is missing; where it failed, report its error."
        return Answered(None, (Issue(OUTPUT, told, "what the tool gave: its JSON, or its text", "nothing"),))
    try:
        value = decoded(output)
    except UndecodableError:
        return Answered(output, ())
    error = returned_error(value)
    if error is not None:
        raise StepFault(CALL_ERROR, f"{step.tool} returned an error: {error}")
    return Answered(value, ())


def returned_error(value: Json) -> str | None:
    """Say what error a tool's result speaks of, None where it speaks of none.

    An error is an object with `isError` true, with `status` "error" (in any case), or with anything in `error`.

    >>> returned_error({"status": "error", "error_code": "NO_FUNDS"}), returned_error({"error": None, "id": 7})
    ('NO_FUNDS', None)
    """
    if not isinstance(value, dict):
        return None
    error, status = value.get("error"), value.get("status")
    is_said = isinstance(status, str) and status.strip().lower() == "error"
    if not is_said and value.get("isError") is not True and not error:
        return None
    if isinstance(error, str) and error:
        return cut(error)
    for holder in (error, value):
        if isinstance(holder, dict) and (told := next((holder[key] for key in _TELLING if holder.get(key)), None)):
            return cut(told if isinstance(told, str) else shown(told))
    return shown(value)
