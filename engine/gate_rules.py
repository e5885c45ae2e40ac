"""The rules over several fields of a gate: expressions whose only name is `evidence`.

Above: gates. Below: expression. A rule that cannot be told, or tells anything but true or false, never passes.
"""

from typing import Final, NamedTuple

from engine.check_model import shown
from engine.definition import GateRule
from engine.expression import ExpressionError, Proof, encode, prove, run
from engine.gate_fields import TOO_MUCH_WORK, cut
from engine.sessions.model import Issue
from engine.verdict_work import WorkError, WorkLeft
from schema.values import JsonObject

EVIDENCE: Final = "evidence"
NAMES: Final = frozenset((EVIDENCE,))
"""All that a rule may name."""
EXPRESSION_WORK: Final = 40_000
"""Units of work of one rule, all the time it has: as many rules as a gate may have take less than half of a verdict."""
INHERITED: Final = frozenset(("hasOwnProperty", "propertyIsEnumerable", "toString", "toLocaleString", "valueOf"))
"""What every object has; a rule that reads one of these looks at the whole of evidence."""


class RuleVerdict(NamedTuple):
    """What looking at the rules gave: those that do not hold, and those that could not be told."""

    wrong: tuple[Issue, ...]
    broken: tuple[Issue, ...]


def rule_faults(rules: tuple[GateRule, ...]) -> tuple[str, ...]:
    """Say what is wrong with rules before any evidence is there.

    >>> rule_faults((GateRule("evidence.a >", "m"),))[0][:25]
    'rule 1 (evidence.a >): it'
    """
    proofs = ((number, rule, prove(rule.expression, NAMES)) for number, rule in enumerate(rules, 1))
    return tuple(
        f"rule {number} ({cut(rule.expression)}): {proof.fault}" for number, rule, proof in proofs if proof.fault
    )


def judge_rules(rules: tuple[GateRule, ...], evidence: JsonObject, work: WorkLeft) -> RuleVerdict:
    """Hold evidence against every rule; only the fields that rules name are sent to them."""
    proofs = [prove(rule.expression, NAMES) for rule in rules]
    chains = [chain for proof in proofs for chain in proof.chains]
    is_whole = any(len(chain) == 1 or chain[1] in INHERITED for chain in chains)
    named = set(evidence) if is_whole else {chain[1] for chain in chains}
    try:
        sent = encode({EVIDENCE: {name: value for name, value in evidence.items() if name in named}})
    except ExpressionError as error:
        return RuleVerdict((), (_issue(proofs[0], evidence, f"The rules cannot be told: {error}.", "true"),))
    wrong: list[Issue] = []
    broken: list[Issue] = []
    for rule, proof in zip(rules, proofs, strict=True):
        told = _told(rule, sent, work)
        if told is True:
            continue
        words = f"{rule.message} ({told})" if told else rule.message
        (broken if told else wrong).append(_issue(proof, evidence, words, rule.expression))
    return RuleVerdict(tuple(wrong), tuple(broken))


def _told(rule: GateRule, sent: str, work: WorkLeft) -> bool | str:
    """Tell whether a rule holds, or why that cannot be told."""
    try:
        work.spend(EXPRESSION_WORK)
        result = run(rule.expression, NAMES, sent)
    except ExpressionError as error:
        return f"The rule cannot be told: {error}."
    except WorkError:
        return TOO_MUCH_WORK
    told = f"The rule cannot be told: it gave {shown(result)}, not a truth value."
    return result if isinstance(result, bool) else told


def _issue(proof: Proof, evidence: JsonObject, message: str, wanted: str) -> Issue:
    """Say what a rule found, under the names of the fields it looks at."""
    fields = list(dict.fromkeys(chain[1] for chain in proof.chains if len(chain) > 1))
    looked_at: JsonObject = {name: evidence[name] for name in fields if name in evidence} if fields else evidence
    return Issue(cut(", ".join(fields)) or EVIDENCE, cut(message), cut(wanted), shown(looked_at))
