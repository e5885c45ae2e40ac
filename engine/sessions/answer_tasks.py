"""Tasks in an answer: those handed out to sub-agents, how they work, and what is said of one that is over.

Above: answer. Below: answer_focus, task_reading.
"""

from typing import Final

from engine import keys
from engine.definition import Automation, ParallelStep, Step
from engine.guidance import progress
from engine.sessions.answer_focus import Focus
from engine.sessions.model import State, TaskStatus
from engine.sessions.outcomes import kind_of
from engine.sessions.task_reading import Task, shown
from schema.values import Json, JsonObject

MAX_NAMED: Final = 20
"""Open tasks that a text names; the list beside it has them all."""


def tasks_shown(state: State, within: str = "") -> list[JsonObject]:
    """Give the tasks of a run that are handed out; `within`: the path of the run."""
    return [
        {"taskId": each.task_id, "item": each.item, "index": each.number, "total": each.total}
        for each in shown(state, within)
    ]


def fan_out(focus: Focus) -> JsonObject:
    """Give a parallel step with its open tasks, and what to do with them."""
    step = focus.workflow.places[keys.step_id(focus.state.position)].step
    tasks: list[Json] = [*tasks_shown(focus.state, focus.run)]
    told = _FAN_OUT if tasks else _NONE
    prompt = told.format(session=focus.state.session_id, described=_described(step, focus.workflow.automation))
    titled: JsonObject = {"title": step.title} if step.title != step.id else {}
    result: JsonObject = {"step": {"id": step.id, "type": kind_of(step), **titled}, "guidance": {"prompt": prompt}}
    if tasks:
        result["tasks"] = tasks
    return result


def _described(step: Step, automation: Automation | None) -> str:
    """Say what the tasks are, as their author described them."""
    names = dict.fromkeys(part.task for part in step.parts) if isinstance(step, ParallelStep) else ()
    tasks = {} if automation is None else automation.tasks
    return " ".join(f"{name}: {tasks[name].description.rstrip(' .')}." for name in names)


def over(task: Task, state: State) -> JsonObject:
    """Give what is shown of a task that is not under way: what became of it, and which tasks are open."""
    listed = task.listed
    told = _OVER[listed.status].format(task=listed.task_id)
    if listed.error is not None:
        told += f" {listed.error.message}."
    tasks = tasks_shown(state)
    names = ", ".join(str(each["taskId"]) for each in tasks[:MAX_NAMED])
    told += _OTHERS.format(names=names) if tasks else _NO_OTHERS
    result: JsonObject = {"step": None, "guidance": {"prompt": told}}
    if tasks:
        result["tasks"] = [*tasks]
    is_done = listed.status is TaskStatus.COMPLETED
    return {**result, "progress": progress(int(is_done), 1 if is_done else None), "isComplete": is_done}


_FAN_OUT: Final = (
    "Give each of tasks to a sub-agent of its own. {described} A sub-agent calls workflow_next with sessionId "
    "{session} and its taskId, does the step it gets, and reports it with its stepKey, until the task is "
    "complete. When all are, read the session again with its sessionId alone: more tasks may be handed out then."
)
_NONE: Final = (
    "No task is to be handed out now. {described} Read the session again, with its sessionId alone ({session}), when "
    "the tasks under way have been reported."
)
_OTHERS: Final = " Open tasks: {names}."
_NO_OTHERS: Final = " No task is handed out now: whoever leads the session reads it, with its sessionId alone."
_OVER: Final = {
    TaskStatus.COMPLETED: "The task {task} is done: nothing is left to do in it.",
    TaskStatus.FAILED: "The task {task} has failed: nothing is left to do in it.",
    TaskStatus.CANCELLED: "The task {task} was cancelled: leave it as it is.",
    TaskStatus.PENDING: "The task {task} is not handed out: wait until it is among tasks.",
    TaskStatus.LEASED: "The task {task} is handed out.",
}
