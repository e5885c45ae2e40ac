"""Lists of steps: each step by its type, prompts together with the answers behind them, retired types with a hint.

Above: automation, automation_tasks. Below: automation_dialogue, automation_server, automation_flow.
"""

from collections.abc import Callable, Mapping
from typing import Final

from engine.formats import automation_dialogue as dialogue
from engine.formats import automation_flow as flow
from engine.formats import automation_server as server
from engine.formats.automation_ids import Ids
from engine.formats.automation_item import Item, Run
from engine.formats.automation_notes import quoted
from engine.formats.automation_parts import Part
from engine.formats.automation_texts import Texts
from schema.suggest import did_you_mean
from schema.values import JsonObject

READERS: Final[Mapping[str, Callable[[Item], JsonObject]]] = {
    "user_message": dialogue.message,
    "user_input": dialogue.user_input,
    "agent_prompt": dialogue.agent_prompt,
    "agent_response": dialogue.agent_response,
    "mcp_call": server.mcp_call,
    "shell_command": server.shell_command,
    "conditional": flow.conditional,
    "while_loop": flow.while_loop,
    "foreach": flow.foreach,
    "parallel_foreach": flow.parallel_foreach,
    "break": flow.jump,
    "continue": flow.jump,
    "wait_step": dialogue.wait_step,
    "state_update": server.state_update,
    "set_variable": server.state_update,
    "batch_state_update": server.batch_state_update,
    "agent_task": dialogue.agent_prompt,
    "agent_shell_command": server.agent_shell_command,
    "internal_mcp_call": server.mcp_call,
    "conditional_message": dialogue.conditional_message,
}
"""Every type of step there is, or was."""
RETIRED: Final = {
    "state_update": "put state_update into the step whose result it is about, or write a native `set` step",
    "set_variable": "put state_update into the step whose result it is about, or write a native `set` step",
    "batch_state_update": "put state_updates into the step whose result they are about, or write a native `set` step",
    "agent_task": "write agent_prompt",
    "agent_shell_command": "write shell_command with execution_context: client",
    "internal_mcp_call": "write mcp_call",
    "conditional_message": "write a conditional with a user_message in it",
}
"""Types of earlier versions, with what to write today."""
_GONE: Final = ("debug_task_completion", "debug_step_advance")
_HINTS: Final = {"steps": "did you mean 'body', 'then_steps'?", "method": "did you mean 'tool'?",
                 "params": "did you mean 'parameters'?", "when": "put the step into a conditional"}  # fmt: skip


class Steps:
    """Reads lists of steps of one run; `left` keeps what has no native key, by step id."""

    def __init__(self, run: Run, ids: Ids, left: JsonObject) -> None:
        """Take what the document's runs share."""
        self._run = run
        self._ids = ids
        self._left = left

    def read(self, parts: list[Part], texts: Texts) -> list[JsonObject]:
        """Give the native steps of a list; a step that cannot be read is a critical finding and left out."""
        native = []
        index = 0
        while index < len(parts):
            part = parts[index]
            answer = parts[index + 1] if index + 1 < len(parts) else None
            if part.value.get("type") not in ("agent_prompt", "agent_task") or not _is_answer(answer):
                answer = None
            step = self._step(part, texts, answer)
            native += [] if step is None else [step]
            index += 1 if answer is None else 2
        return native

    def _step(self, part: Part, texts: Texts, answer: Part | None) -> JsonObject | None:
        kind = self._kind(part)
        if kind is None:
            self._ids.merged()
            return None
        item = Item(part, self._ids.of(part.value, part.where), self._run, texts, self.read)
        part.take("id")
        part.take("type")
        if answer is not None:
            self._ids.merged()
            answer.take("id")
            answer.take("type")
            native = dialogue.agent_prompt(item, answer)
            self._leave(answer, item.id)
        else:
            native = READERS[kind](item)
        self._leave(part, item.id)
        return native

    def _kind(self, part: Part) -> str | None:
        """Give the type of a step, None where there is no such type."""
        said = part.value.get("type")
        if isinstance(said, str) and said in READERS:
            if said in RETIRED:
                part.notes.minor(part.at("type"), "retired-type", f"{said!r} is retired; it still works", RETIRED[said])
            return said
        if isinstance(said, str) and said in dialogue.LEVELS and "message" in part.value:
            message = f"the step has the type {said!r}; it is taken for a user_message of that kind"
            part.notes.minor(part.at("type"), "retired-type", message, f"write user_message and message_type: {said}")
            return "user_message"
        if said is None:
            near = "add 'type'"
            part.notes.critical(part.where, "missing-key", "this step has no 'type'", near)
        elif said in _GONE:
            message = f"{said!r} was a step of the earlier engine's own tests"
            part.notes.critical(part.at("type"), "unknown-type", message, "remove it")
        else:
            known = [each for each in READERS if each not in RETIRED]
            advice = did_you_mean(said, READERS) if isinstance(said, str) else None
            message = f"there is no step type {quoted(said)}"
            part.notes.critical(part.at("type"), "unknown-type", message, advice or f"write one of {', '.join(known)}")
        return None

    def _leave(self, part: Part, step_id: str) -> None:
        """Note the keys nobody took, and keep them."""
        context = part.text("execution_context")
        if context and context not in server.CONTEXTS:
            part.word(server.CONTEXTS, "execution_context")
        elif context == "server" and part.value.get("type") in ("mcp_call", "agent_prompt", "agent_response"):
            message = "the agent does this step, whatever its execution_context says"
            part.notes.minor(part.at("execution_context"), "no-effect", message, "remove execution_context")
        left = part.leave(f"a step of type {part.value.get('type')}", _HINTS)
        if left:
            before = self._left.get(step_id)
            self._left[step_id] = {**(before if isinstance(before, dict) else {}), **left}


def _is_answer(part: Part | None) -> bool:
    return part is not None and part.value.get("type") == "agent_response"
