"""Gates: evidence against what a phase or step asks for, failing closed.

Above: build reads gates, engine.sessions judges evidence. Below: gate_fields, gate_rules, gate_examples, definition.
The layers come in order, each only where those before it left nothing to say. What cannot be told never passes, also
where a gate is lenient; there only what is wrong with evidence is let pass, as a warning.
"""

from typing import Final, NamedTuple

from engine.budget import size_of
from engine.check_model import is_type
from engine.definition import Field, Gate, GateRule, Validator
from engine.gate_examples import EXAMPLE_WORK, with_example
from engine.gate_fields import Asked, asked, cut, expected, judge, missing, received
from engine.gate_rules import EVIDENCE, judge_rules, rule_faults
from engine.sessions.model import Issue
from engine.verdict_work import WorkLeft
from schema.suggest import did_you_mean
from schema.values import Json, JsonObject, is_deeper

MAX_ISSUES: Final = 50
"""Issues and warnings a verdict lists, each; nobody mends more in one go."""
MAX_DEPTH: Final = 64
"""Lists and objects within each other in evidence, as deep as a request may be."""
MEND_GATE: Final = "This gate is broken and lets nothing pass: {}. Its author must mend it in the workflow's file"
SUMMARY: Final = Field(
    name="summary",
    type="string",
    required=True,
    description="What was done in this phase, and what came of it",
    example="Read the three modules and listed their public functions.",
    has_example=True,
    validators=(Validator("non_empty", {}),),
)
LENIENT: Final = Gate(strict=False, allow_override=False, max_attempts=None, fields=(SUMMARY,), rules=(), is_own=False)
"""The gate of a phase whose document has none: asked for phase-wise only, and what it finds is a warning."""


class Verdict(NamedTuple):
    """What a gate says of evidence: whether it passes, what keeps it from passing, what it lets pass but names.

    `accepted`: the names of declared fields in which nothing is wrong, in the gate's order.
    """

    passed: bool
    issues: tuple[Issue, ...]
    warnings: tuple[Issue, ...]
    accepted: tuple[str, ...]


class _Look(NamedTuple):
    """One verdict on its way: `hard` always refuses, `soft` only where the gate is strict, `notes` never."""

    sent: JsonObject
    work: WorkLeft
    examples: WorkLeft
    hard: list[Issue]
    soft: list[Issue]
    notes: list[Issue]
    accepted: list[str]


def examine(gate: Gate, evidence: Json, *, strict_gates: bool = False) -> Verdict:
    """Hold evidence against a gate; `strict_gates` takes a document's `strict: false` for true.

    The gate that stands in for a missing one stays lenient: its document asked for nothing.

    >>> gate = read_gate({"evidence": {"done": {"type": "boolean"}}})
    >>> examine(gate, {"done": True}).passed, examine(gate, {}).passed
    (True, False)
    >>> examine(gate, {"done": "yes"}).issues[0].received
    "string 'yes'"
    """
    fields = tuple(map(asked, gate.fields))
    refusals = _broken(gate, fields) or _unreadable(evidence)
    if refusals or not isinstance(evidence, dict):
        return Verdict(passed=False, issues=_listed(refusals), warnings=(), accepted=())
    sent: JsonObject = {name: value for name, value in evidence.items() if value is not None}
    look = _Look(sent, WorkLeft(), WorkLeft(EXAMPLE_WORK), [], [], [], [])
    _look_at_fields(fields, look)
    _look_at_others(fields, look)
    _look_at_rules(gate, look)
    is_strict = gate.strict or (strict_gates and gate.is_own)
    issues = look.hard + look.soft if is_strict else look.hard
    warnings = look.notes if is_strict else look.soft + look.notes
    return Verdict(not issues, _listed(issues), _listed(warnings), tuple(look.accepted))


def _broken(gate: Gate, fields: tuple[Asked, ...]) -> list[Issue]:
    """Say what is wrong with the gate itself, whatever the evidence."""
    faults = [(field.field.name, fault) for field in fields for fault in field.broken]
    faults += [(EVIDENCE, fault) for fault in rule_faults(gate.rules)]
    if not fields and not gate.rules:
        faults = [(EVIDENCE, "it asks for nothing")]
    if gate.max_attempts is not None and gate.max_attempts < 1:
        faults.append((EVIDENCE, "maxAttempts must be a whole number from 1 on"))
    return [Issue(name, cut(MEND_GATE.format(fault)), "a sound gate", "a broken gate") for name, fault in faults]


def _unreadable(evidence: Json) -> list[Issue]:
    if not isinstance(evidence, dict):
        told = "evidence must be an object with a field for each thing asked for"
        return [Issue(EVIDENCE, told, "object", received(evidence))]
    if is_deeper(evidence, MAX_DEPTH):
        told = f"nested at most {MAX_DEPTH} deep"
        return [Issue(EVIDENCE, f"evidence must be {told}", f"object {told}", "object nested deeper")]
    return []


