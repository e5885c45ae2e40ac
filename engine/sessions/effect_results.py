"""What a command gives its step: the result that updates read, or why the step failed.

Above: effect_decisions. Below: effect_model, faults. A program that says something went wrong (its exit code is not 0)
has failed; where the step's onError says continue, its result is there all the same.
"""

import json
from typing import Final, NamedTuple, NoReturn

from engine.sessions.effect_model import CommandOutcome
from engine.sessions.faults import StepFault
from engine.sessions.model import Effect
from schema.values import Json, JsonObject, is_deeper

COMMAND_ERROR: Final = "CommandError"
TIMEOUT_ERROR: Final = "TimeoutError"
PARSE_ERROR: Final = "ParseError"
"""Kinds of what goes wrong with a command."""
MAX_SAID: Final = 500
"""Characters of what a program wrote last to stderr that a message repeats."""
MAX_DEPTH: Final = 64
"""Levels of objects and lists in JSON that a program writes."""


class Result(NamedTuple):
    """What a command gave: `value` for updates, and why the step has failed (None: it has not)."""

    value: JsonObject
    fault: StepFault | None


def result_of(effect: Effect, outcome: CommandOutcome) -> Result:
    """Judge an outcome."""
    fault = _fault(effect, outcome)
    data: Json = None
    try:
        data = _data(effect.parse, outcome)
    except StepFault as wrong:
        fault = fault or wrong
    value: JsonObject = {
        "exitCode": outcome.exit_code,
        "stdout": outcome.stdout,
        "stderr": "\n".join(filter(None, (outcome.stderr, outcome.cut))),
        "data": data,
        "timedOut": outcome.timed_out,
    }
    return Result(value, fault)


def _fault(effect: Effect, outcome: CommandOutcome) -> StepFault | None:
    if outcome.fault:
        return StepFault(COMMAND_ERROR, outcome.fault)
    if outcome.timed_out:
        return StepFault(TIMEOUT_ERROR, f"the command was ended after its {effect.timeout:g} seconds")
    if outcome.exit_code != 0:
        return StepFault(COMMAND_ERROR, f"{_program(effect)} ended with exit code {outcome.exit_code}{_last(outcome)}")
    return None


def _program(effect: Effect) -> str:
    return effect.words[0] if effect.words else "the shell line"


def _last(outcome: CommandOutcome) -> str:
    """Give the end of what a program complained about, to stderr or else stdout."""
    said = (outcome.stderr.strip() or outcome.stdout.strip())[-MAX_SAID:]
    return f": {said}" if said else " and wrote nothing"


def _data(parse: str, outcome: CommandOutcome) -> Json:
    """Read stdout as the step says; StepFault where it cannot be read so."""
    if parse == "lines":
        return (
            [line.removesuffix("\r") for line in outcome.stdout.removesuffix("\n").split("\n")]
            if outcome.stdout
            else []
        )
    if parse == "json":
        return _json(outcome)
    return outcome.stdout.rstrip("\n")


def _json(outcome: CommandOutcome) -> Json:
    try:
        value: Json = json.loads(outcome.stdout, parse_constant=_refuse)
        is_bad = is_deeper(value, MAX_DEPTH)
        json.dumps(value, ensure_ascii=False).encode()  # lone surrogates are no text
    except (ValueError, RecursionError):
        is_bad = True
    if is_bad:
        cut = f" ({outcome.cut})" if outcome.cut else ""
        raise StepFault(PARSE_ERROR, f"what the command wrote is no JSON{cut}")
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
