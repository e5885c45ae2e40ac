"""`migrate`: bring older workflow files to the current schema version, keeping their layout and comments.

Above: verbs.group. Below: current_form (what has to change), rewriting (how the text changes), writing.
"""

import sys
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

import click

from engine.library_model import AUTOMATION_YAML
from engine.library_read import check, kind_of, stem_of
from schema.source import Parsed, Syntax, syntax_of
from schema.source import read as read_source
from schema.values import Json, JsonObject
from server.reports.model import FileReport, Unreadable, plain
from server.reports.plain_json import dump
from server.reports.text import TextReport
from server.verbs.current_form import Current, current_form
from server.verbs.inputs import Input, TooLarge, expand, read
from server.verbs.rewriting import Edit, apply, edits, same
from server.verbs.saying import say_json, write
from server.verbs.verdicts import MAX_WORKFLOW_BYTES, guess, report, workflow_rules
from server.verbs.writing import CANNOT_WRITE, replace

INVALID = 1
KEEPS_FORM = "automation YAML keeps its form and works; --output FILE.json writes one file as a native document"
IN_PLACE = "what must change goes beyond its text; use --output FILE.json, which writes it anew"
STRICTER = "by the stricter rules of the current version it would be invalid; mend this first:"
HELP = """Bring older workflow files (schema versions 0.0.1 to 0.2.0) to the current one, in place.

FILES are files, folders, globs, or - (stdin to stdout). Comments and layout stay. A file that is invalid is left alone
and its findings are shown. Shows what changes as a diff.

\b
Exit codes:
  0  everything is current now (with --dry-run: could be made so)
  1  a file is invalid and was left alone
  2  wrong usage
  3  something could not be read or written"""


class Outcome(NamedTuple):
    """What became of one file: migrated, current, invalid or unreadable; why; its old and new text."""

    name: str
    status: str
    reasons: tuple[str, ...] = ()
    old: str = ""
    new: str = ""


