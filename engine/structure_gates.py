"""Structure of gates: whether each can be passed and fails closed, proven before any evidence is there.

Above: engine.structure. Below: checks, gates, expression_proof, structure_sites, structure_rules.
A gate that nothing could pass, or whose rules name what nobody is asked for, makes its document invalid.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from engine.budget import size_of
from engine.check_model import KIND_OF_TYPE, ParamFault, canonical, shown
from engine.checks import CHECKS
from engine.expression_proof import prove
from engine.gate_fields import Asked, asked, cut, judge
from engine.gate_rules import INHERITED, NAMES
from engine.gates import read_gate
from engine.structure_rules import Report
from engine.structure_sites import Site, mapping, mappings
from engine.verdict_work import WorkLeft
from schema.values import JsonObject, pointer

MAX_ADVICE: Final = 5
"""Names of parameters a suggestion lists."""
MAX_PROVED: Final = 200_000
"""Characters of rules in one document, all gates together; proving so many takes up to a second."""
EXAMPLE_WORK: Final = 2_000_000
"""Units of work (engine.verdict_work) that trying a document's examples may take; those beyond it are not tried."""


class _Limits(NamedTuple):
    """What validators leave of a number or a length: the least and the largest value, and whether each is within."""

    low: float
    has_low: bool
    high: float
    has_high: bool

    @property
    def is_empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and not (self.has_low and self.has_high))


class _Left(NamedTuple):
    """What looking at one document's gates may still take: `examples` in units of work, `rules` in characters."""

    examples: WorkLeft
    rules: WorkLeft


def check_gates(document: JsonObject, sites: list[Site], report: Report) -> None:
    """Report what is wrong with the gate of every phase and the evidence of these steps, all of which have some."""
    left = _Left(WorkLeft(EXAMPLE_WORK), WorkLeft(MAX_PROVED))
    for index, phase in enumerate(mappings(document.get("phases"))):
        if "gate" in phase:
            _check_gate(mapping(phase["gate"]), f"/phases/{index}/gate", left, report)
    for site in sites:
        _check_gate(mapping(site.step["evidence"]), f"{site.pointer}/evidence", left, report)


def _check_gate(gate: JsonObject, where: str, left: _Left, report: Report) -> None:
    """Report what is wrong with a gate whose form the schema accepted; `where` is its pointer."""
    fields = mapping(gate["evidence"])
    rules = mappings(gate.get("rules"))
    if not fields and not rules:
        report.add("empty-gate", where, "the gate asks for nothing, so nothing passes it", "ask for a field")
    for name, field in fields.items():
        _check_validators(mapping(field), where + pointer(("evidence", name)), report)
    for ready in map(asked, read_gate(gate).fields):
        if not ready.broken:
            _check_field(ready, where + pointer(("evidence", ready.field.name)), left.examples, report)
    for index, rule in enumerate(rules):
        expression, place = str(rule["expression"]), f"{where}/rules/{index}/expression"
        if not left.rules.affords(len(expression)):
            message = f"the rules of one document may have {MAX_PROVED:,} characters together"
            report.add("bad-rule", place, message, "shorten the rules, or split the workflow")
            return
        _check_rule(expression, place, fields, report)


def _check_validators(field: JsonObject, where: str, report: Report) -> None:
    """See that each validator exists, looks at values of the field's type, and has the parameters it needs."""
    kind = KIND_OF_TYPE[str(field["type"])]
    for index, validator in enumerate(mappings(field.get("validators"))):
        name, place = str(validator["name"]), f"{where}/validators/{index}"
        check = CHECKS.get(name)
        if check is None:
            advice = report.near(name, CHECKS) or "spec/workflow-language.md lists them"
            report.add("unknown-validator", f"{place}/name", f"there is no validator {shown(name)}", advice)
            continue
        if kind not in check.takes:
            types = " or ".join(each for each, of in KIND_OF_TYPE.items() if of in check.takes)
            message = f"{name} looks at values of type {types}, never of type {field['type']}"
            report.add("validator-type", f"{place}/name", message, "use a validator that fits the type")
        if report.is_full("validator-params"):
            return
        found = canonical(check, mapping(validator.get("params")))
        if isinstance(found, tuple):
            for fault in found:
                _report_param(fault, name, place, report)


