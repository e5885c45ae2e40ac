"""The stateless answer: the step handed out with its guidance, or what the run waits for, or that it is complete.

Above: tools.workflow_next, sessions.answer. Below: walk, template.
The prompt is role, guidance bullets, prompt with its values, and a line for each loop, in that order.
"""

from collections.abc import Sequence
from typing import Final

from engine.conditions import holds
from engine.definition import Condition, LoopKind, PromptStep, Workflow
from engine.scan import Found, Gap
from engine.template import Filled, as_text, fill
from engine.variables import Scope, Turn, resolve
from engine.walk import Next, prompt
from schema.values import Json, JsonObject

MAX_UNSENT: Final = 10
"""Produced variables that are not in context, named one by one; who forgets more forgets the context as a whole."""
MAX_ITEM: Final = 200
"""Characters of an item that its loop's line repeats; the whole item is in the answer's context."""


def answer(workflow: Workflow, found: Next, context: JsonObject, warnings: tuple[str, ...] = ()) -> JsonObject:
    """Give the answer of workflow_next as a JSON object; `context` itself is not changed.

    CriterionError when a confirmation's condition has a pattern that hits a limit.
    """
    instance = found.instance
    result: JsonObject
    if instance is None:
        result = {
            "step": None,
            "guidance": _resting(workflow, found),
            "isComplete": found.is_complete,
            "context": context,
        }
    else:
        result = {
            "step": (step := prompt(instance)).shown,
            "stepKey": instance.key,
            "guidance": _guidance(step, instance),
            "isComplete": False,
            "context": _with_loops(context, instance.scope),
        }
    result["progress"] = progress(found.done, found.total)
    if warnings or found.warnings:
        result["warnings"] = [*warnings, *found.warnings]
    return result


def unsent(workflow: Workflow, completed: Sequence[str], context: JsonObject) -> tuple[str, ...]:
    """Warn of variables that done steps produce and `context` does not have; a condition may be waiting for them."""
    if not workflow.produced:
        return ()
    done = dict.fromkeys(entry.rpartition("::")[2] for entry in completed)
    told = [(step, name) for step in done for name in workflow.produced.get(step, ()) if context.get(name) is None]
    warnings = [f"step {step} is done and produces {name!r}, but context has no {name!r}" for step, name in told]
    if len(warnings) > MAX_UNSENT:
        return (*warnings[:MAX_UNSENT], f"{len(warnings) - MAX_UNSENT} more produced variables are not in context")
    return tuple(warnings)


def progress(done: int, total: int | None) -> JsonObject:
    """Give the progress of a run; the percentage is rounded down.

    >>> progress(1, 3), progress(0, 0), progress(4, None)["percent"]
    ({'done': 1, 'total': 3, 'percent': 33}, {'done': 0, 'total': 0, 'percent': 100}, None)
    """
    percent = None if total is None else done * 100 // total if total else 100
    return {"done": done, "total": total, "percent": percent}


def _guidance(step: PromptStep, instance: Found) -> JsonObject:
    scope = instance.scope
    filled = prompt_of(step, scope)
    guidance: JsonObject = {"prompt": filled.value}
    if step.model_hint is not None:
        guidance["modelHint"] = step.model_hint
    guidance["requiresConfirmation"] = _is_wanted(step.confirm, scope) or any(
        _is_wanted(loop.confirm, scope) for loop in instance.entering
    )
    guidance["validationCriteria"] = step.shown_criteria
    if filled.missing:
        guidance["missing"] = [{"variable": name, "steps": [instance.key]} for name in filled.missing]
    return guidance


def prompt_of(step: PromptStep, scope: Scope) -> Filled:
    """Give what an agent reads: role, guidance and prompt with their values, and a line for each loop pass around.

    `missing` names what had no value, the variables the step requires included.
    """
    filled = fill(step.text, scope)
    text = as_text(filled.value)
    absent = [name for name in step.requires if resolve((name,), scope) is None]
    names = tuple(dict.fromkeys((*absent, *filled.missing))) if absent else filled.missing
    return Filled(text if scope.turn is None else text + _banner(scope), names)


def _resting(workflow: Workflow, found: Next) -> JsonObject:
    """Give the guidance of an answer without a step."""
    guidance: JsonObject = {
        "prompt": f"The workflow {workflow.name!r} is complete: nothing is left to do.",
        "requiresConfirmation": False,
        "validationCriteria": [],
    }
    if found.gaps:
        names = ", ".join(gap.variable for gap in found.gaps)
        guidance["prompt"] = f"No step can be chosen before these variables are known: {names}. Send them in context."
        guidance["missing"] = [_gap(gap) for gap in found.gaps]
    return guidance


def _gap(gap: Gap) -> JsonObject:
    shown: JsonObject = {"variable": gap.variable}
    if gap.values:
        shown["values"] = list(gap.values)
    shown["steps"] = list(gap.steps)
    return shown


def _is_wanted(confirm: bool | Condition, scope: Scope) -> bool:  # noqa: FBT001 - the document's own value
    return confirm if isinstance(confirm, bool) else holds(confirm, scope)


def _turns(scope: Scope) -> list[Turn]:
    """Give the passes a scope lies in, outermost first."""
    turns: list[Turn] = []
    level: Scope | None = scope
    while level is not None and level.turn is not None:
        turns.append(level.turn)
        level = level.outer
    return turns[::-1]


def _with_loops(context: JsonObject, scope: Scope) -> JsonObject:
    """Add the loop variables of the step handed out; inner ones cover outer ones of the same name."""
    if scope.turn is None:
        return context
    merged = dict(context)
    for turn in _turns(scope):
        merged.update(turn.variables())
    return merged


def _banner(scope: Scope) -> str:
    return "\n\n" + "\n".join(map(_banner_line, _turns(scope)))


def _banner_line(turn: Turn) -> str:
    """Say where in a loop a step stands: `Loop "Text by text" (each-text): pass 2 of 5, text = "a.md"`."""
    loop = turn.loop
    total = "" if turn.total is None else f" of {min(turn.total, loop.max_iterations)}"
    line = f'Loop "{loop.title}" ({loop.id}): pass {turn.number + 1}{total}'
    return f"{line}, {loop.item_var} = {_item(turn.item)}" if loop.kind is LoopKind.FOR_EACH else line


def _item(item: Json) -> str:
    text = as_text(item)
    return text if len(text) <= MAX_ITEM else text[:MAX_ITEM] + "..."
