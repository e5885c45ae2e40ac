"""Input steps: the user is asked in the call that brings a session to one, where the client can be asked.

Above: tools.session_step, tools.workflow_session. Below: engine.runner, engine.sessions (what is asked, what is wrong).
An answer is reported as the agent would report it; closing the question records nothing, and the agent asks.
"""

import json
from collections.abc import Callable
from typing import Final, NamedTuple

from engine.definition import InputStep
from engine.runner import Declined, Runner, Session
from engine.sessions.answer_focus import Focus, Root, focus_of, task_of
from engine.sessions.answer_inputs import asked_fields
from engine.sessions.answer_messages import messages_shown
from engine.sessions.approvable import visible
from engine.sessions.input_answers import depends
from engine.sessions.input_fields import VALUE, is_left_out
from engine.sessions.input_fields import Question as Field
from engine.sessions.input_words import expected
from engine.sessions.model import WaitKind
from engine.sessions.nesting import UNDER_WAY
from engine.sessions.position import needs_confirmation, scope_of
from engine.sessions.step_family import ReportStep
from engine.template import as_text, fill, parse
from engine.variables import Scope
from schema.values import Json, JsonObject
from tools.contract import Answer, Ask, Call, Done, Question
from tools.session_refusals import refuse

ANSWER: Final = "answer"
"""The key of the question."""
BY: Final = "elicitation"
"""Who the log says it was."""
MAX_FIELDS: Final = 20
"""Fields of a form; nobody fills in more in a dialogue."""
MAX_CHOICES: Final = 100
"""Choices of a field in a form."""
MAX_LINE: Final = 2_000
"""Characters of one line of the question."""
MAX_LINES: Final = 100
"""Lines of the question, the messages before it included."""
_TYPES: Final = {"string": "string", "choice": "string", "number": "number", "integer": "integer", "boolean": "boolean"}
_BOUNDS: Final = {"min_length": ("min", "minLength"), "max_length": ("max", "maxLength")}
_RANGES: Final = {"min": ("min", "minimum"), "max": ("max", "maximum")}


class _Open(NamedTuple):
    """An input that may be asked in a form: where, and its fields."""

    focus: Focus
    step: InputStep
    scope: Scope
    fields: tuple[Field, ...]


def asking(session: Session, done: Done, task: str = "") -> Answer:
    """Give the answer for a session as it is now: its question to the user where one is open, else `done`.

    `task`: the taskId whose open step it is about. `done` is what who cannot be asked is answered with.
    """
    found = _open_input(session, task)
    if found is None:
        return done
    place: JsonObject = {"asks": ANSWER, "session": session.state.session_id, "stepKey": _key(found), "task": task}
    return Ask({ANSWER: _question(found)}, place, done)


async def replied(call: Call, runner: Runner, shown: Callable[[Session], Done]) -> Answer | None:
    """Report what a user replied to a question of `asking`, and go on asking; None for a call that is no reply.

    Raises SessionStateError where the step is no longer open, or was answered otherwise.
    """
    place = call.state
    if not isinstance(place, dict) or place.get("asks") != ANSWER:
        return None
    session_id, key, task = str(place["session"]), str(place["stepKey"]), str(place["task"])
    session = await runner.session(session_id)
    reply = call.replies.get(ANSWER)
    if reply is None:
        return asking(session, shown(session), task)
    content = reply.get("content")
    if reply.get("action") != "accept" or not isinstance(content, dict):
        return shown(session)
    outcome = await runner.perform(session_id, ReportStep(key, _output(content), None, {}), BY)
    if isinstance(outcome, Declined):
        refuse(outcome.refusal, session_id, key)
    return asking(outcome.session, shown(outcome.session), task)


def _open_input(session: Session, task: str) -> _Open | None:
    """Find the open input, if it can be asked in a form: flat, not too large, no field that others decide."""
    focus = _focus(session, task)
    step = None if focus is None else focus.step
    if focus is None or session.state.status not in UNDER_WAY or not isinstance(step, InputStep):
        return None
    waiting = focus.state.waiting
    if waiting is None or waiting.kind is not WaitKind.REPORT:
        return None
    if needs_confirmation(focus.state, focus.workflow) or any(depends(field, step) for field in step.fields):
        return None
    scope = scope_of(focus.state, focus.workflow)
    fields = asked_fields(step, scope)
    fits = 0 < len(fields) <= MAX_FIELDS and all(_is_flat(each) for each in fields)
    return _Open(focus, step, scope, fields) if fits else None


def _focus(session: Session, task: str) -> Focus | None:
    """Find the run whose open step the question is about; None for a task that is over."""
    if not task:
        return focus_of(Root("", session.state, session.workflow))
    found = task_of(session.state, session.workflow, task)
    if found.state is None or found.workflow is None:
        return None
    return focus_of(Root(found.run, found.state, found.workflow))


def _is_flat(asks: Field) -> bool:
    if asks.field.kind == "choice":
        return 0 < len(asks.choices) <= MAX_CHOICES and not any(isinstance(each, dict | list) for each in asks.choices)
    return asks.field.kind in _TYPES


def _key(found: _Open) -> str:
    return found.focus.key(found.focus.state.position)


def _question(found: _Open) -> Question:
    """Give the question to the user: an elicitation with a flat form."""
    properties: JsonObject = {each.field.name: _property(each, found) for each in found.fields}
    required: list[Json] = [each.field.name for each in found.fields if each.field.required and not each.has_default]
    form: JsonObject = {"type": "object", "properties": properties, "required": required}
    return Question("elicitation/create", {"message": _message(found), "requestedSchema": form})


def _property(asks: Field, found: _Open) -> JsonObject:
    field = asks.field
    prompt = as_text(fill(parse(field.prompt, scripted=True), found.scope).value)
    shown: JsonObject = {
        "type": _TYPES[field.kind],
        "title": visible(found.step.title if field.name == VALUE else field.name),
        "description": visible(f"{prompt} ({expected(asks)})" if prompt else expected(asks), MAX_LINE),
    }
    if field.kind == "choice":
        shown["enum"] = [as_text(each) for each in asks.choices]
    if asks.has_default and not isinstance(asks.default, dict | list) and asks.default is not None:
        shown["default"] = as_text(asks.default) if shown["type"] == "string" else asks.default
    bounds = _BOUNDS if field.kind == "string" else _RANGES if field.kind in ("number", "integer") else {}
    for check in field.checks:
        if check.check in bounds:
            param, name = bounds[check.check]
            shown[name] = check.params.get(param)
    return shown


def _message(found: _Open) -> str:
    """Give the text of the question: the messages before it, the question, and what was wrong with the last answer."""
    before = messages_shown(found.focus.messages).messages
    texts = [str(each["text"]) for each in before if isinstance(each, dict)]
    texts.append(as_text(fill(found.step.text, found.scope).value))
    refused = found.focus.state.refused
    if refused is not None:
        texts += [_WRONG, *(f"- {issue.message} ({issue.expected})" for issue in refused.issues)]
    lines = [visible(line, MAX_LINE) for text in texts for line in text.splitlines()]  # no control character is shown
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES // 2], "…", *lines[-MAX_LINES // 2 :]]
    return "\n".join(lines)


def _output(content: JsonObject) -> str | None:
    """Give what a user filled in as the output an agent would report; what was left empty is left out."""
    answers = {name: value for name, value in content.items() if not is_left_out(value)}
    if content.keys() <= {VALUE}:
        value = answers.get(VALUE)
        return None if value is None else as_text(value)
    return json.dumps(answers, ensure_ascii=False, separators=(",", ":"))


_WRONG: Final = "The last answer was not taken:"
