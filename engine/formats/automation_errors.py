"""error_handling of automation YAML -> onError.

Above: the readers of steps. Below: automation_parts, automation_texts.
"""

from collections.abc import Callable
from typing import Final

from engine.formats.automation_parts import Part
from engine.formats.automation_texts import Texts
from schema.values import Json, JsonObject

STRATEGIES: Final = {each: each for each in ("retry", "continue", "fail", "fallback")}
"""Strategies, the same here and there."""


def on_error(
    part: Part, texts: Texts, step_id: str, result: Callable[[Json], Json] = lambda value: value
) -> JsonObject | None:
    """Give the onError of a step, None where it says nothing; `result` makes a step's result of a fallback value."""
    said = part.part("error_handling")
    if said is None:
        return None
    strategy = said.word(STRATEGIES, "strategy") or "fail"
    handling: JsonObject = {"strategy": strategy}
    retries, delay = said.whole("max_retries"), said.number("retry_delay")
    if strategy == "retry":
        if retries is not None:
            handling["maxRetries"] = retries
        if delay is not None:
            handling["backoff"] = {"initial": delay, "factor": 1, "max": delay}
    fallback = said.take("fallback_value")
    if strategy == "fallback":
        handling["fallbackValue"] = result(texts.template(fallback, said.at("fallback_value")))
    elif fallback is not None:
        message = f"fallback_value has no effect with the strategy {strategy!r}"
        said.notes.major(said.at("fallback_value"), "no-effect", message, "write strategy: fallback, or remove it")
    message = said.text("error_message")
    if message:
        shown = texts.text(message, said.at("error_message"))
        handling["then"] = [{"type": "message", "id": f"{step_id[:58]}-error", "level": "error", "message": shown}]
    said.leave("error_handling")
    return handling
