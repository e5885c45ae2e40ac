"""What a session refuses, as the error a caller gets: about an argument, or about the state of the session.

Above: tools.session_step, tools.input_asking, tools.workflow_session. Below: engine.sessions.refusals.
"""

import json
from typing import Final, NoReturn

from engine import keys
from engine.errors import ArgumentError, SessionStateError
from engine.sessions.ids import is_session_id
from engine.sessions.refusals import Refusal
from schema.values import JsonObject

ABOUT: Final = (
    *("output", "evidence", "context", "approval"),
    *("updates", "expectedVersion", "name", "payload", "label", "toVersion", "reason"),
)
"""Arguments that a refusal may be about; its message begins with the name."""
ABOUT_ARGUMENTS: Final = ("argument", "permission")
"""Reasons of refusals that another argument would mend; permission is about whose word counts."""
REASONS: Final = {"state": "not_open"}
"""Reasons of refusals as errors name them, where they have another name: not now."""


def check_session_id(session_id: str) -> None:
    """Raise ArgumentError unless a text may be a session's id."""
    if not is_session_id(session_id):
        raise ArgumentError("sessionId", "Invalid session_id format: it has 1 to 64 characters a-z, 0-9, _ and -")


def refuse(refusal: Refusal, session_id: str, key: str, about: str = "approval", version: int = 0) -> NoReturn:
    """Raise a refusal as the error it is: about an argument, or about the state of the session.

    `key`: the stepKey that was sent, if any. `about`: the argument meant where the message names none. `version`: that
    of the log, told with a conflict.
    """
    if refusal.reason in ABOUT_ARGUMENTS:
        named = refusal.message.partition(" ")[0].rstrip(":").partition("/")[0]
        raise ArgumentError(named if named in ABOUT else about, refusal.message)
    arguments = json.dumps(refusal.remedy.arguments, ensure_ascii=False)
    advice = f"Call {refusal.remedy.tool} with {arguments}"
    facts: JsonObject = {"stepKey": key[: keys.MAX_SHOWN]} if refusal.reason == "not_open" else {}
    facts["open"] = list(refusal.open)
    if version and refusal.reason == "conflict":
        facts["actualVersion"] = version
    reason = REASONS.get(refusal.reason, refusal.reason)
    raise SessionStateError(reason, session_id, refusal.message, advice, facts)
