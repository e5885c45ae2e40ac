"""The rules of a workflow's structure: what each means and how much it matters, and the report that collects findings.

Above: the structure checks. Below: automation_use, schema.finding.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Final, NamedTuple

from engine.automation_use import uses_automation
from schema.finding import Finding, Severity
from schema.suggest import did_you_mean
from schema.values import JsonObject

MAX_FINDINGS: Final = 1_000
"""Findings of one severity in one document; nobody mends more in one go."""
MAX_COMPARISONS: Final = 100_000
"""Names compared in one document to find those that were meant; about a second of work."""


class RuleOfStructure(NamedTuple):
    """How much breaking a rule matters, in documents of schemaVersion 1.0.0 and later and in older ones; and why."""

    strict: Severity
    older: Severity
    meaning: str


_C, _M, _N = Severity.CRITICAL, Severity.MAJOR, Severity.MINOR

AUTOMATION_RULES: Final[Mapping[str, RuleOfStructure]] = MappingProxyType(
    {
        "retired-type": RuleOfStructure(_C, _C, "a step type belongs to an earlier language"),
        "bad-expression": RuleOfStructure(_C, _C, "a text is not one JavaScript expression that may run"),
        "unknown-reference": RuleOfStructure(_C, _C, "an expression or a condition names what is not there"),
        "unknown-in-text": RuleOfStructure(_M, _M, "a text that is shown names what is not there"),
        "computed-cycle": RuleOfStructure(_C, _C, "a computed field is made of itself"),
        "bad-path": RuleOfStructure(_C, _C, "an update's path cannot be read"),
        "read-only": RuleOfStructure(_C, _C, "an update writes to what is not state"),
        "update-type": RuleOfStructure(_C, _C, "an update's operation does not fit the value it changes, or its own"),
        "undeclared-state": RuleOfStructure(_N, _N, "an update writes to a variable much like a declared one"),
        "jump-outside-loop": RuleOfStructure(_C, _C, "a break or continue stands in no loop"),
        "self-workflow": RuleOfStructure(_C, _C, "a workflow enters itself"),
        "unknown-task": RuleOfStructure(_C, _C, "a parallel step names a task there is not"),
        "circular-task": RuleOfStructure(_C, _C, "a task hands out tasks that lead back to it"),
        "task-inputs": RuleOfStructure(_C, _C, "a task is given an input it does not have, or not one it needs"),
        "unused-task": RuleOfStructure(_N, _N, "no parallel step hands out a task"),
        "same-name": RuleOfStructure(_N, _N, "two of inputs, state and computed have the same name"),
        "bad-default": RuleOfStructure(_M, _M, "a default does not pass the checks of its own input"),
        "duplicate-field": RuleOfStructure(_C, _C, "two fields of a question have the same name"),
        "bad-command": RuleOfStructure(_C, _C, "a command's words name no program, or cannot be told apart"),
        "shell-syntax": RuleOfStructure(_N, _N, "a command has what only a shell would understand"),
        "plain-template": RuleOfStructure(_N, _N, "a {{ }} stands where what is written is taken as it is"),
        "large-integer": RuleOfStructure(_C, _C, "a number is an integer that JavaScript would round"),
        "plain-expression": RuleOfStructure(_N, _N, "a text looks like an expression, but is not in {{ }}"),
        "unused-fallback": RuleOfStructure(_N, _N, "a set step has a fallback, which nothing takes"),
        "join-too-many": RuleOfStructure(_C, _C, "a join waits for more successes than there are tasks"),
    }
)
"""Rules that only documents of the automation language can break; they are always strict."""
RULES: Final[Mapping[str, RuleOfStructure]] = MappingProxyType(
    {
        **AUTOMATION_RULES,
        "duplicate-id": RuleOfStructure(_C, _C, "two steps have the same id"),
        "phase-number": RuleOfStructure(_C, _C, "phases are not numbered one by one from 0 or 1"),
        "unknown-body": RuleOfStructure(_C, _C, "a loop's body names no step beside it"),
        "circular-body": RuleOfStructure(_C, _C, "loops are each other's body, so none can begin"),
        "deep-loops": RuleOfStructure(_C, _C, "more loops lie within each other than can be walked"),
        "shared-body": RuleOfStructure(_C, _N, "one step is the body of two loops"),
        "bad-pattern": RuleOfStructure(_C, _N, "a pattern is no regular expression"),
        "bad-schema": RuleOfStructure(_C, _N, "a criterion's schema is unsound, or its work is unbounded"),
        "empty-gate": RuleOfStructure(_C, _C, "a gate asks for nothing, so nothing can pass it"),
        "unknown-validator": RuleOfStructure(_C, _C, "a gate names a validator there is not"),
        "validator-type": RuleOfStructure(_C, _C, "a validator cannot look at values of its field's type"),
        "validator-params": RuleOfStructure(_C, _C, "a validator's parameters do not fit"),
        "bad-rule": RuleOfStructure(_C, _C, "a gate's rule is not one expression over evidence"),
        "undeclared-field": RuleOfStructure(_C, _C, "a gate's rule names a field the gate does not ask for"),
        "contradictory-limits": RuleOfStructure(_C, _C, "an evidence field's limits leave no value that passes"),
        "bad-example": RuleOfStructure(_M, _N, "the example of an evidence field does not pass that field"),
        "incomplete-rule": RuleOfStructure(_C, _N, "a criterion lacks what it checks for and is not applied"),
        "reserved-name": RuleOfStructure(_C, _N, "a variable has a name that means something else"),
        "undefined-function": RuleOfStructure(_C, _N, "a step uses a function that is not defined where it stands"),
        "function-arguments": RuleOfStructure(_M, _N, "a call's arguments do not fit the function's parameters"),
        "not-produced": RuleOfStructure(_M, _N, "a step requires a variable that no step before it surely produces"),
        "other-type": RuleOfStructure(_M, _N, "a step requires a variable in another type than it was produced in"),
        "unreachable-step": RuleOfStructure(_M, _N, "no context lets a step run"),
        "loop-limit": RuleOfStructure(_M, _N, "a loop's count lies above its maxIterations"),
        "many-passes": RuleOfStructure(_N, _N, "nested loops may need more passes than one call looks at"),
        "unclosed-template": RuleOfStructure(_N, _N, "a {{ never closes, so it stays text"),
        "template-expression": RuleOfStructure(_N, _N, "a {{ }} holds no dotted path, so it stays as written"),
        "template-name": RuleOfStructure(_N, _N, "a {{ }} names a variable that is not there, by its declared names"),
        "condition-name": RuleOfStructure(_N, _N, "a condition or loop names a variable much like a declared one"),
    }
)
"""Every rule of the structure checks by name: severity from schemaVersion 1.0.0 on, severity before, meaning."""


_STRICT_DIGITS: Final = tuple("123456789")


def is_strict(document: JsonObject) -> bool:
    """Tell whether a document declares schemaVersion 1.0.0 or later, as workflow.schema.json tells it (^[1-9]).

    One with phases or keys of automation is strict whatever it declares: those have no older form.

    >>> is_strict({"schemaVersion": "1.0.0"}), is_strict({"schemaVersion": "0.2.0"}), is_strict({"phases": []})
    (True, False, True)
    """
    if "phases" in document:
        return True
    version = document.get("schemaVersion")
    return (isinstance(version, str) and version.startswith(_STRICT_DIGITS)) or uses_automation(document)


class Report:
    """Collects the findings of one document, up to a limit; `broken` are the rules that were broken at all."""

    def __init__(self, document: JsonObject) -> None:
        self.findings: list[Finding] = []
        self.broken: set[str] = set()
        self._strict = is_strict(document)
        self._counts: Counter[Severity] = Counter()
        self._comparisons = MAX_COMPARISONS

    def add(self, rule: str, pointer: str, message: str, suggestion: str | None = None) -> None:
        """Add a finding; its severity is the rule's."""
        self.broken.add(rule)
        severity = self._severity(rule)
        self._counts[severity] += 1
        if self._counts[severity] <= MAX_FINDINGS:
            self.findings.append(Finding(severity, rule, message, pointer, suggestion=suggestion))
        elif self._counts[severity] == MAX_FINDINGS + 1:
            more = f"more than {MAX_FINDINGS} {severity} findings; the first ones are listed"
            self.findings.append(Finding(Severity.MINOR, "limit", more, suggestion="mend these and check again"))

    def is_full(self, rule: str) -> bool:
        """Tell whether another finding of this rule would be left out."""
        return self._counts[self._severity(rule)] > MAX_FINDINGS

    def near(self, word: str, *candidates: Collection[str], but: str = "") -> str | None:
        """Suggest the closest of the names there are, except the word itself and `but`; None once that costs much."""
        self._comparisons -= sum(map(len, candidates))
        if self._comparisons < 0:
            return None
        return did_you_mean(word, sorted({*chain.from_iterable(candidates)} - {word, but}))

    def _severity(self, rule: str) -> Severity:
        known = RULES[rule]
        return known.strict if self._strict else known.older
