"""Rules over an output: criteria, their conditions and compositions, with the checks of the one table.

Above: build reads criteria here, workflow_validate applies them.
Below: checks, conditions, patterns, verdict_work, schema.check.
"""

from typing import Final, NamedTuple, assert_never

from engine.check_model import Trial
from engine.checks import CHECKS
from engine.conditions import holds, read_condition
from engine.definition import Criteria, EveryRule, NoRule, Rule, SomeRule
from engine.errors import CriterionError
from engine.patterns import PatternError, fault
from engine.variables import Scope
from engine.verdict_work import WorkError, WorkLeft
from schema.check import BadSchemaError
from schema.values import Json, JsonObject

TOO_MUCH_WORK: Final = "the step's patterns and schemas together take more work than one check may"
FEWER_RULES: Final = "Give the step fewer or simpler rules, or shorten the output"
MEND_SCHEMA: Final = "Mend its schema in the workflow's file"
NOTHING_SAID: Final = "The output is empty."
_BESIDE: Final = frozenset(("type", "message", "condition"))


class Verdict(NamedTuple):
    """What checking an output gave: what is wrong, what to do about it, and what could not be applied."""

    issues: tuple[str, ...]
    suggestions: tuple[str, ...]
    warnings: tuple[str, ...]


class _Failure(NamedTuple):
    """A rule or composition that does not hold: its author's message, and the reasons."""

    message: str
    reasons: tuple[str, ...]


class _Run(NamedTuple):
    """One verdict on its way: the output, the variables, what could not be applied, and the work left."""

    output: str
    scope: Scope
    warnings: list[str]
    work: WorkLeft


def read_criteria(document: Json, field: str = "validationCriteria") -> Criteria | None:
    """Turn validation criteria, as the schema accepts them, into typed values; None where there are none.

    >>> read_criteria([{"type": "length", "min": 5, "message": "Say more."}]).parts[0].params
    {'min': 5}
    """
    if isinstance(document, list):
        return EveryRule(_each(document, field)) if document else None
    return _read(document, field) if isinstance(document, dict) else None


def _read(document: JsonObject, field: str) -> Criteria:
    for key in ("and", "or"):
        if isinstance(parts := document.get(key), list):
            each = _each(parts, f"{field}/{key}")
            return EveryRule(each) if key == "and" else SomeRule(each)
    if isinstance(part := document.get("not"), dict):
        return NoRule(_read(part, f"{field}/not"))
    condition = document.get("condition")
    return Rule(
        check=str(document["type"]),
        params={key: value for key, value in document.items() if key not in _BESIDE},
        message=str(document["message"]),
        field=field,
        condition=read_condition(condition) if condition else None,
    )


def _each(documents: list[Json], field: str) -> tuple[Criteria, ...]:
    return tuple(_read(each, f"{field}/{index}") for index, each in enumerate(documents) if isinstance(each, dict))


def validate_output(criteria: Criteria | None, output: str, scope: Scope) -> Verdict:
    """Hold an output against criteria; where none apply, it must not be blank. CriterionError when it cannot be told.

    >>> rules = read_criteria([{"type": "contains", "value": "done", "message": "Say that it is done."}])
    >>> from engine.variables import outermost
    >>> validate_output(rules, "It is Done", outermost({})).issues
    ('Say that it is done.',)
    """
    run = _Run(output, scope, [], WorkLeft())
    failures = _judge(criteria, run) if criteria is not None else None
    if failures is None:
        failures = [] if output.strip() else [_Failure(NOTHING_SAID, ("Report what was done and what came of it.",))]
    issues = tuple(dict.fromkeys(failure.message for failure in failures))
    suggestions = tuple(dict.fromkeys(reason for failure in failures for reason in failure.reasons))
    return Verdict(issues, suggestions, tuple(run.warnings))


def _judge(criteria: Criteria, run: _Run) -> list[_Failure] | None:
    """Give the failures of criteria; None where all their rules are skipped."""
    match criteria:
        case Rule():
            return _judge_rule(criteria, run)
        case NoRule(part):
            failures = _judge(part, run)
            return None if failures is None else [] if failures else [_unwanted(part)]
        case EveryRule(parts):
            judged = [each for part in parts if (each := _judge(part, run)) is not None]
            return [failure for failures in judged for failure in failures] if judged else None
        case SomeRule(parts):
            judged = [each for part in parts if (each := _judge(part, run)) is not None]
            return None if not judged else [_none_of(judged)] if all(judged) else []
        case _:
            assert_never(criteria)


def _judge_rule(rule: Rule, run: _Run) -> list[_Failure] | None:
    if rule.condition is not None and not holds(rule.condition, run.scope):
        return None
    check = CHECKS[rule.check]
    if not any(need in rule.params for need in check.needs):
        run.warnings.append(
            f"{rule.field}: the {rule.check} rule has no {' or '.join(check.needs)} and was not applied"
        )
        return None
    try:
        reasons = check.test(Trial("The output", run.output, rule.params, run.work))
    except PatternError as error:
        raise CriterionError(rule.field, str(error), _advice(rule.params)) from error
    except BadSchemaError as error:
        raise CriterionError(rule.field, f"its schema cannot be used: {error}", MEND_SCHEMA) from error
    except WorkError:
        raise CriterionError(rule.field, TOO_MUCH_WORK, FEWER_RULES) from None
    return [_Failure(rule.message or reasons[0], reasons)] if reasons else []


def _advice(params: JsonObject) -> str:
    """Say what to do about a pattern that did not run: no regular expression, or too much work for this output."""
    is_broken = fault(str(params["pattern"]), str(params.get("flags", ""))) is not None
    return "Mend its pattern in the workflow's file" if is_broken else "Simplify its pattern or shorten the output"


def _none_of(branches: list[list[_Failure]]) -> _Failure:
    told = "; ".join(f"({number}) {_told(failures)}" for number, failures in enumerate(branches, 1))
    reasons = tuple(reason for failures in branches for failure in failures for reason in failure.reasons)
    return _Failure(f"None of the {len(branches)} alternatives holds: {told}", reasons)


def _told(failures: list[_Failure]) -> str:
    """Give one branch's messages, each with its reasons."""
    return ", ".join(f"{failure.message} [{' '.join(failure.reasons)}]" for failure in failures)


def _unwanted(part: Criteria) -> _Failure:
    """Say that something holds which must not."""
    message = part.message if isinstance(part, Rule) and part.message else f"This must not hold: {_wanted(part)}."
    return _Failure(message, (f"The output must not have {_wanted(part)}.",))


def _wanted(criteria: Criteria) -> str:
    match criteria:
        case Rule(check, params):
            return CHECKS[check].wanted(params)
        case NoRule(part):
            return f"anything but {_wanted(part)}"
        case EveryRule(parts):
            return "(" + " and ".join(map(_wanted, parts)) + ")"
        case SomeRule(parts):
            return "(" + " or ".join(map(_wanted, parts)) + ")"
        case _:
            assert_never(criteria)
