"""Patterns from documents: true ECMA-262, in quickjs-ng, under limits of time, memory and stack.

Above: conditions, criteria, structure. Below: _quickjs (its package starts a thread at import; the module does not).
A pattern is data: it is passed as an argument, never pasted into code. Contexts belong to the thread that made them.
"""

import json
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Final

TIME_LIMIT: Final = 0.02
"""CPU seconds for one match; a sound pattern needs microseconds."""
MEMORY_LIMIT: Final = 8 * 1024 * 1024
"""Bytes an interpreter may hold."""
STACK_LIMIT: Final = 256 * 1024
"""Bytes of stack, well below what any thread of ours has."""
MAX_PATTERN: Final = 8192
"""Code points of a pattern: compiling cannot be interrupted and takes up to 3 ms at this length."""
ATTEMPTS: Final = 3
"""The engine's time limit counts the CPU of all threads of the process; a match stopped for others' work runs again."""

_PROGRAM: Final = """
"use strict";
(() => {
  const compiled = new Map(), most = 256;
  const remember = (key, pattern, flags) => {
    const made = new RegExp(pattern, flags);
    if (compiled.size >= most) compiled.delete(compiled.keys().next().value);
    compiled.set(key, made);
    return made;
  };
  const parse = JSON.parse, test = (pattern, flags, text, encoded) => {
    if (encoded) [pattern, flags, text] = parse(text);
    const key = flags + "/" + pattern, found = compiled.get(key) || remember(key, pattern, flags);
    found.lastIndex = 0;
    return found.test(text);
  };
  const seen = new Set();
  const freeze = (value) => {
    if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) return;
    seen.add(value);
    Object.freeze(value);
    freeze(Object.getPrototypeOf(value));
    for (const key of Reflect.ownKeys(value)) {
      const property = Reflect.getOwnPropertyDescriptor(value, key);
      [property.value, property.get, property.set].forEach(freeze);
    }
  };
  freeze(globalThis);
  return test;
})()
"""


class PatternError(Exception):
    """A pattern that is no regular expression, or whose match hit a limit; the text says which."""


class _Interpreter(threading.local):
    """One interpreter for each thread, made at first use and again after a limit was hit."""

    test: Callable[[str, str, str, bool], bool] | None = None

    def tester(self) -> Callable[[str, str, str, bool], bool]:
        if self.test is None:
            from _quickjs import Context  # noqa: PLC0415 - most sessions never meet a pattern

            context = Context()
            self.test = context.eval(_PROGRAM)
            context.set_memory_limit(MEMORY_LIMIT)
            context.set_time_limit(TIME_LIMIT)
            context.set_max_stack_size(STACK_LIMIT)
        return self.test


_interpreter = _Interpreter()


def matches(pattern: str, flags: str, text: str) -> bool:
    r"""Tell whether `pattern` is found anywhere in `text`; PatternError when that cannot be told.

    >>> matches("^a.c$", "i", "ABC"), matches("^abc$", "", "abc\n")
    (True, False)
    """
    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"the pattern is longer than {MAX_PATTERN} characters")
    for _ in range(ATTEMPTS):
        started = time.thread_time()
        reason = ""
        try:
            return _run(pattern, flags, text)
        except _failures() as error:
            reason = str(error).partition("\n")[0]
        if "interrupted" in reason or "out of memory" in reason or "stack overflow" in reason:
            _interpreter.test = None
        if "interrupted" not in reason or time.thread_time() - started >= TIME_LIMIT:
            break
    raise PatternError(_explained(reason))


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
    tester = _interpreter.tester()
    try:
        (pattern + flags + text).encode()
    except UnicodeEncodeError:
        return tester("", "", json.dumps([pattern, flags, text]), True)  # noqa: FBT003 - the interpreter's own call
    return tester(pattern, flags, text, False)  # noqa: FBT003 - as above


@lru_cache(maxsize=1)
def _failures() -> tuple[type[Exception], ...]:
    from _quickjs import JSException, StackOverflow  # noqa: PLC0415 - as in tester

    return JSException, StackOverflow


def _explained(reason: str) -> str:
    if "interrupted" in reason:
        return f"its pattern needs more than {round(TIME_LIMIT * 1000)} ms"
    if "out of memory" in reason or "stack overflow" in reason:
        return "its pattern needs more memory than a pattern may have"
    return f"it is not a regular expression ({reason.removeprefix('SyntaxError: ')})"
