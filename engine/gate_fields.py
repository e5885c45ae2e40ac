"""One field of evidence: its type, then its validators; what is expected of it, in words and by an example.

Above: gates. Below: checks, gate_examples.
"""

from itertools import islice
from typing import Final, NamedTuple

from engine.check_model import KIND_OF_TYPE, Check, Trial, canonical, is_type, kind_of, shown
from engine.checks import CHECKS
from engine.definition import Field
from engine.patterns import PatternError
from engine.sessions.model import Issue
from engine.verdict_work import WorkError, WorkLeft
from schema.suggest import closest
from schema.values import Json, JsonObject

MAX_WORDS: Final = 500
"""Characters of what is expected or wrong with one field."""
COMPARE_WORK: Final = 2
"""Units of work for each unit of size a plain check may look at."""
TOO_MUCH_WORK: Final = "checking this evidence takes more work than one verdict may; shorten it"


class Applied(NamedTuple):
    """A validator ready to be applied: its name in the document, the check, the parameters under the check's names."""

    name: str
    check: Check
    params: JsonObject


class Asked(NamedTuple):
    """A field whose validators are ready; one whose definition is `broken`, as these words say, never passes."""

    field: Field
    checks: tuple[Applied, ...]
    broken: tuple[str, ...]


class Judged(NamedTuple):
    """What looking at a value gave: what is wrong with it, and what kept a check from telling."""

    wrong: tuple[str, ...]
    broken: tuple[str, ...]


def asked(field: Field) -> Asked:
    """Make a field's validators ready.

    >>> asked(Field("n", "integer", True, "", None, False, ())).broken
    ()
    >>> asked(Field("n", "whole", True, "", None, False, ())).broken
    ("there is no type 'whole'",)
    """
    checks: list[Applied] = []
    broken = [] if field.type in KIND_OF_TYPE else [f"there is no type {field.type!r}"]
    for validator in field.validators:
        check = CHECKS.get(validator.check)
        if check is None:
            broken.append(f"there is no validator {shown(validator.check)}")
            continue
        params = canonical(check, validator.params)
        if isinstance(params, dict):
            checks.append(Applied(validator.check, check, params))
        else:
            broken.extend(
                f"validator {validator.check}: {fault.name and fault.name + ': '}{fault.message}" for fault in params
            )
    return Asked(field, tuple(checks), tuple(broken))


def judge(field: Asked, value: Json, size: int, work: WorkLeft) -> Judged:
    """Look at a value that is there: its type, then every validator; `size` is the value's, as engine.budget counts."""
    kind = type_name(value)
    if not is_type(value, field.field.type):
        return Judged((f"{field.field.name} must be of type {field.field.type}, not {kind}.",), ())
    wrong: list[str] = []
    broken: list[str] = []
    for each in field.checks:
        if kind_of(value) not in each.check.takes:
            wrong.append(f"{field.field.name} is of type {kind}, at which {each.name} cannot look.")
            continue
        try:
            work.spend(COMPARE_WORK * (size + len(each.params)))
            wrong.extend(each.check.test(Trial(field.field.name, value, each.params, work)))
        except PatternError as error:
            broken.append(f"validator {each.name} cannot tell: {error}")
        except WorkError:
            return Judged(tuple(wrong), (TOO_MUCH_WORK,))
    return Judged(tuple(wrong), tuple(broken))


def expected(field: Asked) -> str:
    """Say what is asked for: the type and what each validator looks for.

    >>> from engine.definition import Validator
    >>> expected(asked(Field("n", "integer", True, "", None, False, (Validator("min", {"min": 3}),))))
    'integer with a value of at least 3'
    """
    wanted = " and ".join(each.check.wanted(each.params) for each in field.checks)
    return cut(f"{field.field.type} with {wanted}" if wanted else field.field.type)


def received(value: Json) -> str:
    """Say what was sent: its type and the value, shortened.

    >>> received(True), received("x"), received([1])
    ('boolean true', "string 'x'", 'array [1]')
    """
    return f"{type_name(value)} {shown(value)}"


def type_name(value: Json) -> str:
    """Name the type of a value as fields name theirs.

    >>> type_name(1), type_name(1.5), type_name(None)
    ('integer', 'number', 'null')
    """
    if kind_of(value) == "number":
        return "integer" if is_type(value, "integer") else "number" if is_type(value, "number") else "non-finite number"
    return {kind: name for name, kind in KIND_OF_TYPE.items()}.get(kind_of(value), "null")


def missing(field: Asked, others: list[str]) -> Issue:
    """Say that a field is not there, and which of the others that were sent may have been meant for it."""
    near = closest(field.field.name, islice(others, MAX_OTHERS), most=1)
    about = f": {field.field.description.rstrip(' .')}" if field.field.description else ""
    hint = f" Evidence has {cut(near[0])!r}, which is not asked for: send it as {field.field.name!r}." if near else ""
    return Issue(field.field.name, cut(f"{field.field.name} is missing{about}.") + hint, expected(field), "nothing")


MAX_OTHERS: Final = 100
"""Names not asked for that are compared with the missing ones."""


def cut(text: str) -> str:
    """Shorten words for an issue."""
    return text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 1] + "…"
