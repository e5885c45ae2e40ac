"""Expressions of automation documents, called scripts: read once, evaluated over what a session knows at a place.

Above: conditions, template, computed, sessions. Below: script_running (how they run), expression_proof (which may run).
An expression that is nothing but a dotted path is looked up; no JavaScript runs for it. The same values and the same
time always give the same answer.
"""

import json
from functools import lru_cache
from time import thread_time
from typing import Final

from engine.budget import UNITS_A_SECOND
from engine.definition import Script
from engine.errors import cut
from engine.expression import ExpressionError, explained
from engine.expression_proof import prove_script
from engine.javascript import Answer, ScriptError
from engine.scopes import MISSING, SCOPE_WORDS, Scope
from engine.script_plan import MAX_VARIABLES, planned
from engine.script_running import Call, Runner
from engine.variables import first, parse_path, property_of
from schema.values import Json, JsonObject

LOCAL_NAMES: Final = frozenset(("evidence", "value", "input", "result"))
"""Names that have a meaning in some keys only, so that no variable may have them."""
UNITS: Final = 4
"""Units of a call's work that an expression takes beside its time."""
MAX_SCRIPTS: Final = 2048
"""Scripts kept, each of some hundred bytes."""
_runner: Final = Runner()


class ScriptFault(ExpressionError):  # noqa: N818 - no programming error: what an author wrote cannot be read or evaluated
    """An expression that cannot be read, or gave no value: the text says why, where, and in which expression."""


def read_script(text: str, names: frozenset[str] | None = None) -> Script:
    """Read an expression; ScriptFault where it is none that may run.

    `names`: the bare names there are (inputs, variables of loops, local names); None: any. Scope words always are.

    >>> read_script("state.total > 3")
    Script(text='state.total > 3', chains=(('state', 'total'),), path=None)
    >>> read_script(" inputs.file.name ").path
    ('inputs', 'file', 'name')
    >>> read_script("totl > 3", frozenset({"total"}))
    Traceback (most recent call last):
    engine.scripts.ScriptFault: there is no name 'totl'; did you mean 'total'? (line 1, column 1) in totl > 3
    """
    proof = prove_script(text, None if names is None else names | SCOPE_WORDS)
    if proof.fault is not None:
        raise ScriptFault(text, proof.fault)
    for chain in proof.chains:
        if chain[0] == "steps":
            _check_step(text, chain)
    return _compiled(Script(text, proof.chains, _path(text, proof.chains)))


def _check_step(text: str, chain: tuple[str, ...]) -> None:
    if len(chain) == 1:
        raise ScriptFault(text, 'steps is followed by the id of a step in quotes: steps["id"].output')
    if len(chain) > 2 and chain[2] != "output":  # noqa: PLR2004 - steps, id, output
        raise ScriptFault(text, f'a step has its output only: steps["{chain[1]}"].output, not .{chain[2]}')


def _path(text: str, chains: tuple[tuple[str, ...], ...]) -> tuple[str, ...] | None:
    """Give the dotted path an expression is; None where it is something else, such as `true`."""
    path = None if "\\" in text else parse_path(text.strip())
    return path if path is not None and len(chains) == 1 and chains[0][0] == path[0] else None


@lru_cache(maxsize=MAX_SCRIPTS)
def _compiled(script: Script) -> Script:
    """Let the engine read a script, which knows more of JavaScript than the proof does; ScriptFault where it cannot."""
    if script.path is not None:
        return script
    if len(planned(script).variables) > MAX_VARIABLES:
        raise ScriptFault(script.text, f"it names more than {MAX_VARIABLES} variables")
    try:
        _runner.check(script)
    except ScriptError as error:
        raise ScriptFault(script.text, f"JavaScript cannot read it: {cut(error.reason.partition(': ')[2])}") from error
    return script


def evaluate(script: Script, scope: Scope, local: JsonObject | None = None) -> Json:
    """Give the value of an expression at a place; ScriptFault where it has none.

    `local`: the names that have a meaning there only, such as {"result": ...}.

    >>> from engine.variables import outermost
    >>> evaluate(read_script("state.files.filter(f => f.size > 1).length"), outermost({"files": [{"size": 2}]}))
    1
    >>> evaluate(read_script("state.order.total * 2"), outermost({}))
    Traceback (most recent call last):
    engine.scripts.ScriptFault: state.order is undefined (line 1, column 1) in state.order.total * 2
    """
    if script.path is not None:
        return _looked_up(script, script.path, scope, local)
    answer = _run(Call(script, scope, local, is_condition=False))
    if isinstance(answer, str):
        value: Json = json.loads(answer)
        return value
    return int(answer) if isinstance(answer, float) and answer.is_integer() else answer


def is_true(script: Script, scope: Scope, local: JsonObject | None = None) -> bool:
    """Tell whether an expression's value is truthy in JavaScript; ScriptFault where it has none.

    >>> from engine.variables import outermost
    >>> scope = outermost({"list": [], "text": "", "n": 4})
    >>> [is_true(read_script(text), scope) for text in ("state.list", "state.text", "state.n / 0", "state.x", "0 / 0")]
    [True, False, True, False, False]
    """
    if script.path is not None:
        value = _looked_up(script, script.path, scope, local)
        return bool(value) or isinstance(value, list | dict)
    return _run(Call(script, scope, local, is_condition=True)) is True


def _looked_up(script: Script, path: tuple[str, ...], scope: Scope, local: JsonObject | None) -> Json:
    scope.budget.spend(1)
    value, at = first(path, scope, local)
    for end in range(at, len(path)):
        if value is MISSING or value is None:
            told = "null" if value is None else "undefined"
            raise ScriptFault(script.text, f"{'.'.join(path[:end])} is {told}")
        value = property_of(value, path[end])
    return None if value is MISSING else value


def _run(call: Call) -> Answer:
    budget = call.scope.budget
    started = thread_time()
    try:
        return _runner.run(call)
    except ScriptError as error:
        raise _explained(error, call) from error
    except ExpressionError as error:
        raise ScriptFault(call.script.text, error.details) from error
    finally:
        budget.spend(UNITS + int((thread_time() - started) * UNITS_A_SECOND))


def _explained(error: ScriptError, call: Call) -> ScriptFault:
    """Say in our words why a script gave no value."""
    told = explained(call.script.text, error, lambda: _absent(call))
    return ScriptFault(told.expression, told.details, told.place)


def _absent(call: Call) -> str | None:
    """Say of what the script reads, and which is not there, that it is not: what it goes on from, else the only one."""
    alone: list[str] = []
    for chain in call.script.chains:
        value, end = first(chain, call.scope, call.local)
        while end < len(chain) and isinstance(value, dict):
            value = property_of(value, chain[end])
            end += 1
        if value is MISSING or value is None:
            name = ".".join(chain[:end])
            told = f"{name} is {'null' if value is None else 'undefined'}"
            if end < len(chain) and f"{name}?." not in call.script.text:
                return told
            alone.append(told)
    return alone[0] if len(alone) == 1 else None
