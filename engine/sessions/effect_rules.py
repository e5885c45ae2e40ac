"""Rules of commands: whether the operator lets a session run one, asked when it is requested and when it is claimed.

Above: effect_requests, effect_decisions. Below: effect_model, model. Fails closed: whoever is not named may not.
"""

from typing import Final

from engine.sessions.effect_model import CommandRules
from engine.sessions.model import State

MAX_SHOWN: Final = 80
"""Characters of a program's name that a message repeats."""


def refused(rules: CommandRules, main: State, words: tuple[str, ...], line: str) -> str:
    """Say why a session may not run a command, in words; "" where it may. `main`: the state of the main run."""
    return rules.why_not or _barred_session(rules, main) or _barred_command(rules, main, words, line)


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
