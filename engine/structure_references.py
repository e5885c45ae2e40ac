"""References of the automation language: each expression is one, and names only what is there where it stands.

Above: structure_automation. Below: structure_readings, structure_frames, structure_rules, scripts.
What a document leaves open - the state where it declares none, the main session's values in a task - is only held
against a slip of the pen.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from engine.definition import VarPath
from engine.expression_proof import prove_script
from engine.expression_words import BUILT_IN, CLOCK
from engine.gate_rules import INHERITED
from engine.scripts import LOCAL_NAMES, ScriptFault, read_script
from engine.structure_frames import MAIN, Frame
from engine.structure_readings import Reading, Sight
from engine.structure_rules import Report
from engine.variables import parse_path
from engine.verdict_work import WorkLeft

MAX_PROVED: Final = 400_000
"""Characters of expressions in one document that are proved; so many take one to two seconds."""
LOOP_FACTS: Final = frozenset(("item", "index", "iteration", "total"))
SESSION_FACTS: Final = frozenset(("id", "startedAt"))
SLIP: Final = 3
"""Characters from which on a name much like another one may be a slip of the pen."""
_OUTPUT: Final = 2
"""Parts of steps["id"] before `output`."""
_LITERALS: Final = frozenset(("true", "false", "null"))
_LITERAL_OF: Final = {"True": "true", "False": "false", "None": "null", "nil": "null"}


class Wrong(NamedTuple):
    """What is wrong with a name: the words, names it may be meant for, what to do; `is_sure` where it cannot be."""

    message: str
    candidates: frozenset[str]
    advice: str
    is_sure: bool = True


def check_references(readings: Iterable[Reading], frames: dict[str, Frame], report: Report) -> None:
    """Report every expression that is none, and every name that is not there."""
    left = WorkLeft(MAX_PROVED)
    for reading in readings:
        if not reading.text and reading.is_slot:
            _tell_unclosed(reading, report)
            continue
        chains = [reading.path] if reading.path is not None else _proved(reading, left, report)
        for chain in dict.fromkeys(chain[:3] for chain in chains):
            wrong = _wrong(chain, reading.sight, frames)
            if wrong is not None:
                _tell(reading, chain, wrong, report)


def _tell_unclosed(reading: Reading, report: Report) -> None:
    """Report a `{{` without an end: in a text that is shown it does little harm."""
    rule = "unclosed-template" if reading.sight.is_shown else "bad-expression"
    report.add(rule, reading.pointer, "a {{ never finds its }}, so it stays text", _CLOSE)


_CLOSE: Final = "close it, or write \\{{"
_SHORTEN: Final = f"the expressions of one document may have {MAX_PROVED:,} characters together"


def _proved(reading: Reading, left: WorkLeft, report: Report) -> tuple[VarPath, ...]:
    """Give the chains an expression reads; none, with a finding, where it is no expression."""
    if not left.affords(len(reading.text)):
        report.add("bad-expression", reading.pointer, _SHORTEN, "split the workflow")
        return ()
    try:
        return read_script(reading.text).chains
    except ScriptFault as fault:
        chains = prove_script(reading.text, None).chains
        if any(map(_is_told, chains)):
            return chains
        reason = fault.said()
    report.add("bad-expression", reading.pointer, f"the expression cannot be used: {reason}", _advice(reading, reason))
    return ()


def _advice(reading: Reading, reason: str) -> str:
    """Say what to write instead, where what was written is a habit of another language."""
    said = next((advice for habit, advice in _HABITS.items() if habit in reason), None)
    words = set(_QUOTED.sub("", reading.text).split())
    said = said or next((advice for habit, advice in _FOREIGN.items() if habit in words), None)
    return said or (_LITERAL if reading.is_slot else "write one JavaScript expression")


_LITERAL: Final = "write one JavaScript expression, or \\{{ for a literal {{"
_QUOTED: Final = re.compile(r"""'[^']*'|"[^"]*\"""")
_HABITS: Final = {
    "an assignment": "compare with ===; what changes the state is an update",
    "++ or --": "write x + 1; what changes the state is an update",
    "a function with statements": "write an arrow function, such as x => x.size",
    "Math.random": "let a call or command give what is random",
}
_FOREIGN: Final = {
    "and": "JavaScript writes && for and, || for or, ! for not",
    "or": "JavaScript writes && for and, || for or, ! for not",
    "not": "JavaScript writes && for and, || for or, ! for not",
    "if": "JavaScript writes condition ? one : other",
    "for": "JavaScript's lists have map, filter, some, every, reduce",
}


def _is_told(chain: VarPath) -> bool:
    """Tell whether a chain reads steps in a way that is reported as a name."""
    return chain[0] == "steps" and (len(chain) == 1 or (len(chain) > _OUTPUT and chain[_OUTPUT] != "output"))


def _tell(reading: Reading, chain: VarPath, wrong: Wrong, report: Report) -> None:
    name = chain[min(len(chain) - 1, 1)] if chain[0] in _WORDS else chain[0]
    near = report.near(name, wrong.candidates)
    if not wrong.is_sure and (near is None or len(name) < SLIP):
        return
    message = f"{wrong.message}{_place(reading, chain)}"
    if not wrong.is_sure:
        rule = "template-name" if reading.is_slot else "condition-name"
    else:
        rule = "unknown-in-text" if reading.sight.is_shown else "unknown-reference"
    report.add(rule, reading.pointer, message, near or wrong.advice)


