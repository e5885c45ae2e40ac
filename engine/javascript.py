"""The one seam to quickjs-ng: programs in contexts of their own, under limits of time, memory and stack.

Above: patterns, expression, script_running. Below: _quickjs (its package starts a thread; the module does not).
A context belongs to the thread that made it. It holds only the named globals, and everything in it is frozen once its
program stands; after a limit was hit a fresh one is made. Nothing in it can call back into Python.
"""

import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias

TIME_LIMIT: Final = 0.02
"""CPU seconds for one call; a sound pattern or expression needs microseconds."""
MEMORY_LIMIT: Final = 8 * 1024 * 1024
"""Bytes a context may hold."""
STACK_LIMIT: Final = 256 * 1024
"""Bytes of stack, well below what any thread of ours has."""
ATTEMPTS: Final = 3
"""The engine's time limit counts the CPU of all threads of the process; a call stopped for others' work runs again."""

# Without memory for an error the engine throws null, or what it had not made yet.
_NO_ERROR: Final = ("null", "[uninitialized]")
_MEMORY: Final = ("out of memory", "stack overflow", "Maximum call stack size exceeded")
Argument: TypeAlias = str | bool | int | float | None
Answer: TypeAlias = str | bool | int | float | None
Program: TypeAlias = Callable[..., Answer]

_START: Final = """
((allowed, make) => {
  "use strict";
  const program = make(), root = globalThis, freezeOne = Object.freeze, seen = new Set([root]);
  const {ownKeys, getOwnPropertyDescriptor, getPrototypeOf, deleteProperty} = Reflect;
  const literals = [function () {}, function* () {}, async function () {}, async function* () {}];
  for (const each of literals) deleteProperty(getPrototypeOf(each), "constructor");
  const freeze = (value) => {
    if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) return;
    seen.add(value);
    freezeOne(value);
    freeze(getPrototypeOf(value));
    for (const key of ownKeys(value)) {
      const property = getOwnPropertyDescriptor(value, key);
      [property.value, property.get, property.set].forEach(freeze);
    }
  };
  const iterators = [[].values(), "".matchAll(/a/g), ""[Symbol.iterator](), new Map().keys(), new Set().keys()];
  const globals = ownKeys(root).map((name) => root[name]);
  [...globals, ...literals, ...literals.map((each) => each.prototype), ...iterators].forEach(freeze);
  for (const name of ownKeys(root)) if (!allowed.includes(name)) deleteProperty(root, name);
  seen.delete(root);
  freeze(root);
  return program;
})
"""


class ScriptError(Exception):
    """A call that failed: `reason` is the engine's first line, `limit` is time, memory or none of them ("").

    `stack` is all it said.
    """

    def __init__(self, text: str) -> None:
        """Take the engine's own text, with its stack."""
        super().__init__(text)
        self.reason = text.partition("\n")[0]
        words = self.reason.partition(": ")[2]
        is_memory = words in _MEMORY or self.reason in _NO_ERROR
        self.limit = "time" if words == "interrupted" else "memory" if is_memory else ""
        self.stack = text


class Interpreter(threading.local):
    """A program, ready in a context of each thread that calls it; made at first use, and anew after a limit was hit."""

    def __init__(self, program: str, allowed: tuple[str, ...]) -> None:
        """`program` is an arrow function that gives the one function to be called; `allowed` are the globals kept."""
        self._program = program
        self._allowed = allowed
        self._function: Program | None = None

    def call(self, *arguments: Argument) -> Answer:
        """Call the program's function; ScriptError when it throws or hits a limit."""
        return self.perform(lambda program: program(*arguments))

    def perform(self, work: Callable[[Program], Answer]) -> Answer:
        """Let `work` call the program's function, as often as it likes; ScriptError when that throws or hits a limit.

        After a limit it may be done again, with a function that has forgotten all it was told.
        """
        attempts = ATTEMPTS
        while True:
            attempts -= 1
            started = time.thread_time()
            is_fresh = self._function is None
            try:
                return work(self._ready())
            except _failures() as error:
                failure = ScriptError(str(error))
            if failure.limit:
                self._function = None
            is_own_time = failure.limit == "time" and time.thread_time() - started >= TIME_LIMIT
            if not failure.limit or is_own_time or (failure.limit == "memory" and is_fresh) or attempts == 0:
                raise failure

    def _ready(self) -> Program:
        if self._function is None:
            from _quickjs import Context  # noqa: PLC0415 - most sessions never meet a pattern or expression

            context = Context()
            names = ", ".join(f'"{name}"' for name in self._allowed)
            self._function = context.eval(f"({_START.strip()})([{names}], {self._program})")
            context.set_memory_limit(MEMORY_LIMIT)
            context.set_time_limit(TIME_LIMIT)
            context.set_max_stack_size(STACK_LIMIT)
        return self._function


@lru_cache(maxsize=1)
def _failures() -> tuple[type[Exception], ...]:
    from _quickjs import JSException, StackOverflow  # noqa: PLC0415 - as in _ready

    return JSException, StackOverflow