def _report_param(fault: ParamFault, name: str, place: str, report: Report) -> None:
    where = f"{place}/params" + (pointer((fault.name,)) if fault.name else "")
    about = f"{fault.name}: {fault.message}" if fault.name else fault.message
    advice = report.near(fault.name, fault.names) if fault.names else None
    if advice is None and fault.names:
        advice = f"{name} has {', '.join(fault.names[:MAX_ADVICE])}"
    report.add("validator-params", where if fault.name else place, f"{name}: {about}", advice)


def _check_field(field: Asked, where: str, work: WorkLeft, report: Report) -> None:
    """See that some value can pass a sound field, as far as its limits tell, and that its example does."""
    for what, limits in (("value", _values(field)), ("length", _lengths(field))):
        if limits.is_empty:
            message = f"no {what} is at least {limits.low:g} and at most {limits.high:g} as the validators ask together"
            report.add("contradictory-limits", f"{where}/validators", message, "mend one of the limits")
    if not field.field.has_example:
        return
    example = field.field.example
    judged = judge(field, example, size_of(example), work)
    if judged.wrong:
        message = f"the example does not pass its own field: {cut(' '.join(judged.wrong))}"
        report.add("bad-example", f"{where}/example", message, "give a value that passes")


def _values(field: Asked) -> _Limits:
    return _narrowed(field, {"min", "max", "between", "in_range", "greater_than", "less_than", *_SIGNS})


def _lengths(field: Asked) -> _Limits:
    return _narrowed(field, {"length", "min_length", "list_min_length", "max_length"})


_SIGNS: Final = {"positive", "non_negative", "negative"}
_LOWER: Final = {"greater_than": False, "positive": False, "non_negative": True}
_UPPER: Final = {"less_than": False, "negative": False}


def _narrowed(field: Asked, names: set[str]) -> _Limits:
    """Put together the limits that these validators of a field set."""
    limits = _Limits(float("-inf"), has_low=True, high=float("inf"), has_high=True)
    for name, end, bound in _bounds(field, names):
        if end == "low" and bound >= limits.low:
            is_within = _LOWER.get(name, True) and (limits.has_low or bound > limits.low)
            limits = limits._replace(low=bound, has_low=is_within)
        elif end == "high" and bound <= limits.high:
            is_within = _UPPER.get(name, True) and (limits.has_high or bound < limits.high)
            limits = limits._replace(high=bound, has_high=is_within)
    return limits


def _bounds(field: Asked, names: set[str]) -> Iterator[tuple[str, str, float]]:
    """Give each limit that validators set: the validator, which end it limits, where."""
    for each in field.checks:
        if each.name not in names:
            continue
        low = each.params.get("min", each.params.get("value", 0) if each.name in _LOWER else None)
        high = each.params.get("max", each.params.get("value", 0) if each.name in _UPPER else None)
        if isinstance(low, int | float):
            yield each.name, "low", low
        if isinstance(high, int | float):
            yield each.name, "high", high


def _check_rule(expression: str, where: str, fields: JsonObject, report: Report) -> None:
    """See that a rule is one expression that names nothing but `evidence`, and of it only fields the gate asks for."""
    proof = prove(expression, NAMES)
    if proof.fault is not None:
        report.add("bad-rule", where, f"the rule cannot be used: {proof.fault}", "write one expression over evidence")
        return
    for name in dict.fromkeys(chain[1] for chain in proof.chains if len(chain) > 1):
        if name in fields and name in INHERITED:
            message = f"every object has {name}, so that the rule cannot tell whether evidence has it"
            report.add("bad-rule", where, message, "give the field another name")
        elif name not in fields and name not in INHERITED:
            message = f"the rule reads evidence.{name}, which the gate does not ask for"
            report.add("undeclared-field", where, message, report.near(name, fields) or "declare the field")
