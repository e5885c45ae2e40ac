"""Steps that work without anybody's answer: shell_command, mcp_call, and the retired ones that only set state.

Above: automation_steps. Below: automation_item, engine.shell_lines.
"""

from typing import Final

from engine.formats.automation_item import WHOLE, Item
from engine.formats.automation_parts import Part
from engine.formats.automation_values import Updates
from engine.shell_lines import UnclosedQuoteError, handed_step, plain_words
from schema.values import Json, JsonObject

PARSES: Final = {each: each for each in ("text", "lines", "json")}
"""What may be made of the output of a command."""
CONTEXTS: Final = {"client": "client", "server": "server"}
"""Who runs a command."""
_CALL: Final = {"data": "result.data"}


def shell_command(item: Item) -> JsonObject:
    """Read a shell_command: a program and its words where that is all it is, else a line for a shell."""
    _command(item)
    client = item.part.word(CONTEXTS, "execution_context") == "client"
    return _handed(item) if client else _split(item)


def agent_shell_command(item: Item) -> JsonObject:
    """Read an agent_shell_command of an early version: a line the agent runs."""
    _command(item)
    reason = item.part.text("reason")
    item.part.take("capture_output")
    native = _handed(item)
    if reason:
        native["prompt"] = f"{item.texts.text(reason, item.part.at('reason'))}\n\n{native['prompt']}"
    return native


def _command(item: Item) -> None:
    """Read what commands have, whoever runs them."""
    part = item.part
    item.begin("command")
    item.text("shellLine", "command")
    cwd = part.text("working_directory")
    if cwd:
        item.put("cwd", item.texts.text(cwd, part.at("working_directory")), "working_directory")
    parse = part.word(PARSES, "output_format")
    if parse is not None:
        item.put("parse", parse, "output_format")
    output = "result.stdout" if parse in (None, "text") else "result.data"
    words = {
        "stdout": output, "stderr": "result.stderr", "returncode": "result.exitCode", "exit_code": "result.exitCode",
        "full_output": "result",
    }  # fmt: skip
    item.results(words, f"{{{{ {output} }}}}", "store_result")
    item.timeout("timeout", "timeout_seconds")
    item.failures(_output)


def _output(value: Json) -> Json:
    """Give the result of a command that stands for a fallback value."""
    text = "" if value is None else value if isinstance(value, str) else str(value)
    return {"exitCode": 0, "stdout": text, "stderr": "", "data": value, "timedOut": False}


def _split(item: Item) -> JsonObject:
    """Make words of the line where it needs no shell."""
    where = item.part.at("command")
    line = str(item.native["shellLine"])
    try:
        words = plain_words(line)
    except UnclosedQuoteError:
        item.run.notes.critical(where, "unclosed-quote", "the quotes of this line do not close", "close them")
        return item.finish()
    if words is not None and words[0].startswith("{{"):
        message = "the program is named by a template; what runs must stand in the document"
        item.run.notes.critical(where, "program-template", message, "write the program's name")
    elif words is not None:
        del item.native["shellLine"]
        item.put("run", [*words], "command")
    elif line.strip():
        message = (
            "the line needs a shell; the agent is asked to run it unless the operator lets this source's lines run"
        )
        item.run.notes.minor(where, "shell-line", message, "write one program and its arguments, or keep it so")
    return item.finish()


def _handed(item: Item) -> JsonObject:
    """Make the prompt of a line that the agent is to run."""
    item.native = handed_step(item.native)
    return item.finish()


def mcp_call(item: Item) -> JsonObject:
    """Read an mcp_call: a tool the agent calls."""
    item.begin("call")
    tool = item.part.needed("tool")
    item.put("tool", tool, "tool")
    parameters = item.part.part("parameters")
    if parameters is not None:
        item.put("parameters", item.texts.template(parameters.value, parameters.where), "parameters")
    item.results(_CALL, WHOLE, "store_result")
    item.timeout("timeout", "timeout_seconds")
    item.failures()
    return item.finish()


def state_update(item: Item) -> JsonObject:
    """Read a state_update or set_variable."""
    names = [each for each in ("path", "variable", "variable_name", "name") if each in item.part.value]
    path = item.part.take(*names) if names else None
    item.begin("set")
    said: JsonObject = {key: item.part.take(key) for key in ("value", "operation") if key in item.part.value}
    update = Part(said | {"path": path}, item.part.where, item.run.notes)
    item.put("update", [_updates(item).one(update)], "value")
    return item.finish()


def batch_state_update(item: Item) -> JsonObject:
    """Read a batch_state_update."""
    item.begin("set")
    updates = _updates(item)
    found: list[Json] = [updates.one(each) for each in item.part.parts("updates")]
    if not found:
        item.run.notes.critical(item.part.where, "missing-key", "'updates' is missing", "add 'updates'")
    item.put("update", found, "updates")
    return item.finish()


def _updates(item: Item) -> Updates:
    return Updates(item.texts, {}, is_task=item.run.is_task)