_WORDS: Final = frozenset(("inputs", "state", "computed", "this", "global", "loop", "session", "steps"))


def _place(reading: Reading, chain: VarPath) -> str:
    """Say where in an expression of several names one stands."""
    if reading.path is not None or parse_path(reading.text.strip()) is not None:
        return ""
    head = rf"(?<![\w$.]){re.escape(chain[0])}(?![\w$])"
    member = rf"\s*(?:\??\.\s*|\[\s*['\"]){re.escape(chain[1])}(?![\w$])" if len(chain) > 1 else ""
    found = re.search(head + member, reading.text) or re.search(head, reading.text)
    before = reading.text[: found.start() if found else 0]
    return f" (line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))})"


def _wrong(chain: VarPath, sight: Sight, frames: dict[str, Frame]) -> Wrong | None:
    """Say what is wrong with a chain of names, None where it may be right."""
    head = chain[0]
    if sight.is_child:
        return _OF_CHILD if head == "steps" else None
    if head in sight.local:
        return _local(chain, sight)
    if head in LOCAL_NAMES:
        message = f"{head!r} is a name only where {_LOCAL[head]}"
        return Wrong(message, frozenset(), "name a variable")
    if head in _WORDS:
        return _scoped(chain, sight, frames)
    return _bare(head, sight)


_LOCAL: Final = {
    "evidence": "a gate's rule judges evidence",
    "value": "an expression of a validation judges it",
    "input": "the expression of a computed field makes it",
    "result": "an update takes over what its own step gave",
}
_OF_CHILD: Final = Wrong(
    "the outputs of another workflow's steps are not kept for us", frozenset(), "let it put them into its state"
)


def _local(chain: VarPath, sight: Sight) -> Wrong | None:
    known = sight.local[chain[0]]
    if known is None or len(chain) == 1 or chain[1] in known:
        return None
    message = f"{chain[0]!r} has no {chain[1]!r} here"
    return Wrong(message, known, f"it has {', '.join(sorted(known))}")


def _bare(name: str, sight: Sight) -> Wrong | None:
    frame = sight.frame
    known = sight.loops | frame.inputs | frame.state | frame.computed | frozenset(sight.local)
    if name in known or name in _LITERALS or name in BUILT_IN or name == CLOCK:
        return None
    if name in _LITERAL_OF:
        return Wrong(
            f"{name!r} is no name here", frozenset(), f"JavaScript writes {_LITERAL_OF[name]}", frame.is_closed
        )
    message = f"{name!r} is no input, no computed field, no variable of a loop around, and nothing writes it to state"
    return Wrong(message, known, "correct the name, or declare it", frame.is_closed)


def _scoped(chain: VarPath, sight: Sight, frames: dict[str, Frame]) -> Wrong | None:
    """Judge a chain that begins with a scope word."""
    head, frame = chain[0], sight.frame
    if head == "steps":
        return _step(chain, frame)
    if head == "loop" and not sight.has_loop:
        return Wrong("'loop' is there only inside a loop", frozenset(), "move the step into the loop")
    if len(chain) == 1 or chain[1] in INHERITED:
        return None
    known, is_sure = _members(head, frame, frames)
    if chain[1] in known:
        return None
    return Wrong(f"there is no {head}.{chain[1]}", known, _ADVICE.get(head, "correct the name"), is_sure)


def _members(head: str, frame: Frame, frames: dict[str, Frame]) -> tuple[frozenset[str], bool]:
    """Give the names behind a scope word, and whether there can be no others."""
    if head == "global":
        main = frames[MAIN]
        return main.state | main.computed, False
    if head in ("state", "this"):
        return frame.state | (frame.computed if head == "this" else frozenset()), frame.is_closed
    return {
        "inputs": frame.inputs,
        "computed": frame.computed,
        "loop": LOOP_FACTS,
        "session": SESSION_FACTS,
    }[head], True


_ADVICE: Final = {
    "inputs": "declare the input",
    "computed": "declare the computed field",
    "state": "declare it in state, or let a step write it",
    "this": "declare it in state or computed, or let a step write it",
}


def _step(chain: VarPath, frame: Frame) -> Wrong | None:
    if len(chain) == 1:
        advice = 'write steps["id"].output with the id as it is'
        return Wrong("steps can be read only by a step's id", frozenset(), advice)
    if chain[1] not in frame.steps:
        where = "this task" if frame.task else "this workflow"
        return Wrong(f"there is no step {chain[1]!r} in {where}", frozenset(frame.steps), "correct the id")
    if not frame.steps[chain[1]]:
        return Wrong(f"the step {chain[1]!r} gives no output", frozenset(), "read what it writes from state")
    if len(chain) > _OUTPUT and chain[_OUTPUT] != "output":
        return Wrong(f"of a step there is only its output, no {chain[_OUTPUT]!r}", frozenset(), "write .output")
    return None
