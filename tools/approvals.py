"""People: whose word a report carries, and how a person is asked where one is needed.

Above: tools.workflow_next, tools.aos_phase. Below: engine.runner. A question names session, stepKey and the version the
step was opened with; a reply that comes when the session is elsewhere decides nothing.
"""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from engine import keys
from engine.errors import ArgumentError, SessionStateError
from engine.runner import Declined, Outcome, Runner, Session
from engine.sessions.answer import APPROVAL
from engine.sessions.approvable import facts
from engine.sessions.limits import MAX_NOTE
from engine.sessions.model import APPROVE, OVERRIDE, REJECT, Approval, State, WaitKind
from engine.sessions.nesting import inner_view
from engine.sessions.refusals import is_reportable
from engine.sessions.task_reading import open_keys
from engine.sessions.task_run import reports_of
from schema.values import Json, JsonObject
from tools.contract import Answer, Ask, Call, Done, Question

DECISIONS: Final = (APPROVE, REJECT, OVERRIDE)
BY_AGENT: Final = "agent"
BY_ELICITATION: Final = "elicitation"
MAX_CODE: Final = 64
"""Characters of what is offered as a one-time code; a real one has 8."""
MEMBERS: Final = frozenset(("decision", "code", "comment"))

Perform = Callable[[Approval | None, str | None], Awaitable[Outcome]]


class Asking(NamedTuple):
    """What a report that may need a person's word is about: `approval` as it was sent, and what the report `said`.

    `run`: the path of the run its step lies in, "" for the session's own.
    """

    runner: Runner
    session_id: str
    approval: JsonObject | None
    said: str
    run: str = ""


class Word(NamedTuple):
    """A person's word as it arrived: None where there is none. `asks`: without it, the person may be asked."""

    approval: Approval | None
    code: str | None
    asks: bool


async def with_people(
    call: Call,
    asking: Asking,
    perform: Perform,
    shown: Callable[[Outcome], Done],
    following: Callable[[Outcome, Done], Answer] = lambda _outcome, done: done,
) -> Answer:
    """Perform a report with the word that came with it, or with the client's reply; ask where one is still needed.

    `following` gives the answer to a report that needs nobody's word any more: it may ask something else.

    Raises ArgumentError for an approval of the wrong form, SessionStateError ("conflict") for a reply to a question
    about a step that is no longer open.
    """
    replied = call.state is not None
    if replied:
        await _check_reply(asking, call.state)
    word = _reply(call) if replied and asking.approval is None else word_of(asking.approval)
    outcome = await perform(word.approval, word.code)
    session = _inside(outcome.session, asking.run)
    waiting = session.state.waiting
    if not word.asks or isinstance(outcome, Declined) or waiting is None or waiting.kind is not WaitKind.CONFIRMATION:
        return following(outcome, shown(outcome))
    question = _question(session, asking)
    return Ask({APPROVAL: question}, _place(session.state, asking.run), shown(outcome))


def _inside(session: Session, run: str) -> Session:
    """Give a session as seen from a run inside it; as it is where that run is over."""
    if not run:
        return session
    try:
        state, workflow = inner_view(session.state, session.workflow, run)
    except LookupError:
        return session
    return session._replace(state=state, workflow=workflow)


def word_of(approval: JsonObject | None) -> Word:
    """Read an `approval` argument: what an agent says a person decided, or a person's code.

    >>> word_of({"decision": "approve", "comment": "fine"}).approval
    Approval(decision='approve', comment='fine', how='agent')
    """
    if approval is None:
        return Word(None, None, asks=True)
    unknown = sorted(approval.keys() - MEMBERS)
    if unknown:
        raise ArgumentError(f"{APPROVAL}/{unknown[0]}", "approval has the members decision, comment and code")
    decision = approval.get("decision")
    if decision not in DECISIONS:
        raise ArgumentError(f"{APPROVAL}/decision", "it must be approve, reject or override")
    comment = _text(approval, "comment", MAX_NOTE) or ""
    return Word(Approval(str(decision), comment, BY_AGENT), _text(approval, "code", MAX_CODE), asks=False)


def _text(approval: JsonObject, name: str, most: int) -> str | None:
    text = approval.get(name)
    if text is None:
        return None
    if not isinstance(text, str) or len(text) > most:
        raise ArgumentError(f"{APPROVAL}/{name}", f"it must be a text of at most {most} characters")
    return text


def _reply(call: Call) -> Word:
    """Read a client's reply; closing the question, or a form filled in wrongly, decides nothing."""
    nothing = Word(None, None, asks=False)
    reply = call.replies.get(APPROVAL)
    if reply is None:
        return Word(None, None, asks=True)
    if reply.get("action") == "decline":
        return Word(Approval(REJECT, "", BY_ELICITATION), None, asks=False)
    content = reply.get("content")
    if reply.get("action") != "accept" or not isinstance(content, dict):
        return nothing
    try:
        word = word_of({name: value for name, value in content.items() if value != ""})
    except ArgumentError:
        return nothing
    approval = word.approval
    if approval is None or approval.decision == OVERRIDE:
        return nothing
    return word._replace(approval=approval._replace(how=BY_ELICITATION))


def _place(state: State, run: str) -> JsonObject:
    key = keys.inside(run, state.position) if run else state.position
    return {"session": state.session_id, "stepKey": key, "version": state.opened_version}


async def _check_reply(asking: Asking, asked: Json) -> None:
    """Refuse a reply to a question about another session, or about a step that is not open any more.

    A step that was reported since is left to the report itself: sent again, it is answered as before.
    """
    session = await asking.runner.session(asking.session_id)
    state = _inside(session, asking.run).state
    place = asked if isinstance(asked, dict) else {}
    was_reported = place.get("stepKey") in reports_of(session.state)
    if place == _place(state, asking.run) or (place.get("session") == state.session_id and was_reported):
        return
    opened = open_keys(session.state) or ((session.state.position,) if is_reportable(session.state) else ())
    facts: JsonObject = {"open": [*opened], "actualVersion": session.state.version}
    raise SessionStateError("conflict", asking.session_id, _LATE, _READ, facts)


def _question(session: Session, asking: Asking) -> Question:
    """Give the question to a person: an elicitation with a flat form."""
    properties: JsonObject = {
        "decision": {"type": "string", "title": "Decision", "enum": [APPROVE, REJECT]},
        "comment": {"type": "string", "title": "Comment", "maxLength": MAX_NOTE},
    }
    required: list[Json] = ["decision"]
    key = keys.inside(asking.run, session.state.position) if asking.run else ""
    if asking.runner.verified:
        how = _CODE.format(id=f"{session.state.session_id} '{key}'" if key else session.state.session_id)
        properties["code"] = {"type": "string", "title": "One-time code", "description": how, "maxLength": MAX_CODE}
        required.append("code")
    form: JsonObject = {"type": "object", "properties": properties, "required": required}
    return Question("elicitation/create", {"message": _message(session, asking.said, key), "requestedSchema": form})


def _message(session: Session, said: str, key: str) -> str:
    return "\n".join((_REPORTS, *facts(session.state, session.workflow, said, key), _DECIDE))


_REPORTS: Final = "Your agent reports a step as done. It counts only with your word."
_DECIDE: Final = "Do you approve?"
_CODE: Final = "Run `workflow-lookup sessions approve {id}` in a terminal; it shows the code."
_LATE: Final = "The person's reply is about a step that is no longer open; it decided nothing"
_READ: Final = "Read the session with workflow_next and its sessionId alone, then report the open step"
