"""What a person is told before they approve: one account for every way of asking, bounded and safe to show.

Above: tools.approvals (the question), the verb `sessions approve`. Below: model, position, engine.template. Texts come
from agents and files: what could steer a terminal or begin a line of its own is written out as an escape.
"""

import json
from typing import Final

from engine.definition import CallStep, PromptStep, Workflow
from engine.sessions.events import Event
from engine.sessions.model import Issue, State
from engine.sessions.phase_family import GateRefused
from engine.sessions.position import open_step, phase_of, scope_of
from engine.sessions.step_family import StepRefused
from engine.template import as_text, fill, parse
from schema.values import JsonObject

MAX_REPORTED: Final = 500
"""Characters of a report a person is shown: a screen's worth to judge by; the session's log has all of it."""
MAX_TEXT: Final = 200
"""Characters of a name, a title or a reason."""
MAX_ISSUES: Final = 10
"""Things refused that are told one by one; those after them are counted."""


def visible(text: str, most: int = MAX_TEXT) -> str:
    r"""Give the beginning of a text with every control and invisible character as an escape.

    >>> visible("a\n\x1b[31mb"), visible("x" * 300, 3)
    ('a\\n\\x1b[31mb', 'xxx…')
    """
    shown = text[:most]
    if not shown.isprintable():
        shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in shown)
    return shown + "…" if len(text) > most else shown


def reported(output: str | None, evidence: JsonObject | None) -> str:
    """Give what a report said as text: its output, else its evidence; "" for neither.

    >>> reported("Done.", {"tests": 3}), reported(None, {"tests": 3}), reported(None, None)
    ('Done.', '{"tests":3}', '')
    """
    if output is not None:
        return output
    return json.dumps(evidence, ensure_ascii=False, separators=(",", ":")) if evidence else ""


def refused_report(event: Event) -> str:
    """Give what the report said that this event refused; "" where the event holds none."""
    if isinstance(event, StepRefused):
        return reported(event.output, None)
    return reported(None, event.evidence) if isinstance(event, GateRefused) else ""


def facts(state: State, workflow: Workflow, said: str, key: str = "") -> tuple[str, ...]:
    """Give the lines a person decides on; `said`: what the report says, "" where that is not known.

    `key`: the open stepKey as the session knows it, where `state` is that of a run inside it.
    """
    step = open_step(state, workflow)
    title = phase_of(workflow, state.phase).title if step is None else step.title
    if step is not None and "{{" in title:
        title = as_text(fill(parse(title), scope_of(state, workflow)).value)
    lines = [
        f'Workflow: "{visible(workflow.name)}" ({visible(state.workflow_id)})',
        f"Target file: {visible(state.target_file)}",
        f'Step: "{visible(title)}" ({visible(key or state.position) or "no step"})',
    ]
    if isinstance(step, PromptStep | CallStep) and step.irreversible:
        lines.append("What it does cannot be undone.")
    if said:
        lines.append(f"Reported: {visible(said, MAX_REPORTED)}")
    return (*lines, *_refusal(state.refused.issues if state.refused is not None else ()))


def _refusal(issues: tuple[Issue, ...]) -> list[str]:
    if not issues:
        return []
    told = [f"  - {visible(each.field)}: {visible(each.message)}" for each in issues[:MAX_ISSUES]]
    more = [f"  and {len(issues) - MAX_ISSUES} more"] if len(issues) > MAX_ISSUES else []
    return ["Refused so far because:", *told, *more]
