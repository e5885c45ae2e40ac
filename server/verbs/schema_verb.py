"""`schema`: print workflow.schema.json, the contract every workflow is checked by.

Above: verbs.group. Below: schema.check.
"""

import click

from server.verbs.saying import say_json


@click.command(name="schema")
@click.option("--json", "as_json", is_flag=True, help="The same: the schema is JSON anyway.")
def command(*, as_json: bool) -> None:
    """Print the JSON Schema (Draft 7) of workflows."""
    del as_json
    from schema.check import workflow_schema  # noqa: PLC0415 - compiled validators, only here

    say_json(workflow_schema())
