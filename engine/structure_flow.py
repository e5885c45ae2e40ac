"""The flow of the automation language: jumps have a loop, tasks are there and end, no step stands where none arrives.

Above: structure_automation. Below: circles, contradiction, structure_sites,
structure_rules.
"""

from typing import Final

from engine.circles import circle, reached
from engine.contradiction import is_always, is_never
from engine.structure_frames import MAIN, TASK_INPUTS
from engine.structure_rules import Report
from engine.structure_sites import Site, branches, mapping, mappings, sequences
from engine.structure_steps import sound_condition
from schema.values import JsonObject, pointer

_JUMPS: Final = ("break", "continue")
_INSTEAD: Final = "write strategy: continue, and a set step under then that puts the value in its place"
_ENDLESS: Final = "let one of them do without the other"


def check_flow(document: JsonObject, sites: list[Site], report: Report) -> None:
    """Report jumps outside loops, steps that are never reached, and what is wrong with tasks and child workflows."""
    for site in sites:
        kind = site.step.get("type")
        if kind in _JUMPS and not site.loops:
            report.add("jump-outside-loop", site.pointer, f"{kind} stands in no loop", "move it into a loop's body")
        if kind == "workflow" and site.step["workflowId"] == document.get("id"):
            message = "the workflow would enter itself without end"
            report.add("self-workflow", f"{site.pointer}/workflowId", message, "name another workflow, or use a loop")
        if kind == "set" and "fallbackValue" in mapping(site.step.get("onError")):
            message = "a set step gives no result that another value could stand for"
            report.add("unused-fallback", f"{site.pointer}/onError/fallbackValue", message, _INSTEAD)
        _check_branches(site, report)
    for where, steps in _lists(document, sites):
        _check_behind_jumps(where, steps, report)
    _check_tasks(document, sites, report)


def _lists(document: JsonObject, sites: list[Site]) -> list[tuple[str, tuple[JsonObject, ...]]]:
    """Give every list of steps with its pointer."""
    found = list(sequences(document))
    for name, task in mapping(document.get("tasks")).items():
        found.append((pointer(("tasks", name, "steps")), mappings(mapping(task).get("steps"))))
    found += [(f"{site.pointer}/{key}", steps) for site in sites for key, steps in branches(site.step)]
    return found


def _check_behind_jumps(where: str, steps: tuple[JsonObject, ...], report: Report) -> None:
    """Report the first step behind one after which nothing follows."""
    for index, step in enumerate(steps[:-1]):
        if _leaves(step):
            message = f"{steps[index + 1]['id']!r} is never reached: {step['id']!r} always jumps"
            report.add("unreachable-step", f"{where}/{index + 1}", message, "remove it, or give the jump a condition")
            return


def _leaves(step: JsonObject) -> bool:
    """Tell whether nothing behind a step is ever reached: it jumps, or is an if all of whose branches do."""
    if "runCondition" in step:
        return False
    if step.get("type") in _JUMPS:
        return True
    if step.get("type") != "if" or "else" not in step:
        return False
    return all(any(map(_leaves, inner)) for _, inner in branches(step))


def _check_branches(site: Site, report: Report) -> None:
    """Report branches behind conditions that are always false, or that another one always goes before."""
    step, where = site.step, site.pointer
    if step.get("type") != "if":
        return
    whens = [("then", step["condition"])] if "condition" in step else []
    whens += [(f"cases/{index}/then", case["when"]) for index, case in enumerate(mappings(step.get("cases")))]
    is_taken = False
    for key, when in whens:
        condition = sound_condition(when)
        if is_taken or is_never(condition):
            why = "a branch before it is always taken" if is_taken else "its condition is always false"
            report.add("unreachable-step", f"{where}/{key}", f"the branch is never taken: {why}", "remove it")
        is_taken = is_taken or is_always(condition)
    if is_taken and step.get("else"):
        message = "the branch is never taken: a branch before it is always taken"
        report.add("unreachable-step", f"{where}/else", message, "remove it")


def _check_tasks(document: JsonObject, sites: list[Site], report: Report) -> None:
    """Tasks that are named are there, none leads to itself, all are used, and get the inputs they ask for."""
    tasks = {name: mapping(task) for name, task in mapping(document.get("tasks")).items()}
    leads: dict[str, set[str]] = {name: set() for name in (MAIN, *tasks)}
    for site in sites:
        for where, branch in _parts(site):
            name = str(branch["task"])
            if name not in tasks:
                advice = report.near(name, tasks) or "declare it under tasks"
                report.add("unknown-task", f"{where}/task", f"there is no task {name!r}", advice)
                continue
            leads[site.task].add(name)
            _check_inputs(name, tasks[name], mapping(branch.get("inputs")), where, report)
    used = reached(MAIN, leads)
    for name in tasks:
        if circle(name, leads):
            message = f"the task {name!r} hands out tasks that lead back to it, without end"
            report.add("circular-task", pointer(("tasks", name)), message, _ENDLESS)
        elif name not in used:
            message = f"no parallel step that can be reached hands out the task {name!r}"
            report.add("unused-task", pointer(("tasks", name)), message, "remove it, or name it in a parallel step")


def _parts(site: Site) -> list[tuple[str, JsonObject]]:
    """Give what hands out tasks: a parallel step with items, or each branch of one."""
    if site.step.get("type") != "parallel":
        return []
    branched = mappings(site.step.get("branches"))
    if not branched:
        return [(site.pointer, site.step)]
    return [(f"{site.pointer}/branches/{index}", branch) for index, branch in enumerate(branched)]


def _check_inputs(name: str, task: JsonObject, given: JsonObject, where: str, report: Report) -> None:
    declared = {key: mapping(each) for key, each in mapping(task.get("inputs")).items()}
    for key in given:
        if key not in declared and key not in TASK_INPUTS:
            place = f"{where}/inputs{pointer((key,))}"
            advice = report.near(key, declared) or "declare it under inputs of the task"
            report.add("task-inputs", place, f"the task {name!r} has no input {key!r}", advice)
    for key, each in declared.items():
        is_needed = each.get("required") is not False and "default" not in each
        if is_needed and key not in given and key not in TASK_INPUTS:
            message = f"the task {name!r} needs the input {key!r}"
            report.add("task-inputs", where, message, f"give {key!r} under inputs")