def _look_at_fields(fields: tuple[Asked, ...], look: _Look) -> None:
    """Look at every field the gate declares; evidence without anything in it is refused by lenient gates too."""
    names = {each.field.name for each in fields}
    others = [name for name in look.sent if name not in names]
    if fields and not look.sent:
        look.hard.append(Issue(EVIDENCE, "evidence is empty", _wanted(fields), "object {}"))
    elif fields and names.isdisjoint(look.sent) and not any(each.field.required for each in fields):
        told = "evidence has none of the fields asked for"
        look.soft.append(Issue(EVIDENCE, told, _wanted(fields), received(look.sent)))
    for each in fields:
        if each.field.name in look.sent:
            _look_at_value(each, look.sent[each.field.name], look)
        elif each.field.required:
            look.soft.append(with_example(missing(each, others), each, look.examples))


def _wanted(fields: tuple[Asked, ...]) -> str:
    return cut(f"object with {', '.join(each.field.name for each in fields)}")


def _look_at_value(field: Asked, value: Json, look: _Look) -> None:
    judged = judge(field, value, size_of(value), look.work)
    for issues, words in ((look.hard, judged.broken), (look.soft, judged.wrong)):
        if words:
            issue = Issue(field.field.name, cut(" ".join(words)), expected(field), received(value))
            issues.append(with_example(issue, field, look.examples))
    if not judged.broken and not judged.wrong:
        look.accepted.append(field.field.name)


def _look_at_others(fields: tuple[Asked, ...], look: _Look) -> None:
    """Note what was sent and is not asked for."""
    names = {each.field.name for each in fields}
    absent = [name for name in names if name not in look.sent]
    for name in [name for name in look.sent if name not in names][: MAX_ISSUES + 1]:
        near = did_you_mean(name, absent)
        message = f"{cut(name)} is not asked for here{f'; {near}' if near else ''}"
        look.notes.append(Issue(cut(name), message, "no such field", received(look.sent[name])))


def _look_at_rules(gate: Gate, look: _Look) -> None:
    """Apply the rules over several fields where nothing is wrong with these; what nobody asked for they do not see."""
    if not gate.rules:
        return
    if look.hard or look.soft:
        told = "the rules over several fields were not looked at, because fields are wrong"
        look.notes.append(Issue(EVIDENCE, told, "fields without fault", "fields with faults"))
        return
    names = {field.name for field in gate.fields} or look.sent.keys()
    sent: JsonObject = {name: value for name, value in look.sent.items() if name in names}
    judged = judge_rules(gate.rules, sent, look.work)
    look.hard.extend(judged.broken)
    look.soft.extend(judged.wrong)


def _listed(issues: list[Issue]) -> tuple[Issue, ...]:
    """Give the issues a verdict lists; where there are more, the last one says so."""
    if len(issues) <= MAX_ISSUES:
        return tuple(issues)
    more = f"{len(issues) - MAX_ISSUES + 1} more are not listed; mend these first"
    return (*issues[: MAX_ISSUES - 1], Issue(EVIDENCE, more, f"at most {MAX_ISSUES} at once", "more"))


def read_gate(document: JsonObject) -> Gate:
    """Give the gate of a document's `gate` or `evidence` value.

    The schema has looked at it; what it would not have accepted becomes a gate that never passes.

    >>> read_gate({"evidence": {"done": {"type": "boolean"}}}).fields[0].required
    True
    """
    fields = document.get("evidence")
    return Gate(
        strict=document.get("strict") is not False,
        allow_override=document.get("allowOverride") is True,
        max_attempts=_whole(document["maxAttempts"]) if "maxAttempts" in document else None,
        fields=tuple(_field(name, value) for name, value in (fields if isinstance(fields, dict) else {"": 0}).items()),
        rules=tuple(map(_rule, _listed_in(document, "rules"))),
        is_own=True,
    )


def _whole(value: Json) -> int:
    """Give a whole number; 0, which limits nothing soundly, for anything else."""
    return int(value) if is_type(value, "integer") and isinstance(value, int | float) else 0


def _listed_in(document: JsonObject, key: str) -> list[Json]:
    """Give a list; where something else stands there, one in which nothing can be read."""
    value = document.get(key, [])
    return value if isinstance(value, list) else [None]


def _field(name: str, value: Json) -> Field:
    document: JsonObject = value if isinstance(value, dict) else {}
    return Field(
        name=name,
        type=str(document.get("type", "")),
        required=document.get("required") is not False,
        description=str(document.get("description", "")),
        example=document.get("example"),
        has_example="example" in document,
        validators=tuple(map(_validator, _listed_in(document, "validators"))),
    )


def _validator(value: Json) -> Validator:
    document: JsonObject = value if isinstance(value, dict) else {}
    params = document.get("params", {})
    return Validator(str(document.get("name", "")), params if isinstance(params, dict) else {"params": params})


def _rule(value: Json) -> GateRule:
    document: JsonObject = value if isinstance(value, dict) else {}
    return GateRule(str(document.get("expression", "")), str(document.get("message", "")))
