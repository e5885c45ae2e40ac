"""Asking for a command: its words, folder and environment resolved, and allowed by the operator, or the step fails.

Above: onward. Below: effect_rules, effect_lines, failures. It is asked for with an event; whoever claims it runs it.
"""

from typing import Final

from engine.definition import CommandStep, Value
from engine.errors import DomainError
from engine.sessions.deadlines import step_deadline
from engine.sessions.draft import Draft
from engine.sessions.effect_family import CommandRequested
from engine.sessions.effect_lines import UnquotableError, line_of
from engine.sessions.effect_results import COMMAND_ERROR
from engine.sessions.effect_rules import refused
from engine.sessions.failures import final, note_failure
from engine.sessions.faults import StepFault
from engine.sessions.model import Effect, State
from engine.sessions.position import phase_at
from engine.template import UnresolvedError, as_text, resolved
from engine.variables import Scope

DEFAULT_TIMEOUT_S: Final = 60.0
"""Seconds a command may take whose step says nothing."""
MAX_WORDS: Final = 1_000
"""Arguments of one command."""
MAX_TEXT: Final = 100_000
"""Bytes of all words, or of the line, or of all variables of one command: one argument may have 131,072 on Linux."""
RESERVED: Final = frozenset(("PATH", "IFS", "ENV", "BASH_ENV", "SHELLOPTS", "BASHOPTS", "PS4"))
"""Variables a step may not set: they decide which programs run, and how a shell reads a line."""
RESERVED_BEGINNINGS: Final = ("LD_", "DYLD_", "BASH_FUNC_")


def request(draft: Draft, step: CommandStep, key: str, warnings: tuple[str, ...]) -> None:
    """Ask for the command of a step; `key` as handed out. Adds events and never goes on."""
    on_error = step.outcome.on_error
    try:
        effect = _effect(draft, step, key)
    except StepFault as fault:
        note_failure(draft, key, on_error, fault)
        return
    reason = refused(draft.policy.commands, main_of(draft), effect.words, effect.line)
    if reason:
        note_failure(draft, key, final(on_error), StepFault(COMMAND_ERROR, reason))
        return
    draft.add(CommandRequested(effect, phase_at(draft.workflow, key), warnings))


def main_of(draft: Draft) -> State:
    """Give the state of the main run a draft belongs to."""
    while draft.outer is not None:
        draft = draft.outer
    return draft.state


def _effect(draft: Draft, step: CommandStep, key: str) -> Effect:
    """Resolve what is to be run; StepFault where that cannot be."""
    scope = draft.scope()
    line, variables = _line(step, scope)
    words = tuple([_text(each, scope, "run") for each in step.words])
    _demand(len(words) <= MAX_WORDS, f"the command has {len(words)} words; it may have {MAX_WORDS}")
    env = {name: _text(value, scope, f"env/{name}") for name, value in step.env}
    for name in env:
        is_reserved = name in RESERVED or name.startswith(RESERVED_BEGINNINGS)
        _demand(not is_reserved, f"env may not set {name}, which decides what programs run")
    env |= variables
    for what, texts in (("words", words), ("line", (line,)), ("env", (*env, *env.values()))):
        _check(what, texts)
    until = step_deadline(draft.state, step.outcome, draft.now) or draft.state.deadline
    limit = DEFAULT_TIMEOUT_S if step.outcome.timeout is None else step.outcome.timeout
    return Effect(
        id=key,
        key=key,
        attempt=1,
        words=words,
        line=line,
        cwd=_text(step.cwd, scope, "cwd"),
        env=env,
        timeout=limit if until is None else min(limit, max(0.0, until - draft.now)),
        parse=step.parse,
        repeatable=step.repeatable,
    )


def _line(step: CommandStep, scope: Scope) -> tuple[str, dict[str, str]]:
    """Give the shell line with variables in the place of slots, and their values by name."""
    try:
        text, slots = line_of(step.line)
    except UnquotableError:
        raise StepFault(COMMAND_ERROR, _UNQUOTABLE) from None
    return text, {name: _text(slot, scope, "shellLine") for name, slot in slots}


def _text(value: Value, scope: Scope, where: str) -> str:
    """Resolve a value to the one text it is; null is the empty text."""
    try:
        found = resolved(value, scope)
    except (UnresolvedError, DomainError) as error:
        raise StepFault(COMMAND_ERROR, f"{where} cannot be resolved: {error}") from None
    return "" if found is None else as_text(found)


def _check(what: str, texts: tuple[str, ...]) -> None:
    """Refuse what no program can be given."""
    try:
        size = sum(len(text.encode()) + 1 for text in texts)
    except UnicodeEncodeError:
        raise StepFault(COMMAND_ERROR, f"the {what} of the command hold half a character, which is no text") from None
    _demand(size <= MAX_TEXT, f"the {what} of the command have {size} bytes; they may have {MAX_TEXT}")
    _demand(not any("\0" in text for text in texts), f"the {what} of the command hold a NUL character")


def _demand(holds: bool, message: str) -> None:  # noqa: FBT001 - it is the condition itself
    if not holds:
        raise StepFault(COMMAND_ERROR, message)


_UNQUOTABLE: Final = (
    "the shell line has a {{ }} in a here-document, in backquotes, in arithmetic, in ${...} or behind a backslash, "
    "where no quotes keep a value from being more than a text; give it to a variable of the line first: name={{ ... }}"
)
