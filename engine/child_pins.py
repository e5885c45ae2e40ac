"""What a workflow takes with it into a session: the workflows it enters as children, transitively, each pinned.

Above: engine.beginning. Below: the library, engine.pinned, engine.shell_lines. A child that is missing or invalid
refuses the start, naming the way to it.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from engine.build import build
from engine.definition import CommandStep, Step, Workflow, WorkflowStep
from engine.errors import WorkflowInvalidError, WorkflowNotFoundError
from engine.library_model import Entry
from engine.pinned import Pin, canonical
from engine.runner_model import Entries
from engine.sessions.effect_model import CommandRules
from engine.shell_lines import hand_over
from engine.store.port import Document
from schema.finding import Finding, Severity
from schema.values import JsonObject

MAX_CHILDREN: Final = 64
"""Workflows one session may enter as children, those of children included."""
UNKNOWN: Final = "unknown"
"""The source of a document whose source has no kind: nobody can allow it anything."""


class Taken(NamedTuple):
    """A document as a session takes it: what is pinned, and its source where it runs commands ("" elsewhere)."""

    pinned: Document
    pin: Pin
    source: str


class Children(NamedTuple):
    """The children of a workflow: what they are pinned to by the id it names them by, and what is pinned."""

    hashes: Mapping[str, str]
    taken: tuple[Taken, ...]

    @property
    def workflows(self) -> Mapping[str, Workflow]:
        """Give the definitions by the same ids."""
        by_hash = {each.pinned.hash: each.pin.workflow for each in self.taken}
        return {workflow_id: by_hash[digest] for workflow_id, digest in self.hashes.items()}


def take(entry: Entry, document: JsonObject, rules: CommandRules) -> Taken:
    """Take a document; its shell lines go to the agent unless the operator lets this source run them."""
    if document is entry.document and entry.workflow.automation is None:
        return Taken(canonical(document), Pin(document, entry.workflow), "")
    source = rules.kinds.get(entry.summary.source, UNKNOWN)
    may_run_lines = not rules.why_not and source in rules.sources and source in rules.lines
    final = document if may_run_lines else hand_over(document)
    workflow = entry.workflow if final is entry.document else build(final)
    runs_commands = any(isinstance(step, CommandStep) for step in steps_of(workflow))
    return Taken(canonical(final), Pin(final, workflow), source if runs_commands else "")


def take_children(library: Entries, workflow: Workflow, rules: CommandRules) -> Children:
    """Take the children of a workflow; WorkflowInvalidError naming the one that is not to be had."""
    hashes: dict[str, str] = {}
    taken: dict[str, Taken] = {}
    waiting: list[tuple[str, tuple[str, ...]]] = [(each, (workflow.id,)) for each in named_by(workflow)]
    while waiting:
        workflow_id, way = waiting.pop()
        if workflow_id in hashes:
            continue
        if len(hashes) == MAX_CHILDREN:
            raise _lacking(way[:1], f"it enters more than {MAX_CHILDREN} workflows, those of its children included")
        entry = _entry(library, workflow_id, way)
        child = take(entry, entry.document, rules)
        hashes[workflow_id] = child.pinned.hash
        taken[child.pinned.hash] = child
        waiting += [(each, (*way, workflow_id)) for each in named_by(child.pin.workflow)]
    return Children(hashes, tuple(taken.values()))


def named_by(workflow: Workflow) -> tuple[str, ...]:
    """Give the ids of the workflows it enters itself, each once."""
    if workflow.automation is None:
        return ()
    named = (step.workflow_id for step in steps_of(workflow) if isinstance(step, WorkflowStep))
    return tuple(dict.fromkeys(named))


def steps_of(workflow: Workflow) -> Iterator[Step]:
    """Give every step of a workflow, those of its tasks included."""
    waiting, seen = [workflow], {id(workflow)}
    while waiting:
        one = waiting.pop()
        yield from (place.step for place in one.places.values())
        tasks = () if one.automation is None else one.automation.tasks.values()
        fresh = [task.workflow for task in tasks if id(task.workflow) not in seen]
        seen.update(map(id, fresh))
        waiting += fresh


def _entry(library: Entries, workflow_id: str, way: tuple[str, ...]) -> Entry:
    """Find a child; WorkflowInvalidError of the workflow that begins, naming the child that is not to be had."""
    try:
        entry = library.entry(workflow_id)
    except WorkflowNotFoundError as error:
        raise _lacking(way, f"the workflow {workflow_id!r} that it enters is not there{error.hint}") from None
    except WorkflowInvalidError as error:
        raise _lacking(way, f"the workflow {workflow_id!r} that it enters is invalid: {error.details}") from None
    if entry.dynamic is not None:
        raise _lacking(way, f"the workflow {workflow_id!r} takes its phases from a file, so it cannot be entered")
    return entry


def _lacking(way: tuple[str, ...], what: str) -> WorkflowInvalidError:
    by = "" if len(way) == 1 else f" (entered by way of {' > '.join(way)})"
    finding = Finding(Severity.CRITICAL, "child-workflow", what + by, suggestion=_ADVICE)
    return WorkflowInvalidError(way[0], (finding,))


_ADVICE: Final = "Add or mend that workflow, or name another in workflowId"
