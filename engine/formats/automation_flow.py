"""Steps that lead: conditional, while_loop, foreach, parallel_foreach, break, continue.

Above: automation_steps. Below: automation_item.
"""

import json
from typing import Final

from engine.formats.automation_item import Item, Use
from engine.formats.automation_parts import Part
from schema.suggest import did_you_mean
from schema.values import Json, JsonObject

MAX_PASSES: Final = 1000
"""Passes of a foreach: the most a loop may have."""
WHILE_PASSES: Final = 100
"""Passes of a while_loop that says nothing."""
ITEM: Final = "{{ loop.item }}"
"""What gives a task its item."""
ITEM_INPUTS: Final = {"item": "item", "file_path": "item", "index": "index", "total": "total"}
"""Inputs that tasks declare and that are known by their names, with what of the item they are given."""


def conditional(item: Item) -> JsonObject:
    """Read a conditional."""
    item.begin("if")
    item.expression("condition", "condition")
    item.steps("then", "then_steps")
    if item.part.value.get("else_steps") is not None:
        item.steps("else", "else_steps")
    elif item.part.value.get("then_steps") is None:
        item.run.notes.critical(item.part.where, "missing-key", "'then_steps' is missing", "add 'then_steps'")
    return item.finish()


def while_loop(item: Item) -> JsonObject:
    """Read a while_loop."""
    item.begin("loop")
    item.needed_title()
    item.put("type", "while", "type", "loop")
    item.expression("condition", "condition", "loop", item.texts.inside(()))  # `loop` is this one there
    passes = item.part.whole("max_iterations")
    item.put("maxIterations", WHILE_PASSES if passes is None else passes, "max_iterations", "loop")
    _body(item)
    return item.finish()


def foreach(item: Item) -> JsonObject:
    """Read a foreach."""
    part = item.part
    item.begin("loop")
    item.needed_title()
    item.put("type", "forEach", "type", "loop")
    _items(item, "loop")
    names = (part.text("variable_name") or "item", part.text("index_name") or "index")
    item.put("itemVar", names[0], "variable_name", "loop")
    item.put("indexVar", names[1], "index_name", "loop")
    passes = part.whole("max_iterations")
    item.put("maxIterations", MAX_PASSES if passes is None else passes, "max_iterations", "loop")
    _body(item, *names)
    return item.finish()


def _body(item: Item, *names: str) -> None:
    item.steps("body", "body", item.texts.inside(names))
    if not item.native["body"]:
        item.run.notes.critical(item.part.where, "missing-key", "'body' is missing or empty", "add 'body'")


def _items(item: Item, below: str = "") -> None:
    """Put in what gives the items: an expression, or a list that stands in the document."""
    value = item.part.take("items")
    if isinstance(value, list) and not below and "{{" not in json.dumps(value):
        item.put("items", value, "items")
    elif isinstance(value, list):
        item.put("items", item.texts.literal(value, item.part.at("items")), "items", below)
    else:
        item.expression("items", "items", below)


def jump(item: Item) -> JsonObject:
    """Read a break or continue."""
    item.begin(str(item.part.value["type"]))
    return item.finish()


def parallel_foreach(item: Item) -> JsonObject:
    """Read a parallel_foreach."""
    part = item.part
    item.begin("parallel")
    _items(item)
    name = part.needed("sub_agent_task")
    task = item.run.tasks.get(name)
    if task is None and name:
        message = f"there is no sub-agent task {name!r}"
        advice = did_you_mean(name, item.run.tasks) or "describe it below sub_agent_tasks"
        item.run.notes.critical(part.at("sub_agent_task"), "unknown-task", message, advice)
    item.put("task", name, "sub_agent_task")
    if task is not None:
        inputs = _inputs(item, task)
        if inputs:
            item.put("inputs", inputs, "inputs")
    most = part.whole("max_parallel")
    if most is not None:
        item.put("maxParallel", most, "max_parallel")
    item.timeout("timeout_seconds", "timeout")
    if part.flag("wait_for_all") is False:
        message = "wait_for_all: false is not honoured: the step is done when all tasks are"
        item.run.notes.major(part.at("wait_for_all"), "no-effect", message, "remove it")
    collect = part.take("collect")
    if collect is not None:
        item.put("collect", collect, "collect")
    item.failures()
    override = item.texts.text(part.text("sub_agent_prompt_override"), part.at("sub_agent_prompt_override"))
    item.run.uses.append(Use(name, override, item.native, part.where))
    return item.finish()


def _inputs(item: Item, task: Part) -> JsonObject:
    """Give what each task is given: what the step says, else the item under the names that stand for it."""
    said, declared = item.part.part("inputs"), task.value.get("inputs")
    words = {"item": "loop.item", "index": "loop.index", "total": "loop.total"}
    texts = item.texts.knowing(words)
    given: JsonObject = (
        {} if said is None else {name: texts.template(each, said.at(name)) for name, each in said.value.items()}
    )
    context = context_of(task)
    open_names = []
    for name, kind in (declared if isinstance(declared, dict) else {}).items():
        if name in context:
            given.setdefault(name, texts.template(context[name], f"{task.where}/context_template/{name}"))
        elif name in ITEM_INPUTS:
            given.setdefault(name, f"{{{{ loop.{ITEM_INPUTS[name]} }}}}")
        elif name not in given and _is_needed(kind):
            open_names.append(name)
    _give(item, open_names, given)
    return given


def _give(item: Item, names: list[str], given: JsonObject) -> None:
    """Give the item to the one input that needs a value and has none; more of them are critical."""
    where = item.part.at("sub_agent_task")
    if len(names) == 1 and ITEM not in given.values():
        given[names[0]] = ITEM
        message = f"the input {names[0]!r} of the task is given the item"
        item.run.notes.minor(where, "item-input", message, f"write inputs: {{{names[0]}: '{ITEM}'}} to say so")
    elif names:
        message = f"nothing says what the inputs {', '.join(names)} of the task are"
        item.run.notes.critical(where, "missing-input", message, "write them below `inputs` of this step")


def _is_needed(said: Json) -> bool:
    """Tell whether an input must be given a value."""
    if not isinstance(said, dict):
        return True
    return said.get("required") is not False and said.get("default") is None


def context_of(task: Part) -> JsonObject:
    """Give the context_template of a task."""
    context = task.value.get("context_template")
    return context if isinstance(context, dict) else {}
