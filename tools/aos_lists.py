"""The lists of aos_workflow: the workflows there are, and the sessions.

Above: tools.aos_workflow. Below: engine.library, engine.store.port, engine.projection, engine.sessions.phase_view.
"""

from collections import Counter
from itertools import islice
from typing import Final

from engine.errors import WorkflowInvalidError, WorkflowNotFoundError
from engine.library import Summary
from engine.projection import shown_row
from engine.sessions.phase_view import shown_status, stored_statuses
from engine.store.port import Query
from schema.values import Json, JsonObject
from tools.aos_answer import World
from tools.aos_arguments import Given
from tools.contract import Call, Done

MAX_WORKFLOWS: Final = 500
"""Workflows in one answer; workflow_list gives any number, a page at a time."""


async def list_workflows(world: World, given: Given, _call: Call) -> Done:
    """List the workflows, those of a category where one is named; broken ones are listed as not valid."""
    summaries = world.library.listing().summaries
    found = [each for each in summaries if given.category in ("", each.category)]
    shown: list[Json] = [_workflow(each) for each in islice(found, MAX_WORKFLOWS)]
    answer: JsonObject = {"status": "success", "action": given.action, "workflows": shown, "count": len(shown)}
    if not found and given.category:
        answer["warning"] = f"no workflow has the category {given.category!r}"
        answer["categories"] = [*sorted({each.category for each in summaries})]
    elif len(found) > MAX_WORKFLOWS:
        answer["warning"] = f"{len(found)} workflows fit, the first are shown; name a category, or use workflow_list"
    return Done(answer)


def _workflow(summary: Summary) -> JsonObject:
    return {
        "workflow_type": summary.id,
        "name": summary.name,
        "description": summary.description,
        "category": summary.category,
        "phases": summary.phases,
        "estimated_duration": summary.estimated_duration,
        "valid": summary.valid,
    }


async def list_sessions(world: World, given: Given, _call: Call) -> Done:
    """List sessions, newest first, a page at a time; `counts` are of all that fit, whatever their status."""
    every = Query(workflow_id=_workflow_id(world, given.workflow_type), target_file=given.target_file or None)
    wanted = every._replace(statuses=stored_statuses(given.status))
    page = await world.runner.store.sessions(wanted, given.cursor, given.limit)
    counts: Counter[str] = Counter()
    for status, number in (await world.runner.store.counts(every)).items():
        counts[shown_status(status)] += number
    now = world.clock.now()
    answer: JsonObject = {
        "status": "success",
        "action": given.action,
        "sessions": [shown_row(row, now) for row in page.rows],
        "count": len(page.rows),
        "counts": {status: counts[status] for status in sorted(counts)},
    }
    if page.cursor is not None:
        answer["next_cursor"] = page.cursor
    return Done(answer)


def _workflow_id(world: World, named: str) -> str | None:
    """Give the id a filter means: an alias stands for its workflow; a name nobody knows is looked for as it is."""
    if not named:
        return None
    try:
        return world.library.entry(named).workflow.id
    except (WorkflowNotFoundError, WorkflowInvalidError):
        return named
