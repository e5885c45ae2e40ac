"""Runs planned expressions: sends what they read, keeps what was sent, asks for the answer.

Above: scripts. Below: script_plan, script_program, expression (what may be sent), javascript.
A list or object is sent once and known by its identity from then on: values are never changed, so the same object is
the same value. What is kept is bounded; after a limit was hit nothing is kept any more.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, NamedTuple

from engine.definition import Script
from engine.expression import refuse_number, refuse_size, written
from engine.expression_words import BUILT_IN
from engine.javascript import Answer, Argument, Interpreter, Program
from engine.scopes import MISSING, Scope
from engine.script_plan import Plan, names, parameters, planned, shape, value_of
from engine.script_program import PROGRAM
from schema.values import Json, JsonObject

MAX_FUNCTIONS: Final = 256
"""Expressions kept ready to be called."""
MAX_TEXT: Final = 128 * 1024
"""Characters of all expressions kept ready; each takes some ten times as many bytes."""
MAX_VALUES: Final = 256
"""Lists and objects kept; more than any one expression reads."""
MAX_KEPT: Final = 512 * 1024
"""Characters of JSON kept, as much as may be sent to one expression; each takes some ten bytes."""
MAX_PLANS: Final = 2048
"""Plans kept, each of some hundred bytes."""
_AWKWARD: Final = re.compile("[\0\ud800-\udfff]")
"""What does not cross the seam in a plain text; JSON has escapes for it."""

_SMALL: Final = 2**31 - 1


class Call(NamedTuple):
    """One evaluation: what is to run, where, with which local names; for a truth value or for any value."""

    script: Script
    scope: Scope
    local: JsonObject | None
    is_condition: bool


class _Given(NamedTuple):
    """What an expression reads: each value, null where it is missing; a bit for each missing one; the clock in ms.

    `marks` has a "1" for each value that is sent once and kept.
    """

    values: tuple[Json, ...]
    missing: int
    marks: str
    now: float


class _Held(NamedTuple):
    """A place in use: its number, its weight, and what is kept alive with it."""

    slot: int
    weight: int
    value: Json


class _Slots:
    """Numbered places for what was used last, bounded in number and in weight."""

    def __init__(self, most: int, heaviest: int) -> None:
        self._most = most
        self._heaviest = heaviest
        self.forget()

    def forget(self) -> None:
        """Empty all places."""
        self._used: OrderedDict[Hashable, _Held] = OrderedDict()
        self._free = list(range(self._most))
        self._weight = 0

    def find(self, key: Hashable) -> _Held | None:
        """Give the place of a key, and note that it was used."""
        held = self._used.get(key)
        if held is not None:
            self._used.move_to_end(key)
        return held

    def take(self, key: Hashable, weight: int, value: Json = None) -> tuple[_Held, tuple[int, ...]]:
        """Give a place for a key, and the places to be emptied for it; `value` is kept alive as long as its key."""
        emptied: list[int] = []
        while not self._free or (self._used and self._weight + weight > self._heaviest):
            _, old = self._used.popitem(last=False)
            self._weight -= old.weight
            self._free.append(old.slot)
            emptied.append(old.slot)
        held = self._used[key] = _Held(self._free.pop(), weight, value)
        self._weight += weight
        return held, tuple(each for each in emptied if each != held.slot)


class Runner(threading.local):
    """Scripts in a context of each thread that runs some."""

    def __init__(self) -> None:
        """Begin with nothing kept; the context is made at first use."""
        self._interpreter = Interpreter(PROGRAM, tuple(sorted(BUILT_IN)))
        self._plans: dict[str, Plan] = {}
        self._functions = _Slots(MAX_FUNCTIONS, MAX_TEXT)
        self._values = _Slots(MAX_VALUES, MAX_KEPT)
        self._program: Program | None = None

    def run(self, call: Call) -> Answer:
        """Evaluate; gives a truth value, null, a number or JSON text. ScriptError where it throws or hits a limit.

        ExpressionError where what it reads cannot be sent.
        """
        plan = self._plan(call.script)
        given = _given(plan, call)
        return self._interpreter.perform(lambda program: self._call(program, call, plan, given))

    def check(self, script: Script) -> None:
        """Let the engine read an expression without running it; ScriptError where it cannot."""
        plan = self._plan(script)
        self._interpreter.perform(lambda program: self._function(program, script, plan, 0))

    def _plan(self, script: Script) -> Plan:
        plan = self._plans.get(script.text)
        if plan is None:
            if len(self._plans) >= MAX_PLANS:
                self._plans.clear()
            plan = self._plans[script.text] = planned(script)
        return plan

    def _call(self, program: Program, call: Call, plan: Plan, given: _Given) -> Answer:
        function = self._function(program, call.script, plan, given.missing)
        sent: list[Argument] = []
        size = 0
        for at, value in enumerate(given.values):
            is_kept = given.marks[at : at + 1] == "1"
            argument, weight = self._slot(program, value) if is_kept else _plain(value)
            size += weight
            refuse_size(size)
            sent.append(argument)
        return program(call.is_condition, function, given.now, given.marks, *sent)

    def _function(self, program: Program, script: Script, plan: Plan, missing: int) -> int:
        """Give the place of the function for an expression of which these variables are missing."""
        if program is not self._program:
            self._functions.forget()
            self._values.forget()
            self._program = program
        key = script.text, missing
        held = self._functions.find(key)
        if held is None:
            held, emptied = self._functions.take(key, len(script.text))
            for each in emptied:
                self._tell(program, "drop", each)
            made = (names(plan), script.text, parameters(plan), shape(plan, missing))
            self._tell(program, "make", held.slot, *made)
        return held.slot

    def _slot(self, program: Program, value: Json) -> tuple[Argument, int]:
        """Give the place of a value that is sent once, and its size."""
        held = self._values.find(id(value))
        if held is None:
            text = written(value)
            held, emptied = self._values.take(id(value), len(text), value)
            for each in emptied:
                self._tell(program, "keep", each, "")
            self._tell(program, "keep", held.slot, text)
        return held.slot, held.weight

    def _tell(self, program: Program, *arguments: Argument) -> None:
        """Let the program keep, make or drop something; where that fails, all is sent anew the next time."""
        self._program = None
        program(*arguments)
        self._program = program


def _given(plan: Plan, call: Call) -> _Given:
    values: list[Json] = []
    missing = 0
    marks = ""
    for at, variable in enumerate(plan.variables):
        value = value_of(variable, call.scope, call.local)
        if value is MISSING:
            missing |= 1 << at
            values.append(None)
            continue
        if isinstance(value, list | dict) or (isinstance(value, str) and _AWKWARD.search(value)):
            marks = marks.ljust(at, "0") + "1"
        values.append(value)
    known = call.scope.values
    return _Given(tuple(values), missing, marks, 0.0 if known is None else float(round(known.now * 1000)))


def _plain(value: Json) -> tuple[Argument, int]:
    """Give a value that is sent as it is, and its size; the seam takes whole numbers of 32 bits only."""
    if isinstance(value, str):
        return value, len(value)
    refuse_number(value)
    if isinstance(value, int) and abs(value) > _SMALL:
        return float(value), 1
    return (None if isinstance(value, list | dict) else value), 1
