"""Lines written for a shell: which of them are plain words, and how one that may not run is handed to the agent.

Above: engine.formats, beginning, pinned. Below: engine.template (slots stay whole). Pure. A line with pipes,
redirections, variables or patterns needs a shell; any other is a program and its arguments.
"""

import json
from typing import Final

from engine import template
from engine.definition import Slot
from schema.values import Json, JsonObject

HANDED: Final = (
    "Run this line in a shell yourself{where}. Look at it before you do: values in it come from the workflow.\n\n"
    "```sh\n{line}\n```\n\n"
    "Report one JSON object: exitCode (a number), stdout and stderr (texts){data}.{failed}"
)
"""What the agent is told of a line that the server does not run."""
_DATA: Final = {
    "lines": ", and data: the lines of stdout as a list",
    "json": ", and data: the value that the JSON in stdout says",
}
_FAILED: Final = {
    "continue": " If it fails, report that as it is.",
    "fallback": " If it fails, report instead: {value}",
}
_MUST_SUCCEED: Final = " It counts with exit code 0 only: if it fails, mend what is wrong and run it again."
_SYNTAX: Final = frozenset("|&;<>()$`*?[\n")
"""Characters that mean something to a shell outside quotes."""
_AT_START: Final = frozenset("#~")
"""The same at the beginning of a word."""
# fmt: off
_BUILT_IN: Final = frozenset((
    "!", ".", "alias", "bg", "case", "cd", "command", "do", "done", "elif", "else", "esac", "eval", "exec", "exit",
    "export", "fg", "fi", "for", "hash", "if", "jobs", "local", "read", "readonly", "return", "set", "shift", "source",
    "then", "times", "trap", "type", "ulimit", "umask", "unalias", "unset", "until", "wait", "while", "{", "}",
))
# fmt: on
"""First words that only a shell knows."""


class UnclosedQuoteError(Exception):
    """A line whose quotes do not close; nobody can tell its words."""


def plain_words(line: str) -> tuple[str, ...] | None:
    """Give the words of a line as POSIX shells split it, slots kept whole; None where it needs a shell.

    >>> plain_words("git log -n {{ inputs.count }} --format='%h %s'")
    ('git', 'log', '-n', '{{ inputs.count }}', '--format=%h %s')
    >>> plain_words("git diff --name-only | head") is None
    True
    """
    splitter = _Splitter()
    for part in template.parse(line.strip()).parts:
        if isinstance(part, Slot):
            splitter.slot(part.written)
        else:
            splitter.take(part)
    words = splitter.finish()
    if words is None or not words or words[0] in _BUILT_IN or _is_assignment(words[0]):
        return None
    return words


class _Splitter:
    """The words so far; `_word` is None between words."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._word: list[str] | None = None
        self._quote = ""
        self._is_escaped = False
        self._needs_shell = False

    def slot(self, written: str) -> None:
        """Add a slot to the word it stands in."""
        self._is_escaped = False
        self._word = [*(self._word or []), written]

    def take(self, text: str) -> None:
        """Add plain text; braces that are no slot stay none."""
        for character in text.replace("{{", "\0"):
            self._character("\\{{" if character == "\0" else character)

    def finish(self) -> tuple[str, ...] | None:
        """Give the words, None where a shell is needed."""
        if self._quote or self._is_escaped:
            raise UnclosedQuoteError
        self._end()
        return None if self._needs_shell else tuple(self._words)

    def _character(self, character: str) -> None:
        if self._is_escaped:
            self._is_escaped = False
            is_kept = self._quote == '"' and character not in ('"', "\\", "$", "`")
            self._add("\\" + character if is_kept else character)
        elif character == "\\" and self._quote != "'":
            self._is_escaped = True
        elif self._quote:
            self._quoted(character)
        elif character in ("'", '"'):
            self._quote = character
            self._add("")
        elif character in " \t":
            self._end()
        else:
            self._needs_shell |= character in _SYNTAX or (self._word is None and character in _AT_START)
            self._add(character)

    def _quoted(self, character: str) -> None:
        if character == self._quote:
            self._quote = ""
            return
        self._needs_shell |= self._quote == '"' and character in "$`"
        self._add(character)

    def _add(self, text: str) -> None:
        self._word = [*(self._word or []), text]

    def _end(self) -> None:
        if self._word is not None:
            self._words.append("".join(self._word))
        self._word = None


def _is_assignment(word: str) -> bool:
    name, sign, _ = word.partition("=")
    return bool(sign) and name.isidentifier() and name.isascii()


def hand_over(document: JsonObject) -> JsonObject:
    """Give a native document in which every shell line is a prompt for the agent; the same one where there is none.

    >>> step = {"type": "command", "id": "count", "shellLine": "ls | wc -l", "store": "n"}
    >>> handed = hand_over({"steps": [step]})["steps"][0]
    >>> handed["type"], handed["store"], "ls | wc -l" in handed["prompt"]
    ('prompt', 'n', True)
    """
    handed = _handed(document)
    return handed if isinstance(handed, dict) else document


_HOLDERS: Final = frozenset(("steps", "phases", "tasks", "then", "else", "cases", "body", "onError"))
"""Keys below which steps stand."""


def _handed(value: Json) -> Json:
    if isinstance(value, list):
        items = [_handed(each) for each in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    if not isinstance(value, dict):
        return value
    if value.get("type") == "command" and isinstance(value.get("shellLine"), str):
        value = handed_step(value)
    changes = {}
    for key in value.keys() & _HOLDERS:
        inner = value[key]
        new = _named(inner) if key == "tasks" and isinstance(inner, dict) else _handed(inner)
        if new is not inner:
            changes[key] = new
    return {**value, **changes} if changes else value


def _named(tasks: JsonObject) -> Json:
    """Hand over in tasks by name; the same object where nothing changed."""
    handed = {name: _handed(each) for name, each in tasks.items()}
    return tasks if all(handed[name] is each for name, each in tasks.items()) else handed


def handed_step(step: JsonObject) -> JsonObject:
    """Give the prompt that stands for a step with a shell line; a command's result and the agent's have one form."""
    cwd, parse = step.get("cwd"), str(step.get("parse", "text"))
    where = f", in the folder {cwd} of the workspace" if isinstance(cwd, str) else ", in the workspace"
    on_error = step.get("onError")
    strategy = on_error.get("strategy") if isinstance(on_error, dict) else None
    failed = _FAILED.get(str(strategy), _MUST_SUCCEED)
    if strategy == "fallback" and isinstance(on_error, dict):
        failed = failed.format(value=json.dumps(on_error.get("fallbackValue"), ensure_ascii=False))
    prompt = HANDED.format(where=where, line=str(step["shellLine"]), data=_DATA.get(parse, ""), failed=failed)
    code: JsonObject = {"type": "integer"} if str(strategy) in _FAILED else {"type": "integer", "const": 0}
    facts: JsonObject = {"exitCode": code, "stdout": {"type": "string"}, "stderr": {"type": "string"}}
    needed: list[Json] = ["exitCode", "stdout"]
    if parse in _DATA:
        facts["data"] = {"type": "array", "items": {"type": "string"}} if parse == "lines" else {}
        needed.append("data")
    kept: JsonObject = {key: step[key] for key in _KEPT if key in step}
    return {
        "type": "prompt",
        "id": step["id"],
        "title": step.get("title", step["id"]),
        **kept,
        "prompt": prompt,
        "expect": {"type": "object", "required": needed, "properties": facts},
    }


_KEPT: Final = ("runCondition", "irreversible", "store", "update", "onError", "timeout")
