"""The click group: which verbs there are. A verb's module is imported when it is asked for.

Above: server.cli. Below: one module a verb, each with `command`.
"""

from importlib import import_module
from typing import NamedTuple

import click

from engine.errors import DomainError
from server.reports.model import plain
from server.setting_table import SettingsError
from server.verbs.refusals import exit_code, in_terminal

USAGE = 2
INTERRUPTED = 130
EXIT_CODES = """\b
Exit codes: 0 ok; 1 a critical finding (validate --strict: any), or what was asked for is not there or invalid;
2 wrong usage or settings; 3 something cannot be read or written; 130 interrupted.
Settings: defaults < ~/.config/workflowlookup/config.toml < .workflowlookup/config.toml in the workspace
< WORKFLOWLOOKUP_* variables < flags. `workflow-lookup doctor` shows each with its origin."""


class Verb(NamedTuple):
    """Where a verb lives, and its one line in the help."""

    module: str
    summary: str


VERBS = {
    "serve": Verb("serve_verb", "Serve workflows on stdio or HTTP."),
    "list": Verb("list_verb", "List workflows."),
    "show": Verb("show", "Show one workflow."),
    "next": Verb("next_verb", "Walk a workflow by hand, or get one step."),
    "validate": Verb("validate", "Check files: every error, with its line."),
    "schema": Verb("schema_verb", "Print the JSON Schema of workflows."),
    "init": Verb("init", "Make a project ready and print what clients need."),
    "new": Verb("new", "Make a workflow from a template."),
    "sessions": Verb("sessions_group", "Look at durable sessions; approve, export, prune them."),
    "store": Verb("store_group", "Check, back up, restore and migrate the session store."),
    "sources": Verb("sources", "Show where workflows come from."),
    "migrate": Verb("migrate", "Bring older workflow files to the current schema version."),
    "doctor": Verb("doctor", "Show settings with their origins, and what is wrong."),
    "version": Verb("versions", "Print the version."),
}


class VerbGroup(click.Group):
    """A group that imports a verb's module only to run it or to show its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give the verbs in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Import the verb; None when there is no such verb."""
        verb = VERBS.get(cmd_name)
        if verb is None:
            return None
        command: click.Command = import_module(f"server.verbs.{verb.module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """List the verbs without importing any."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, verb.summary) for name, verb in VERBS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it; an unknown verb's error names the closest ones."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from schema.suggest import closest  # noqa: PLC0415 - only to explain

            near = closest(args[0], list(VERBS))
            hint = f" Did you mean {' or '.join(near)}?" if near else " `workflow-lookup --help` lists them."
            raise click.UsageError(f"There is no verb '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


def _version(context: click.Context, _option: click.Parameter, wanted: object) -> None:
    if wanted and not context.resilient_parsing:
        from server.verbs.versions import version_line  # noqa: PLC0415 - only when asked

        click.echo(version_line())
        context.exit()


@click.group(
    cls=VerbGroup,
    name="workflow-lookup",
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
def group() -> None:
    """Hand an AI agent one step at a time: it asks for the next step, does just that, and has its output checked."""


def run(arguments: list[str]) -> int:
    """Run one command; gives its exit code. KeyboardInterrupt and BrokenPipeError pass through."""
    try:
        with group.make_context("workflow-lookup", arguments) as context:
            group.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SettingsError as error:
        return _failed(str(error), USAGE)
    except DomainError as error:
        return _failed(in_terminal(error), exit_code(error))
    return 0


def _failed(message: str, code: int) -> int:
    click.echo(f"workflow-lookup: {plain(message)}", err=True)
    return code
