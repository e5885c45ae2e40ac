"""The rules of a workflow's structure: what each means and how much it matters, and the report that collects findings.

Above: the structure checks. Below: schema.finding.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from schema.finding import Finding, Severity
from schema.suggest import did_you_mean
from schema.values import JsonObject


class RuleOfStructure(NamedTuple):
    """How much breaking a rule matters, in documents of schemaVersion 1.0.0 and later and in older ones; and why."""

    strict: Severity
    older: Severity
    meaning: str


_C, _M, _N = Severity.CRITICAL, Severity.MAJOR, Severity.MINOR

RULES: Final[Mapping[str, RuleOfStructure]] = MappingProxyType(
    {
        "duplicate-id": RuleOfStructure(_C, _C, "two steps have the same id"),
        "unknown-body": RuleOfStructure(_C, _C, "a loop's body names no step beside it"),
        "circular-body": RuleOfStructure(_C, _C, "loops are each other's body, so none can begin"),
        "deep-loops": RuleOfStructure(_C, _C, "more loops lie within each other than can be walked"),
        "shared-body": RuleOfStructure(_C, _N, "one step is the body of two loops"),
        "bad-pattern": RuleOfStructure(_C, _N, "a pattern is no regular expression"),
        "bad-schema": RuleOfStructure(_C, _N, "a criterion's schema is no sound Draft 7 schema"),
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
    }
)
"""Every rule of the structure checks by name: severity from schemaVersion 1.0.0 on, severity before, meaning."""


def is_strict(document: JsonObject) -> bool:
    """Tell whether a document declares schemaVersion 1.0.0 or later.

    >>> is_strict({"schemaVersion": "1.0.0"}), is_strict({"schemaVersion": "0.2.0"}), is_strict({})
    (True, False, False)
    """
    version = document.get("schemaVersion")
    return isinstance(version, str) and version[:1].isdecimal() and not version.startswith("0")


class Report:
    """Collects the findings of one document."""

    def __init__(self, document: JsonObject) -> None:
        self.findings: list[Finding] = []
        self._strict = is_strict(document)

    def add(self, rule: str, pointer: str, message: str, suggestion: str | None = None) -> None:
        """Add a finding; its severity is the rule's."""
        known = RULES[rule]
        severity = known.strict if self._strict else known.older
        self.findings.append(Finding(severity, rule, message, pointer, suggestion=suggestion))

    @staticmethod
    def near(word: str, candidates: set[str]) -> str | None:
        """Suggest the closest of the names there are."""
        return did_you_mean(word, sorted(candidates))
