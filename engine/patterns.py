"""Patterns from documents: true ECMA-262, in quickjs-ng, under limits of time, memory and stack.

Above: conditions, criteria, checks, structure. Below: javascript.
A pattern is data: it is passed as an argument, never pasted into code.
"""

import json
from functools import lru_cache
from typing import Final

from engine.javascript import TIME_LIMIT, Interpreter, ScriptError

MAX_PATTERN: Final = 8192
"""Code points of a pattern: compiling cannot be interrupted and takes up to 3 ms at this length."""

_PROGRAM: Final = """
() => {
  const compiled = new Map(), most = 256;
  const remember = (key, pattern, flags) => {
    const made = new RegExp(pattern, flags);
    if (compiled.size >= most) compiled.delete(compiled.keys().next().value);
    compiled.set(key, made);
    return made;
  };
  const parse = JSON.parse;
  return (pattern, flags, text, encoded) => {
    if (encoded) [pattern, flags, text] = parse(text);
    const key = flags + "/" + pattern, found = compiled.get(key) || remember(key, pattern, flags);
    found.lastIndex = 0;
    return found.test(text);
  };
}
"""
_interpreter: Final = Interpreter(_PROGRAM, ("RegExp",))


class PatternError(Exception):
    """A pattern that is no regular expression, or whose match hit a limit; the text says which."""


def matches(pattern: str, flags: str, text: str) -> bool:
    r"""Tell whether `pattern` is found anywhere in `text`; PatternError when that cannot be told.

    >>> matches("^a.c$", "i", "ABC"), matches("^abc$", "", "abc\n")
    (True, False)
    """
    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"the pattern is longer than {MAX_PATTERN} characters")
    try:
        return _run(pattern, flags, text)
    except ScriptError as error:
        raise PatternError(_explained(error)) from error


@lru_cache(maxsize=1024)
def fault(pattern: str, flags: str = "") -> str | None:
    """Say why `pattern` with `flags` is no regular expression; None when it is one.

    >>> fault("a+b"), fault("(a", "")
    (None, "it is not a regular expression (expecting ')')")
    """
    try:
        matches(pattern, flags, "")
    except PatternError as error:
        return str(error)
    return None


def _run(pattern: str, flags: str, text: str) -> bool:
    """Call the interpreter; text with lone surrogates travels as JSON, which UTF-8 cannot carry."""
    try:
        (pattern + flags + text).encode()
    except UnicodeEncodeError:
        return _interpreter.call("", "", json.dumps([pattern, flags, text]), True) is True  # noqa: FBT003 - the program's own parameter
    return _interpreter.call(pattern, flags, text, False) is True  # noqa: FBT003 - as above


def _explained(error: ScriptError) -> str:
    if error.limit == "time":
        return f"its pattern needs more than {round(TIME_LIMIT * 1000)} ms"
    if error.limit == "memory":
        return "its pattern needs more memory than a pattern may have"
    return f"it is not a regular expression ({error.reason.removeprefix('SyntaxError: ')})"
