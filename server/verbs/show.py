"""`show`: one workflow - what it is for, and its steps or phases as an outline; `--json` gives the document itself.

Above: verbs.group. Below: engine.library, shared_library.
"""

import click
import orjson

from engine.definition import Declared, Phase
from engine.library import Entry
from engine.structure_sites import branches
from schema.values import Json, JsonObject
from server.reports.model import plain
from server.verbs.options import settings_flags
from server.verbs.saying import say_json
from server.verbs.shared_library import naming_files, open_from

MAX_NESTING = 16  # levels of loops shown; people nest two


@click.command(name="show")
@click.argument("workflow_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="The document itself.")
@settings_flags()
def command(*, workflow_id: str, as_json: bool, **values: object) -> None:
    """Show one workflow."""
    library, settings = open_from(values)
    with naming_files(library, settings):
        entry = library.entry(workflow_id)
    if as_json:
        say_json(entry.document)
        return
    for line in outline(entry):
        click.echo(plain(line))


def outline(entry: Entry) -> list[str]:
    """Give the lines that describe a workflow."""
    summary, document = entry.summary, entry.document
    lines = [f"{summary.name} ({summary.id} {summary.version})", summary.description, ""]
    lines.append(f"from: {summary.source} {summary.path}")
    lines.append(f"category: {summary.category}" + (f"; tags: {', '.join(summary.tags)}" if summary.tags else ""))
    lines += [f"hides: {each}" for each in summary.shadows]
    lines += [f"{each.severity.value}: line {each.line or 1}: {each.message}" for each in summary.problems]
    for title, key in (("before you start", "preconditions"), ("rules", "metaGuidance")):
        texts = document.get(key)
        if isinstance(texts, list) and texts:
            lines += ["", f"{title}:", *(f"  - {text}" for text in texts)]
    if entry.workflow.automation is not None and entry.workflow.automation.inputs:
        lines += ["", "inputs:", *map(_input_line, entry.workflow.automation.inputs)]
    if entry.workflow.is_phased:
        lines += ["", "phases:", *(line for phase in entry.workflow.phases for line in _phase(phase))]
    else:
        lines += ["", "steps:", *_steps(document.get("steps"), 1)]
    tasks = document.get("tasks")
    if isinstance(tasks, dict) and tasks:
        lines += ["", "tasks for sub-agents:", *(line for name, task in tasks.items() for line in _task(name, task))]
    return lines


def _input_line(declared: Declared) -> str:
    default = f", {orjson.dumps(declared.default).decode()} when left out" if declared.has_default else ""
    needed = "required" if declared.required else "optional"
    about = f": {declared.description}" if declared.description else ""
    return f"  {declared.name}{about}  [{declared.kind}{default or ', ' + needed}]"


def _task(name: str, task: Json) -> list[str]:
    """Give the lines of a task for sub-agents: what it is for, and its steps if it has some."""
    known = task if isinstance(task, dict) else {}
    return [f"  {name}: {known.get('description', '')}".rstrip(": "), *_steps(known.get("steps"), 2)]


def _phase(phase: Phase) -> list[str]:
    """Give the lines of a phase: its title, its tasks, what its gate asks for."""
    lines = [f"  {phase.number}: {phase.title}", *_steps(phase.shown.get("tasks"), 2)]
    if phase.gate.is_own:
        asked = ", ".join(field.name for field in phase.gate.fields) or "its rules only"
        lines.append(f"    (gate: {asked}{'' if phase.gate.strict else '; what is wrong is only noted'})")
    return lines


def _steps(steps: Json, depth: int) -> list[str]:
    lines: list[str] = []
    for step in steps if isinstance(steps, list) and depth <= MAX_NESTING else []:
        if isinstance(step, dict):
            lines.append("  " * depth + _step_line(step))
            if isinstance(body := step.get("body"), str):
                lines.append(f"{'  ' * (depth + 1)}(body: step {body})")
            for key, inner in branches(step):
                is_body = key == "body"
                lines += [] if is_body or not inner else [f"{'  ' * (depth + 1)}{_label(key)}"]
                lines += _steps(list(inner), depth + (1 if is_body else 2))
    return lines


def _label(key: str) -> str:
    """Name a branch of a step.

    >>> _label("cases/0/then"), _label("else"), _label("onError/then")
    ('case 1:', 'else:', 'when it fails:')
    """
    if key.startswith("cases/"):
        return f"case {int(key.split('/')[1]) + 1}:"
    return "when it fails:" if key == "onError/then" else f"{key}:"


def _step_line(step: JsonObject) -> str:
    marks = []
    loop, kind = step.get("loop"), str(step.get("type", "prompt"))
    if kind not in ("prompt", "loop"):
        marks.append(kind)
    if isinstance(loop, dict):
        marks.append(f"loop {loop.get('type')}, at most {loop.get('maxIterations')} passes")
    if "runCondition" in step:
        marks.append("only if")
    if step.get("requireConfirmation"):
        marks.append("asks for confirmation")
    if "validationCriteria" in step:
        marks.append("checked")
    if "evidence" in step:
        marks.append("asks for evidence")
    named = f"{step.get('id')}: {step.get('title', '')}".rstrip(": ")
    return named + (f"  [{', '.join(marks)}]" if marks else "")
