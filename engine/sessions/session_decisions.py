"""The rules of whole sessions: beginning, resting, going back, allowing a code.

Above: decide. Below: onward, position, limits, refusals.
"""

from engine import keys
from engine.definition import Workflow
from engine.extent import check_context
from engine.sessions.codes import LIFETIME
from engine.sessions.deadlines import run_deadline
from engine.sessions.draft import Draft
from engine.sessions.inputs import Around, begun_with
from engine.sessions.limits import too_long
from engine.sessions.model import State
from engine.sessions.nesting import front, path_of
from engine.sessions.onward import go_on
from engine.sessions.phase_decisions import Decided
from engine.sessions.position import needs_confirmation, open_gate, phase_of
from engine.sessions.refusals import Policy, refusal, resting
from engine.sessions.scoping import session_facts
from engine.sessions.session_family import (
    CodeIssued,
    IssueCode,
    PauseSession,
    SessionPaused,
    SessionStarted,
    StartSession,
)


def decide_start(state: State | None, command: StartSession, workflow: Workflow, now: float, policy: Policy) -> Decided:
    """Begin: walk to the first step, or to the end where there is none.

    ArgumentError for too many variables, and for inputs that are not what the workflow declares.
    """
    if state is not None:
        return refusal(state, "state", f"The session {state.session_id} has begun already")
    check_context(command.variables)
    around = Around(session_facts(command.session_id, now), now)
    begun = begun_with(workflow, command.inputs, command.variables, around)
    started = SessionStarted(
        session_id=command.session_id,
        workflow_id=workflow.id,
        workflow_version=command.workflow_version,
        document=command.document,
        target_file=command.target_file,
        workspace=command.workspace,
        options=command.options,
        variables=begun.state,
        imported_from=command.imported_from,
        inputs=begun.inputs,
        computed=begun.computed,
        children=command.children,
        deadline=run_deadline(workflow, now),
        sources=command.sources,
        seal=command.seal,
    )
    draft = Draft.begun(started, workflow, now, policy)
    go_on(draft)
    return draft.finish()


def decide_pause(state: State, command: PauseSession) -> Decided:
    """Let an active session rest."""
    refused = resting(state) or too_long(state, "checkpoint_note", command.note)
    return refused if refused is not None else (SessionPaused(state.phase, command.note),)


def decide_code(draft: Draft, command: IssueCode) -> Decided:
    """Allow one approval by code, where something at the open step can be approved."""
    refused = resting(draft.state)
    if refused is not None:
        return refused
    run, local = path_of(command.key) if command.key else (front(draft.state, draft.workflow).run, "")
    try:
        inner = draft.inner(run) if run else draft
    except LookupError:
        return refusal(draft.state, "not_open", f"The step {command.key[: keys.MAX_SHOWN]} is not open")
    state = inner.state
    if local not in ("", state.position) or not _is_approvable(state, inner.workflow):
        return refusal(draft.state, "state", "Nothing at the open position can be approved now")
    inner.add(CodeIssued(state.position, state.opened_version, command.salt, command.hash, draft.now + LIFETIME))
    return draft.finish()


def _is_approvable(state: State, workflow: Workflow) -> bool:
    """Tell whether a person's word is needed, or could override a refused gate."""
    if needs_confirmation(state, workflow):
        return True
    if state.refused is None:
        return False
    is_of_phase = keys.is_gate(state.refused.key)
    gate = phase_of(workflow, state.phase).gate if is_of_phase else open_gate(state, workflow)
    return gate is not None and gate.allow_override
