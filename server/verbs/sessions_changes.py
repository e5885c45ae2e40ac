"""`sessions approve|delete|prune|deletions`: what only an operator may do to a session.

Above: sessions_group. Below: shared_sessions, engine.sessions.codes, server.retention.
"""

import sys
from typing import Final

import click

from engine import keys
from engine.clock import SystemClock
from engine.errors import SessionStateError
from engine.retention import Swept
from engine.runner import Declined
from engine.sessions.approvable import facts, refused_report
from engine.sessions.audit import iso
from engine.sessions.codes import LENGTH, LIFETIME, SALT_BYTES, code_from, hashed
from engine.sessions.decide import Policy, Refusal, decide
from engine.sessions.nested_events import within
from engine.sessions.nesting import front, inner_view, path_of
from engine.sessions.session_family import IssueCode
from engine.store.port import Deletion
from schema.values import JsonObject
from server.reports.model import plain
from server.retention import retention_with
from server.verbs.options import settings_flags
from server.verbs.refusals import NOT_THERE
from server.verbs.saying import say_json
from server.verbs.sessions_files import sessions_of
from server.verbs.shared_sessions import BY, Opened, on_sessions

NO_TERMINAL: Final = (
    "a code is shown to a person at a terminal only; run `workflow-lookup sessions approve ID` in one yourself"
)

_NOTHING: Final = (
    "A code is for a step that asks for confirmation, or for a gate with allowOverride that failed once; a step of a "
    "task is named by its stepKey behind ID"
)


@click.command(name="approve")
@click.argument("session_id", metavar="ID")
@click.argument("step_key", metavar="[STEPKEY]", default="")
@settings_flags(durable=True)
def approve_command(*, session_id: str, step_key: str, **values: object) -> None:
    """Show a one-time code that lets an open step of a session pass; tell it the agent if you agree.

    Without STEPKEY it is the session's own next step; a step of a task is named by its stepKey.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(NO_TERMINAL)
    key, pending = on_sessions(values, lambda opened: _pending(opened, session_id, step_key))
    for line in (f"Session {session_id}", *pending):
        click.echo(plain(line))
    if not click.confirm("Show the code that approves this?"):
        click.echo("nothing was approved", err=True)
        click.get_current_context().exit(NOT_THERE)
    code = on_sessions(values, lambda opened: _issued(opened, session_id, key))
    click.echo(f"Code: {code[:4]}-{code[4:]}   good once, for {LIFETIME / 60:.0f} minutes, for this step only")


async def _pending(opened: Opened, session_id: str, key: str) -> tuple[str, tuple[str, ...]]:
    """Give the stepKey, and what a person decides on; SessionStateError where nothing can be approved there now."""
    session = await opened.runner.session(session_id)
    policy = Policy(strict_gates=False, verified=True)
    decided = decide(IssueCode("", "", key), session.state, session.workflow, SystemClock().now(), policy)
    if isinstance(decided, Refusal):
        raise _nothing_to_approve(session_id, decided)
    run = path_of(key)[0] if key else front(session.state, session.workflow).run
    state, workflow = inner_view(session.state, session.workflow, run)
    version = None if state.refused is None else state.refused.version
    log = () if version is None else await opened.runner.log(session_id)
    said = next((refused_report(within(each.event)[1]) for each in log if each.seq == version), "")
    whole = keys.inside(run, state.position) if run else state.position
    return whole, facts(state, workflow, said, whole)


def _nothing_to_approve(session_id: str, refusal: Refusal) -> SessionStateError:
    return SessionStateError("not_open", session_id, refusal.message.rstrip("."), _NOTHING)


async def _issued(opened: Opened, session_id: str, key: str) -> str:
    clock = SystemClock()
    code, salt = code_from(clock.random_bytes(LENGTH)), clock.random_bytes(SALT_BYTES).hex()
    outcome = await opened.runner.perform(session_id, IssueCode(salt, hashed(code, salt), key), BY)
    if isinstance(outcome, Declined):
        raise _nothing_to_approve(session_id, outcome.refusal)
    return code


@click.command(name="delete")
@click.argument("session_ids", metavar="ID...", nargs=-1, required=True)
@click.option("--reason", default="", help="Why; it stays in the audit log.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="As {deleted, absent}.")
@settings_flags(durable=True)
def delete_command(*, session_ids: tuple[str, ...], reason: str, yes: bool, as_json: bool, **values: object) -> None:
    """Delete sessions; a line about each stays in the audit log."""
    if not yes:
        _ask(f"Delete {sessions_of(len(session_ids))} for good?")

    async def deleted(opened: Opened) -> list[bool]:
        return [await opened.runner.delete(each, reason, BY) for each in session_ids]

    done = list(zip(session_ids, on_sessions(values, deleted), strict=True))
    if as_json:
        say_json(
            {"deleted": [each for each, there in done if there], "absent": [each for each, there in done if not there]}
        )
    else:
        for session_id, was_there in done:
            click.echo(plain(f"{session_id}: {'deleted' if was_there else 'not there'}"))
    click.get_current_context().exit(0 if all(there for _, there in done) else NOT_THERE)


def _ask(question: str) -> None:
    """Go on only with a person's yes; UsageError where there is no terminal to ask at."""
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is there to ask; --yes goes on without asking")
    click.confirm(question, abort=True, err=True)


@click.command(name="prune")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--archive/--no-archive", default=None, help="Export each first; default: as the setting retention says.")
@click.option("--json", "as_json", is_flag=True, help="As {sessions, how, left}.")
@settings_flags(durable=True)
def prune_command(*, yes: bool, archive: bool | None, as_json: bool, **values: object) -> None:
    """Remove finished sessions beyond retention_days and retention_count; active ones never."""
    if not yes:
        _ask("Remove finished sessions beyond the limits of retention?")

    async def pruned(opened: Opened) -> tuple[str, Swept]:
        wanted = opened.settings.retention == "archive" if archive is None else archive
        retention = retention_with(opened.settings, opened.runner.store, archive=wanted)
        return retention.how, await retention.once(SystemClock().now(), BY)

    how, (number, left) = on_sessions(values, pruned)
    if as_json:
        say_json({"sessions": number, "how": how, "left": [*left]})
    else:
        click.echo(f"{number} finished session{'' if number == 1 else 's'} {how}")
        for session_id in left:
            click.echo(
                f"{session_id} stays: it cannot be archived; `workflow-lookup sessions verify` says why", err=True
            )
    click.get_current_context().exit(NOT_THERE if left else 0)


@click.command(name="deletions")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="As a list of {session_id, workflow_type, at, by, reason}.")
@settings_flags(durable=True)
def deletions_command(*, limit: int, as_json: bool, **values: object) -> None:
    """Show the audit log of deleted sessions, newest first."""
    found = on_sessions(values, lambda opened: opened.runner.store.deletions(limit=limit))
    if as_json:
        say_json([_deletion(each) for each in found])
        return
    for each in found:
        click.echo(plain(f"{iso(each.at)}  {each.session_id}  {each.workflow_id}  by {each.by}: {each.reason}"))


def _deletion(each: Deletion) -> JsonObject:
    facts: JsonObject = {"session_id": each.session_id, "workflow_type": each.workflow_id}
    return {**facts, "at": iso(each.at), "by": each.by, "reason": each.reason}


COMMANDS: Final = (approve_command, delete_command, prune_command, deletions_command)
