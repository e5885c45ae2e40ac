"""A session's steps: reading where it stands, and reporting the open one. What durable workflow_next does.

Above: tools.workflow_next. Below: engine.runner, engine.sessions.answer, tools.approvals.
"""

import json
from typing import Final, NoReturn

from engine import keys
from engine.errors import ArgumentError, SessionStateError
from engine.runner import Declined, Outcome, Performed, Runner
from engine.sessions.answer import answer, is_accepted
from engine.sessions.approvable import reported
from engine.sessions.ids import is_session_id
from engine.sessions.limits import MAX_DEPTH
from engine.sessions.model import Approval
from engine.sessions.phase_family import PhaseCompleted
from engine.sessions.recovery import recovery
from engine.sessions.refusals import Refusal
from engine.sessions.session_family import MAX_TRIES, CodeRefused
from engine.sessions.step_family import ReportStep, StepReported, VariablesGiven
from schema.values import Json, JsonObject, is_deeper
from tools.approvals import Asking, with_people
from tools.contract import Answer, Call, Done

BY: Final = "workflow_next"
"""Who the log says it was."""
ABOUT: Final = ("output", "evidence", "context", "approval")
"""Arguments of a report that a refusal may be about; its message begins with the name, unless it is the approval."""
ABOUT_ARGUMENTS: Final = ("argument", "permission")
"""Reasons of refusals that another argument would mend; permission is about whose word counts."""
ACCEPTING: Final = (StepReported, PhaseCompleted, VariablesGiven)
"""Events of a report that counted."""
REASONS: Final = {"state": "limit"}
"""Reasons of refusals as errors name them, where they have another name: the log of the session is full."""


async def read(runner: Runner, session_id: str) -> Done:
    """Give where a session stands, and what somebody needs who knows nothing of it; changes nothing."""
    check_session_id(session_id)
    session = await runner.session(session_id)
    shown = answer(session.state, session.workflow, verified=runner.verified)
    shown["recovery"] = recovery(session.state, session.workflow, session.document)
    return Done(shown)


async def report(runner: Runner, arguments: JsonObject, call: Call) -> Answer:
    """Report the open step, or a gate; the same report again is answered as before."""
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

    asking = Asking(runner, session_id, _object(arguments, "approval"), reported(said.output, said.evidence))
    return await with_people(call, asking, perform, shown)


def check_session_id(session_id: str) -> None:
    """Raise ArgumentError unless a text may be a session's id."""
    if not is_session_id(session_id):
        raise ArgumentError("sessionId", "Invalid session_id format: it has 1 to 64 characters a-z, 0-9, _ and -")


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
    accepted = any(isinstance(event, ACCEPTING) for event in events) if events else is_accepted(state, key)
    shown = answer(state, workflow, verified=verified)
    wrong: list[Json] = [_wrong_code(event) for event in events if isinstance(event, CodeRefused)]
    if wrong:
        shown["issues"] = wrong
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


def refuse(refusal: Refusal, session_id: str, key: str) -> NoReturn:
    """Raise a refusal of a report of `key` as the error it is: about an argument, or about the state of the session."""
    if refusal.reason in ABOUT_ARGUMENTS:
        about = refusal.message.partition(" ")[0].rstrip(":")
        raise ArgumentError(about if about in ABOUT else "approval", refusal.message)
    arguments = json.dumps(refusal.remedy.arguments, ensure_ascii=False)
    advice = f"Call {refusal.remedy.tool} with {arguments}"
    facts: JsonObject = {"stepKey": key[: keys.MAX_SHOWN]} if refusal.reason == "not_open" else {}
    facts["open"] = list(refusal.open)
    reason = REASONS.get(refusal.reason, refusal.reason)
    raise SessionStateError(reason, session_id, refusal.message, advice, facts)