@click.command(name="migrate", help=HELP)
@click.argument("files", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Show what would change, write nothing.")
@click.option("--backup", is_flag=True, help="Keep the old text beside each file as NAME.bak.")
@click.option("--output", metavar="PATH", help="Write there: a file for one input (.json makes JSON), else a folder.")
@click.option("--json", "as_json", is_flag=True, help="Say what was done as {files}.")
def command(*, files: tuple[str, ...], dry_run: bool, backup: bool, output: str | None, as_json: bool) -> None:
    """Run `migrate`."""
    inputs, missing = expand(files)
    inputs = [each for each in inputs if not each.is_inside]
    target = Path(output) if output else None
    if target is not None and len(inputs) > 1 and not target.is_dir():
        raise click.UsageError("--output must be a folder that exists when there are several files")
    outcomes = [Outcome(entry.name, "unreadable", (entry.reason,)) for entry in missing]
    for entry in inputs:
        outcome = outcome_of(entry, to_json=target is not None and target.suffix == ".json")
        outcomes.append(outcome)
        if not dry_run:
            _carry_out(entry, outcome, target, backup=backup)
        if not as_json:
            _say(outcome, to_stdout=entry.path is None and target is None and not dry_run)
    if as_json:
        say_json({"files": [_as_json(each) for each in outcomes]})
    click.get_current_context().exit(_exit_code(outcomes))


def outcome_of(entry: Input, *, to_json: bool = False) -> Outcome:
    """Read one input and work out its new text; nothing is written."""
    if entry.is_phased:
        return Outcome(entry.name, "current", ("a phased folder keeps its form",))
    data = read(entry, MAX_WORKFLOW_BYTES)
    if isinstance(data, Unreadable | TooLarge):
        reason = data.reason if isinstance(data, Unreadable) else f"larger than {data.most} bytes"
        return Outcome(entry.name, "unreadable", (reason,))
    judged = report(entry.name, data, workflow_rules(), found=entry.found)
    if judged is None:
        return Outcome(entry.name, "current", ("no workflow",))
    if not judged.valid:
        return Outcome(entry.name, "invalid", _findings(judged))
    syntax = syntax_of(entry.name) or guess(judged.text)
    if any(kind_of(each.value, syntax) == AUTOMATION_YAML for each in read_source(judged.text, syntax).documents):
        return _imported(entry.name, judged.text, to_json=to_json)
    return _rewritten(entry.name, judged.text, syntax, to_json=to_json)


def _imported(name: str, text: str, *, to_json: bool) -> Outcome:
    """Write an automation document anew as a native one where it goes into a file of its own; else it stays."""
    documents = read_source(text, Syntax.YAML).documents
    if not to_json or len(documents) != 1:
        return Outcome(name, "current", (KEEPS_FORM,), text, text)
    native = check(documents[0], AUTOMATION_YAML, stem_of(name)).native
    return Outcome(name, "migrated", ("automation YAML becomes a native document",), text, dump(native or {}))


def _rewritten(name: str, text: str, syntax: Syntax, *, to_json: bool) -> Outcome:
    parsed = read_source(text, syntax)
    forms = [current_form(document.value if isinstance(document.value, dict) else {}) for document in parsed.documents]
    targets: list[Json] = [form.document for form in forms]
    new = _edited(text, parsed, forms)
    as_one_json = (to_json or syntax is Syntax.JSON) and len(targets) == 1
    if as_one_json and (new is None or syntax is not Syntax.JSON):
        new, syntax = dump(targets[0]), Syntax.JSON
    again = read_source(new, syntax).documents if new is not None else ()
    if new is None or not same([document.value for document in again], targets):
        return Outcome(name, "invalid", (IN_PLACE,))
    judged = report(name, new.encode(), workflow_rules(), syntax=syntax)
    if judged is not None and not judged.valid:
        return Outcome(name, "invalid", (STRICTER, *_findings(judged)))
    reasons = tuple(reason for form in forms for reason in form.reasons)
    return Outcome(name, "current" if new == text else "migrated", reasons, text, new)


def _edited(text: str, parsed: Parsed, forms: list[Current]) -> str | None:
    """Give the text with every document in its current form; None where a change is beyond edits."""
    changes: list[Edit] = []
    for document, form in zip(parsed.documents, forms, strict=True):
        found = edits(text, document, form.document)
        if found is None:
            return None
        changes += found
    return apply(text, changes)


def _findings(judged: FileReport) -> tuple[str, ...]:
    said: list[str] = []
    TextReport(said.append).file(judged)
    return tuple(line.rstrip("\n") for line in said)


def _carry_out(entry: Input, outcome: Outcome, target: Path | None, *, backup: bool) -> None:
    """Write the new text where it belongs."""
    if outcome.status not in ("migrated", "current") or (target is None and outcome.status == "current"):
        return
    if target is None and entry.path is None:
        return  # stdin goes to stdout, which `_say` does
    path = entry.path if target is None else target / Path(entry.name).name if target.is_dir() else target
    if path is None or not outcome.new:
        return
    if backup and path.exists():
        replace(path.with_name(path.name + ".bak"), path.read_bytes())
    replace(path, outcome.new.encode())


def _say(outcome: Outcome, *, to_stdout: bool) -> None:
    if to_stdout and outcome.new:
        write(outcome.new)
        return
    sys.stderr.write(plain(f"{outcome.name}: {outcome.status}") + "\n")
    for reason in outcome.reasons:
        sys.stderr.write("".join(f"    {plain(line)}\n" for line in reason.split("\n")))
    if outcome.status == "migrated":
        old, new = outcome.old.splitlines(keepends=True), outcome.new.splitlines(keepends=True)
        for line in unified_diff(old, new, outcome.name, outcome.name):
            write(plain(line.rstrip("\r\n")) + "\n")


def _as_json(outcome: Outcome) -> JsonObject:
    reasons: list[Json] = [*outcome.reasons]
    return {"file": outcome.name, "status": outcome.status, "reasons": reasons}


def _exit_code(outcomes: list[Outcome]) -> int:
    statuses = {outcome.status for outcome in outcomes}
    return CANNOT_WRITE if "unreadable" in statuses else INVALID if "invalid" in statuses else 0
