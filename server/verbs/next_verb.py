"""`next`: walk a workflow by hand in a terminal, or ask for one step with --json.

Above: verbs.group. Below: tools.workflow_next and workflow_validate (the same answers agents get), walk_prompt.
"""

import shlex

import click
import orjson

from engine.errors import StepNotFoundError
from schema.values import Json, JsonObject
from server.verbs.local_call import run_tool
from server.verbs.options import settings_flags
from server.verbs.saying import say_json
from server.verbs.shared_library import naming_files, open_from


@click.command(name="next")
@click.argument("workflow_id", metavar="ID")
@click.option("--done", "done", multiple=True, metavar="STEP", help="A finished step (id or stepKey); repeat in order.")
@click.option("--current", "current", metavar="STEP", help="The step that is current (currentStep).")
@click.option("--context", "context", default="{}", metavar="JSON", help="The variables, as a JSON object.")
@click.option("--json", "as_json", is_flag=True, help="Give one answer of workflow_next and end.")
@settings_flags()
def command(
    *, workflow_id: str, done: tuple[str, ...], current: str | None, context: str, as_json: bool, **values: object
) -> None:
    """Walk a workflow step by step.

    In a terminal: Enter finishes the step, NAME=VALUE sets a variable, ? explains the rest.
    """
    variables = _object(context)
    library, settings = open_from(values)
    try:
        with naming_files(library, settings):
            if not as_json:
                from server.verbs.walk_prompt import Walk  # noqa: PLC0415 - only by hand

                Walk(library, workflow_id, list(done), variables).run()
                return
            from tools import workflow_next  # noqa: PLC0415 - after the library, which may refuse

            arguments: JsonObject = {"workflowId": workflow_id, "completedSteps": list(done), "context": variables}
            arguments |= {"currentStep": current} if current else {}
            say_json(run_tool(workflow_next.stateless(library), arguments))
    except StepNotFoundError:
        _refuse_lists(done)
        raise


def _refuse_lists(done: tuple[str, ...]) -> None:
    """Explain --done to who gave it several steps at once; raises click.BadParameter."""
    for word in done:
        steps = [step.strip() for step in word.split(",") if step.strip()]
        if "," in word and len(steps) > 1:
            right = " ".join(f"--done {shlex.quote(step)}" for step in steps)
            message = f"'{word}' is no step; repeat --done once for each: {right}"
            raise click.BadParameter(message, param_hint="--done") from None


def _object(text: str) -> JsonObject:
    try:
        value: Json = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="--context") from None
    if not isinstance(value, dict):
        raise click.BadParameter('must be a JSON object, such as {"name": "value"}', param_hint="--context")
    return value
