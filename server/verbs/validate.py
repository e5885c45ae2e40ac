"""`validate`: every error of every file, with its line, for people, programs and CI.

Above: verbs.group. Below: verbs.inputs (files), verbs.verdicts (checks), reports (what is said).
"""

import sys
from collections.abc import Callable
from typing import NamedTuple

import click

from schema.source import Syntax
from server.reports.model import FileReport, Reporter, Totals, Unreadable
from server.verbs.inputs import Input, TooLarge, expand, read
from server.verbs.progress import shows_bar, with_bar
from server.verbs.saying import write
from server.verbs.verdicts import Rules, report, schema_rules, too_large, workflow_rules

HELP = """Check workflow files, or with --schema any data, and report every error.

FILES are files, folders, globs, or - for stdin: JSON, YAML (also of several documents) or JSONL. Works offline. In
folders and globs, files that hold no workflow are passed over; a phased workflow folder is checked as one document.

\b
Exit codes:
  0  nothing critical (with --strict: no finding at all)
  1  a critical finding (with --strict: any finding)
  2  wrong usage
  3  something could not be read (a file, or the schema), whatever else was found

Severities in SARIF and on GitHub: critical = error, major = warning, minor = note or notice."""

FORMATS = ("text", "json", "sarif", "github")


class _Run(NamedTuple):
    """What stays the same from file to file."""

    rules: Rules
    syntax: Syntax | None
    reporter: Reporter


@click.command(name="validate", help=HELP)
@click.argument("files", nargs=-1, required=True)
@click.option("--schema", "schema_file", metavar="FILE", help="Check against this JSON Schema (Draft 7) instead.")
@click.option("--check-formats", "formats", is_flag=True, help="With --schema: hold texts against `format` too.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="What to say.")
@click.option("--json", "form", flag_value="json", default="text", help="The same as --format json.")
@click.option("--strict", is_flag=True, help="Exit with 1 for any finding, not only for critical ones.")
@click.option("--syntax", type=click.Choice([each.value for each in Syntax]), help="Read all files as this.")
def command(
    *, files: tuple[str, ...], schema_file: str | None, formats: bool, form: str, strict: bool, syntax: str | None
) -> None:
    """Run `validate`."""
    inputs, missing = expand(files)
    bar = shows_bar(len(inputs))
    kept: list[str] = []
    reporter = make_reporter(form, kept.append if bar else write)
    run = _Run(_rules(schema_file, formats=formats), Syntax(syntax) if syntax else None, reporter)
    totals = Totals()
    for entry in missing:
        reporter.unreadable(entry)
        totals = totals._replace(unreadable=totals.unreadable + 1)
    if run.rules.with_folders:
        inputs = [each for each in inputs if not each.is_inside]
    for file in with_bar(inputs, "Checking"):
        totals = _check(run, file, totals)
    code = totals.exit_code(strict=strict)
    reporter.finish(totals, code)
    write("".join(kept))
    click.get_current_context().exit(code)


def _check(run: _Run, file: Input, totals: Totals) -> Totals:
    if run.rules.with_folders and file.is_phased and file.path is not None:
        from server.verbs.folder_verdict import folder_reports  # noqa: PLC0415 - only for phased folders

        for each in folder_reports(file.path):
            run.reporter.file(each)
            totals = totals.plus(each)
        return totals
    data = read(file, run.rules.max_bytes)
    outcome: FileReport | Unreadable | None
    if isinstance(data, TooLarge):
        outcome = too_large(file.name, data.most)
    elif isinstance(data, Unreadable):
        outcome = data
    else:
        outcome = report(file.name, data, run.rules, syntax=run.syntax, found=file.found)
    if outcome is None:
        return totals._replace(passed_over=totals.passed_over + 1)
    if isinstance(outcome, Unreadable):
        run.reporter.unreadable(outcome)
        return totals._replace(unreadable=totals.unreadable + 1)
    run.reporter.file(outcome)
    return totals.plus(outcome)


def _rules(schema_file: str | None, *, formats: bool) -> Rules:
    if schema_file is None:
        return workflow_rules()
    from server.verbs.schema_file import checker_of  # noqa: PLC0415 - only with --schema

    return schema_rules(checker_of(schema_file, formats=formats))


def make_reporter(form: str, say: Callable[[str], None]) -> Reporter:
    """Make the reporter of that format; its modules are imported here, each only when asked for."""
    if form == "json":
        from server.reports.plain_json import JsonReport  # noqa: PLC0415 - one of four

        return JsonReport(say)
    if form == "sarif":
        from server.reports.sarif import SarifReport  # noqa: PLC0415 - one of four
        from server.verbs.versions import own_version  # noqa: PLC0415 - only here

        return SarifReport(say, own_version())
    if form == "github":
        from server.reports.github import GithubReport  # noqa: PLC0415 - one of four

        return GithubReport(say)
    from server.reports.text import TextReport  # noqa: PLC0415 - one of four

    return TextReport(say, colour=sys.stdout.isatty())
