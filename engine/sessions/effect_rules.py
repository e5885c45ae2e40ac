"""Rules of commands: whether the operator lets a session run one, asked when it is requested and when it is claimed.

Above: effect_requests, effect_decisions. Below: effect_lines, effect_model, model. Fails closed: whoever is not named
may not, and what a store says is to be run has to be what the document asks for.
"""

from typing import Final

from engine.definition import Slot, Step, Template
from engine.definition_steps import CommandStep
from engine.sessions.effect_lines import UnquotableError, line_of
from engine.sessions.effect_model import CommandRules
from engine.sessions.model import Effect, State

MAX_SHOWN: Final = 80
"""Characters of a program's name that a message repeats."""


def refused(rules: CommandRules, main: State, words: tuple[str, ...], line: str) -> str:
    """Say why a session may not run a command, in words; "" where it may. `main`: the state of the main run."""
    return rules.why_not or _barred_session(rules, main) or _barred_command(rules, main, words, line)


def strange(step: Step | None, effect: Effect) -> str:
    """Say that an effect is not what its step asks for; "" where it may be: values are not looked at."""
    is_asked_for = (
        isinstance(step, CommandStep)
        and len(step.words) == len(effect.words)
        and all(map(_may_give, step.words, effect.words))
        and _may_give(step.cwd, effect.cwd)
        and _has_line(step, effect)
    )
    return "" if is_asked_for else "the stored command is not the one its step asks for; begin a new session"


def _has_line(step: CommandStep, effect: Effect) -> bool:
    """Tell whether the line is the step's, and no variable is there that the step does not set."""
    try:
        line, slots = line_of(step.line)
    except UnquotableError:
        return False
    own = dict(step.env)
    names = {*own, *(name for name, _ in slots)}
    values = all(_may_give(template, effect.env.get(name, "")) for name, template in own.items() if name in effect.env)
    return line == effect.line and effect.env.keys() == names and values


def _may_give(template: Template, text: str) -> bool:
    """Tell whether a template can have become a text: what stands before and behind its slots does."""
    first, last = (template.parts[0], template.parts[-1]) if template.parts else ("", "")
    if not any(isinstance(part, Slot) for part in template.parts):
        return "".join(map(str, template.parts)) == text
    before, behind = ("" if isinstance(part, Slot) else part for part in (first, last))
    return len(text) >= len(before) + len(behind) and text.startswith(before) and text.endswith(behind)


def _barred_session(rules: CommandRules, main: State) -> str:
    if not main.sources:
        return "this session was not begun as one that runs commands; begin a new one"
    if main.workspace != rules.workspace:
        return "the session belongs to another workspace than this server serves"
    barred = [each for each in main.sources if each not in rules.sources]
    return f"workflows of the source {barred[0]} may not run commands here (setting command_sources)" if barred else ""


def _barred_command(rules: CommandRules, main: State, words: tuple[str, ...], line: str) -> str:
    if line:
        barred = [each for each in main.sources if each not in rules.lines]
        return f"workflows of the source {barred[0]} may not run shell lines here ({_LINES})" if barred else ""
    if not words or words[0] not in rules.programs:
        named = words[0][:MAX_SHOWN] if words else ""
        return f"the program {named!r} is not allowed here (setting command_programs)"
    return ""


_LINES: Final = "setting allow_shell_lines"
