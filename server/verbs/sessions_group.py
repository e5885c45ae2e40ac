"""`sessions`: look at durable runs, and do what an operator may do to them.

Above: verbs.group. Below: one module for looking, one for changing, one for files.
"""

import click

from server.verbs import sessions_changes, sessions_files, sessions_looks


@click.group(name="sessions")
def command() -> None:
    """Look at sessions; approve, export, import, delete, prune, verify them."""


for each in (*sessions_looks.COMMANDS, *sessions_files.COMMANDS, *sessions_changes.COMMANDS):
    command.add_command(each)
