"""sub_agent_tasks of automation YAML -> tasks.

Above: automation. Below: automation_steps, automation_inputs, automation_state.
"""

from typing import Final

from engine.formats.automation_flow import context_of
from engine.formats.automation_ids import Ids
from engine.formats.automation_inputs import inputs_of
from engine.formats.automation_item import Run
from engine.formats.automation_parts import Part
from engine.formats.automation_state import Initial, computed_of, initial_of
from engine.formats.automation_steps import Steps
from engine.formats.automation_texts import Names, Texts
from schema.values import Json, JsonObject

PLACES: Final = {"/computed": "/state_schema/computed", "/state": "/default_state/state"}
"""Where in a document or a task of the YAML these keys of the native one come from."""
UNKNOWN: Final = ("task_id", "parent_step_id")
"""What sub-agents of the earlier engine could read and have no meaning here."""


class Tasks:
    """Reads the sub-agent tasks of one document."""

    def __init__(self, run: Run, ids: Ids, left: JsonObject) -> None:
        """Take what the document's runs share."""
        self._run = run._replace(is_task=True)
        self._ids = ids
        self._left = left

    def read(self) -> JsonObject:
        """Give the native tasks, and set right the steps that hand them out."""
        native: JsonObject = {}
        for name, part in self._run.tasks.items():
            native[name] = self._task(part)
        for name in [*native]:
            self._override(name, native)
        return native

    def _task(self, part: Part) -> JsonObject:
        initial = initial_of(part)
        inputs = inputs_of(part.part("inputs"), initial.inputs, initial.input_types)
        context = {name: each for name, each in context_of(part).items() if name not in inputs}
        part.take("context_template")
        names = names_of(inputs, initial, context, self._ids)
        plain = Texts(names, self._run.notes)  # a computed field knows no loop, so `loop` is not of the item there
        texts = Texts(names._replace(is_task=True), self._run.notes)
        native: JsonObject = {"description": part.text("description")} if part.text("description") else {}
        computed: JsonObject = {name: _field(each, texts, part.where) for name, each in context.items()}
        computed |= computed_of(initial.computed, plain)
        work = self._work(part, texts)
        for name in UNKNOWN:
            if name in texts.seen | plain.seen and name not in {*inputs, *initial.state, *computed}:
                message = f"{name!r} is not known to a task here"
                advice = "results leave a task through `collect` of the parallel_foreach, in the order of the items"
                part.notes.critical(part.where, "unknown-name", message, advice)
        for key, value in (("inputs", inputs), ("state", initial.state), ("computed", computed)):
            if value:
                native[key] = value
        timeout = part.number("timeout", "timeout_seconds")
        if timeout is not None:
            native["timeout"] = timeout
        self._keep(part, initial)
        native |= work
        keys = {key: part.where + place for key, place in PLACES.items()}
        self._run.notes.origins.tell(native, part.where, keys | {"/prompt": part.at("prompt_template")})
        return native

    def _work(self, part: Part, texts: Texts) -> JsonObject:
        """Give the task's prompt or steps: exactly one of them is there."""
        has_prompt, has_steps = (part.value.get(key) is not None for key in ("prompt_template", "steps"))
        prompt, steps = part.text("prompt_template"), part.parts("steps")
        if has_prompt == has_steps:
            said = "both prompt_template and steps" if has_prompt else "neither prompt_template nor steps"
            part.notes.critical(part.where, "task-work", f"the task has {said}", "give it exactly one of them")
        if has_prompt and not has_steps:
            return {"prompt": texts.text(prompt, part.at("prompt_template"))}
        return {"steps": [*Steps(self._run, self._ids, self._left).read(steps, texts)]}

    def _keep(self, part: Part, initial: Initial) -> None:
        left = part.leave("a sub-agent task")
        if initial.types:
            left["state_schema"] = {"state": initial.types}
        if left:
            self._left[part.where.rpartition("/")[2]] = left

    def _override(self, name: str, native: JsonObject) -> None:
        """Put the prompts in that steps give a task instead of its own."""
        uses = [use for use in self._run.uses if use.task == name]
        overrides = {use.override for use in uses}
        task = native[name]
        if overrides <= {""} or not isinstance(task, dict):
            return
        key = "prompt" if "prompt" in task else "description"
        if len(overrides) == 1:
            task[key] = uses[0].override
            return
        for use in uses:
            if use.override and key == "prompt":
                own = f"{name}.{use.native['id']}"
                native[own] = {**task, "prompt": use.override}
                use.native["task"] = own
            elif use.override:
                message = f"several steps hand out {name!r} with different prompts"
                advice = "make a task of its own for each"
                self._run.notes.critical(use.where, "task-work", message, advice)


def names_of(inputs: JsonObject, initial: Initial, others: JsonObject, ids: Ids) -> Names:
    """Give the names declared in a run; computed go before inputs, those before state."""
    declared = dict.fromkeys(initial.state, "this") | dict.fromkeys(inputs, "inputs")
    computed = initial.computed.value if initial.computed is not None else {}
    return Names(declared | dict.fromkeys((*computed, *others), "this"), frozenset(), ids.now)


def _field(value: Json, texts: Texts, where: str) -> JsonObject:
    """Give a context variable of a task as a computed field: it has the values of that very task."""
    return {"from": "inputs.item", "expression": texts.literal(value, f"{where}/context_template"), "onError": "ignore"}
