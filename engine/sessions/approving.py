"""A person's word: whether it counts, and what is recorded of it.

Above: step_decisions, phase_decisions. Below: codes, limits, refusals.
"""

from typing import Final, NamedTuple

from engine.definition import Gate
from engine.sessions.codes import is_right
from engine.sessions.limits import too_long
from engine.sessions.model import OVERRIDE, Approval, State, WaitKind
from engine.sessions.refusals import Policy, Refusal, refusal
from engine.sessions.session_family import MAX_TRIES, CodeRefused
from engine.sessions.step_family import ConfirmationRequested

_GET_CODE: Final = (
    "Approvals need a one-time code here: a person runs `workflow-lookup sessions approve {id}` on a terminal, and the "
    "code it shows goes into approval.code"
)

_SHOW_FIRST: Final = (
    "A code for an override is issued only after this gate has refused the evidence: send it without approval first"
)


class Word(NamedTuple):
    """What came with a report: a person's word as it was told, a code that proves it, the time and the policy."""

    approval: Approval | None
    code: str | None
    now: float
    policy: Policy


def proven(state: State, word: Word, approval: Approval) -> Approval | Refusal | CodeRefused:
    """Give a person's word as it is recorded; a refusal, or a wrong code to record, where it does not count."""
    if (refused := too_long(state, "approval.comment", approval.comment)) is not None:
        return refused
    if word.code is None:
        return needs_code(state) if word.policy.verified else approval
    code = state.code
    is_in_force = code is not None and (code.key, code.version) == (state.position, state.opened_version)
    if code is None or not is_in_force or word.now >= code.expires_at:
        message = "No code is in force for this position: none was issued, or it expired, was used or tried too often"
        return refusal(state, "permission", f"{message}. {_GET_CODE.format(id=state.session_id)}")
    if not is_right(word.code, code):
        return CodeRefused(state.position, min(code.tries + 1, MAX_TRIES))
    return approval._replace(how="code")


def needs_code(state: State) -> Refusal:
    """Refuse a word nobody proved."""
    return refusal(state, "permission", _GET_CODE.format(id=state.session_id))


def overridden(state: State, gate: Gate, word: Word) -> Approval | Refusal | CodeRefused | None:
    """Give the word that overrides a gate which did not pass; None where nobody overrides it."""
    approval = word.approval
    if approval is None or approval.decision != OVERRIDE:
        return None
    if not gate.allow_override:
        return refusal(state, "permission", "This gate allows no override: its evidence must pass")
    if not approval.comment.strip():
        return refusal(state, "argument", "An override needs a person's comment in approval.comment")
    if word.policy.verified and word.code is None and state.refused is None:
        return refusal(state, "permission", _SHOW_FIRST)
    return proven(state, word, approval)


def asked(state: State, digest: str, word: Word) -> tuple[ConfirmationRequested, ...] | Refusal:
    """Ask for a person's word; while the same report waits for it there is nothing to record."""
    waiting = state.waiting
    if waiting is None or waiting.kind is not WaitKind.CONFIRMATION or waiting.digest != digest:
        return (ConfirmationRequested(state.position, digest),)
    return needs_code(state) if word.approval is not None else ()
