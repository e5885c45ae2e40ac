"""A session's steps: reading where it stands, and reporting the open one. What durable workflow_next does.

Above: tools.workflow_next. Below: engine.runner, engine.sessions.answer, approvals, input_asking.
"""

import json
from typing import Final

from engine.errors import ArgumentError
from engine.runner import Declined, Outcome, Performed, Runner, Session
from engine.sessions.answer import answer, is_accepted, last_issues
from engine.sessions.answer_focus import run_of, task_of_key
from engine.sessions.approvable import reported
from engine.sessions.events import Event
from engine.sessions.flow_family import WaitEnded
from engine.sessions.limits import MAX_DEPTH
from engine.sessions.model import Approval
from engine.sessions.nested_events import within
from engine.sessions.phase_family import PhaseCompleted
from engine.sessions.recovery import recovery
from engine.sessions.session_family import MAX_TRIES, CodeRefused
from engine.sessions.step_family import ReportStep, StepReported, VariablesGiven
from schema.values import Json, JsonObject, is_deeper
from tools.approvals import Asking, with_people
from tools.contract import Answer, Call, Done
from tools.input_asking import asking, replied
from tools.session_refusals import check_session_id, refuse

BY: Final = "workflow_next"
"""Who the log says it was."""
ACCEPTING: Final = (StepReported, PhaseCompleted, VariablesGiven, WaitEnded)
"""Events of a report that counted."""


async def read(runner: Runner, session_id: str, task: str = "") -> Done:
    """Give where a session stands, or one of its tasks (`task`: its taskId); changes nothing.

    Of the session: with what somebody needs who knows nothing of it.
    """
    check_session_id(session_id)
    session = await runner.session(session_id)
    shown = answer(session.state, session.workflow, verified=runner.verified, now=runner.now(), task=task)
    if not task:
        shown["recovery"] = recovery(session.state, session.workflow, session.document)
    return Done(shown)


async def report(runner: Runner, arguments: JsonObject, call: Call) -> Answer:
    """Report the open step, or a gate; the same report again is answered as before.

    Where it leads to an input, the user is asked in the same call.
    """
    session_id, key = str(arguments["sessionId"]), str(arguments["stepKey"])
    check_session_id(session_id)
    said = ReportStep(
        key=key,
        output=_output(arguments.get("output")),
        evidence=_object(arguments, "evidence"),
        context=_object(arguments, "context") or {},
    )

    async def perform(approval: Approval | None, code: str | None) -> Outcome:
        return await runner.perform(session_id, said._replace(approval=approval, code=code), BY)

    def shown(outcome: Outcome) -> Done:
        return Done(_reported(outcome, key, verified=runner.verified))

    def following(outcome: Outcome, done: Done) -> Answer:
        session = outcome.session
        if session.workflow.automation is None or not isinstance(outcome, Performed) or not _counted(outcome.events):
            return done
        return asking(session, done, task_of_key(key, session.state))

    def went_on(session: Session) -> Done:
        return Done(_shown(session, key, accepted=True, verified=runner.verified))

    told = reported(said.output, said.evidence)
    about = Asking(runner, session_id, _object(arguments, "approval"), told, run_of(key))
    answered = await replied(call, runner, went_on)
    return answered if answered is not None else await with_people(call, about, perform, shown, following)


def _object(arguments: JsonObject, name: str) -> JsonObject | None:
    value = arguments.get(name)
    return value if isinstance(value, dict) else None


def _output(output: Json) -> str | None:
    """Give a report's output as text; other JSON is encoded. ArgumentError where it is too deep."""
    if output is None or isinstance(output, str):
        return output
    if is_deeper(output, MAX_DEPTH):
        raise ArgumentError("output", f"it is nested deeper than {MAX_DEPTH} levels")
    return json.dumps(output, ensure_ascii=False, separators=(",", ":"))


def _reported(outcome: Outcome, key: str, *, verified: bool) -> JsonObject:
    """Give the answer to a report; raises what a refusal means."""
    state, workflow = outcome.session.state, outcome.session.workflow
    if isinstance(outcome, Declined):
        refuse(outcome.refusal, state.session_id, key)
    events = outcome.events if isinstance(outcome, Performed) else ()
    accepted = _counted(events) if events else is_accepted(state, workflow, key)
    shown = _shown(outcome.session, key, accepted=accepted, verified=verified)
    wrong: list[Json] = [_wrong_code(event) for _, event in map(within, events) if isinstance(event, CodeRefused)]
    if wrong:
        shown["issues"] = wrong
    return shown


def _counted(events: tuple[Event, ...]) -> bool:
    """Tell whether a report counted, by what it led to."""
    return any(isinstance(event, ACCEPTING) for _, event in map(within, events))


def _shown(session: Session, key: str, *, accepted: bool, verified: bool) -> JsonObject:
    """Give where the session stands after a report of `key`; where that is of a task, where the task stands."""
    state = session.state
    refused = "" if accepted else key
    shown = answer(state, session.workflow, verified=verified, task=task_of_key(key, state), refused=refused)
    if not accepted and "issues" not in shown and (issues := last_issues(state, session.workflow, key)):
        shown["issues"] = issues
    return {"sessionId": state.session_id, "status": state.status.value, "accepted": accepted, **shown}


def _wrong_code(event: CodeRefused) -> JsonObject:
    """Say that a code was wrong; which one would be right only a person at a terminal is told."""
    left = MAX_TRIES - event.tries
    what = f"{left} more may be tried" if left else "a new one is needed"
    return {
        "field": "approval.code",
        "message": f"This is not the code that was issued for this step; {what}",
        "expected": "the code `workflow-lookup sessions approve` shows for this session",
        "received": "another code",
    }
