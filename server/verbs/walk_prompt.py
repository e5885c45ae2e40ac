"""Walking by hand: shows a step, takes one line of input, goes on.

Above: verbs.next_verb. Below: the tools workflow_next and workflow_validate, run in this process.
"""

import shlex
import sys

import click
import orjson

from engine.errors import DomainError
from engine.library import Library
from schema.values import Json, JsonObject
from server.reports.model import plain
from server.verbs.local_call import run_tool
from server.verbs.refusals import in_terminal
from server.verbs.typed_value import WrongValueError, declared, read_value
from tools import workflow_next, workflow_validate

MAX_LINES = 20_000  # lines of input in one walk: a stuck script ends
PROMPT = "[Enter] done  [NAME=VALUE] set  [?] help  > "
HELP = """\
  Enter          this step is done, show the next one
  NAME=VALUE     set a variable: of the type a step declares for it (yes or no, a number), else JSON, else text
  check TEXT     hold TEXT against this step's criteria
  vars           show all variables
  back           take back the last step
  help           these words; ? does the same
  quit           leave; Ctrl-D does the same"""


class Walk:
    """One walk: what is done, what is known."""

    def __init__(self, library: Library, workflow_id: str, done: list[str], context: JsonObject) -> None:
        """Begin after the steps in `done`, with the variables of `context`."""
        self._next = workflow_next.stateless(library)
        self._validate = workflow_validate.make(library)
        self._library = library
        self._workflow_id = workflow_id
        self._done = done
        self._context = context

    def run(self) -> None:
        """Go on until the workflow is complete or the user leaves. Raises DomainError for an unknown workflow."""
        answer = self._ask()
        _show(answer)
        for _ in range(MAX_LINES):
            if answer["isComplete"]:
                return
            line = self._line()
            if line is None or line in ("quit", "q"):
                self._resume_hint()
                return
            before = [*self._done]
            try:
                if self._take(line.strip(), answer):
                    answer = self._ask()
                    _show(answer)
            except DomainError as error:
                self._done = before
                click.echo(plain(in_terminal(error)), err=True)

    def _ask(self) -> JsonObject:
        done: list[Json] = [*self._done]
        arguments: JsonObject = {"workflowId": self._workflow_id, "completedSteps": done, "context": self._context}
        return run_tool(self._next, arguments)

    def _line(self) -> str | None:
        """Give one line, None at the end of input."""
        click.echo(PROMPT, nl=False, err=True)
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else None

    def _take(self, line: str, answer: JsonObject) -> bool:
        """Do what the line says; True when the walk is to be asked again."""
        name, equals, text = line.partition("=")
        if not line:
            return self._finish(answer)
        if equals and name.strip().isidentifier():
            is_set = self._set(name.strip(), text.strip(), answer)
            return is_set and (answer["step"] is None or "missing" in _guidance(answer))
        if line == "back":
            return self._back()
        self._inform(line, answer)
        return False

    def _set(self, name: str, text: str, answer: JsonObject) -> bool:
        """Set a variable and say so; False, with the reason said, for a value of another type than declared."""
        document = self._library.entry(self._workflow_id).document
        try:
            value = read_value(text, declared(name, document, answer["step"]))
        except WrongValueError as error:
            click.echo(plain(f"{name} is not set: it must be {error}"), err=True)
            return False
        self._context = {**self._context, name: value}
        click.echo(plain(f"{name} is set to {orjson.dumps(value).decode()}"))
        return True

    def _back(self) -> bool:
        if not self._done:
            click.echo("there is no step to take back", err=True)
            return False
        click.echo(plain(f"taken back: {self._done.pop()}"))
        return True

    def _finish(self, answer: JsonObject) -> bool:
        key = answer.get("stepKey")
        if not isinstance(key, str):
            click.echo("nothing to finish here: set a missing variable with NAME=VALUE", err=True)
            return False
        if _guidance(answer).get("requiresConfirmation") and not _confirmed():
            return False
        self._done.append(key)
        return True

    def _inform(self, line: str, answer: JsonObject) -> None:
        if line == "vars":
            click.echo(orjson.dumps(self._context, option=orjson.OPT_INDENT_2).decode())
        elif line.startswith("check "):
            self._check(line.removeprefix("check "), answer)
        elif line in ("help", "?"):
            click.echo(HELP)
        else:
            click.echo(plain(f"I do not know '{line}'; help lists the words"), err=True)

    def _check(self, output: str, answer: JsonObject) -> None:
        step = answer["step"]
        if not isinstance(step, dict):
            return
        arguments: JsonObject = {"workflowId": self._workflow_id, "stepId": step["id"], "output": output}
        result = run_tool(self._validate, {**arguments, "context": self._context})
        click.echo("valid" if result.get("valid") else "not valid")
        for kind in ("issues", "suggestions", "warnings"):
            items = result.get(kind)
            for item in items if isinstance(items, list) else []:
                text = item.get("message", item) if isinstance(item, dict) else item
                click.echo(plain(f"  - {text}"))

    def _resume_hint(self) -> None:
        flags = "".join(f" --done {key}" for key in self._done)
        if self._context:
            flags += f" --context {shlex.quote(orjson.dumps(self._context).decode())}"
        click.echo(err=True)
        click.echo(plain(f"to go on here: workflow-lookup next {self._workflow_id}{flags}"), err=True)


def _confirmed() -> bool:
    click.echo("this step asks for confirmation: go on? [y/N] ", nl=False, err=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _guidance(answer: JsonObject) -> JsonObject:
    guidance = answer.get("guidance")
    return guidance if isinstance(guidance, dict) else {}


def _show(answer: JsonObject) -> None:
    for line in _lines(answer):
        click.echo(plain(line))


def _lines(answer: JsonObject) -> list[str]:
    warnings = answer.get("warnings")
    said = [f"warning: {warning}" for warning in warnings] if isinstance(warnings, list) else []
    progress = answer.get("progress")
    if isinstance(progress, dict):
        total = progress.get("total")
        said.append(f"done: {progress.get('done')}" + (f" of {total}" if total is not None else ""))
    guidance = _guidance(answer)
    step = answer["step"]
    if answer["isComplete"]:
        return [*said, "complete"]
    if isinstance(step, dict):
        said += ["", f"== {step.get('title', step.get('id'))} ({answer.get('stepKey')})", ""]
        said += str(guidance.get("prompt", "")).split("\n")
        criteria = guidance.get("validationCriteria")
        if criteria:
            said += ["", "the output is checked: `check TEXT` holds a text against the criteria"]
    missing = guidance.get("missing")
    for item in missing if isinstance(missing, list) else []:
        if isinstance(item, dict):
            values = item.get("values")
            shown = ", ".join(orjson.dumps(each).decode() for each in values) if isinstance(values, list) else ""
            one_of = f" (looked for: {shown})" if shown else ""
            said.append(f"missing: {item.get('variable')}{one_of}")
    return said
