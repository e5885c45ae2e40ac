"""Expecting: an answer against the schema its step asks for, with an issue for each field that does not fit.

Above: answering. Below: engine.check_schemas (jsonschema-rs first), schema_words, decoding. Bounded as criteria are.
"""

import json
from typing import TYPE_CHECKING, Final

from engine.budget import size_of
from engine.check_model import shown
from engine.check_schemas import compiled
from engine.checks_text import MAX_VIOLATIONS, TOO_LARGE_TO_EXPLAIN
from engine.gate_examples import MAX_EXAMPLE
from engine.sessions.decoding import UndecodableError, decoded
from engine.sessions.faults import StepFault
from engine.sessions.model import Issue
from engine.sessions.schema_words import asks_for_text, part_at, sketch, wanted
from engine.verdict_work import RULE_WORK, WorkError, WorkLeft
from schema.check import BadSchemaError, Checker, Violation
from schema.values import Json, JsonObject

if TYPE_CHECKING:
    from schema.weigh import Effort

OUTPUT: Final = "output"
"""What issues call an answer as a whole."""


def expected_value(output: str | None, schema: JsonObject) -> tuple[Json, tuple[Issue, ...]]:
    """Give the value of an answer, and what is wrong with it; StepFault where the schema cannot be used.

    JSON text is decoded; where the schema asks for a text, one that is no JSON, or fits as it is, is the value.
    """
    if output is None:
        return None, (_with_example(Issue(OUTPUT, "The answer is missing.", wanted(schema), "nothing"), schema),)
    work = WorkLeft()
    try:
        checker = compiled(schema)
        work.spend(RULE_WORK)
        return _judged(output, schema, checker, work)
    except BadSchemaError as error:
        raise StepFault("SchemaError", f"its schema in expect cannot be used: {error}") from error
    except WorkError:
        issue = Issue(OUTPUT, TOO_LARGE_TO_EXPLAIN.format("The answer"), wanted(schema), shown(output))
        return None, (issue,)


def _judged(output: str, schema: JsonObject, checker: Checker, work: WorkLeft) -> tuple[Json, tuple[Issue, ...]]:
    unreadable = ""
    try:
        value = decoded(output)
    except UndecodableError as error:
        value, unreadable = None, str(error)
    if not unreadable and _fits(value, checker, work):
        return value, ()
    if asks_for_text(schema) and _fits(output, checker, work):
        return output, ()
    if unreadable:
        told = f"The answer must be JSON and nothing else: {unreadable}."
        return None, (_with_example(Issue(OUTPUT, told, wanted(schema), shown(output)), schema),)
    work.spend(_effort(checker, value).explain)
    found = checker.explain(value, MAX_VIOLATIONS)
    return None, tuple(_issue(schema, value, violation) for violation in found)


def _fits(value: Json, checker: Checker, work: WorkLeft) -> bool:
    work.spend(_effort(checker, value).check)
    return checker.accepts(value)


def _effort(checker: Checker, value: Json) -> "Effort":
    from schema.weigh import effort  # noqa: PLC0415 - most sessions never meet a schema

    return effort(checker.weight, value)


def _issue(schema: JsonObject, value: Json, violation: Violation) -> Issue:
    """Give a violation as an issue of the field it is about; a missing property is a field of its own."""
    place, received = violation.pointer, shown(_at(value, violation.pointer))
    if violation.rule == "required" and (name := _quoted(violation.message)):
        place, received = f"{place}/{name}", "nothing"
    part = part_at(schema, place)
    return _with_example(Issue(place[1:] or OUTPUT, f"{violation.message}.", wanted(part), received), part)


def _quoted(message: str) -> str:
    """Give the name with which a message of jsonschema-rs begins, as a part of a pointer.

    >>> _quoted('"total" is a required property'), _quoted("1 is")
    ('total', '')
    """
    if not message.startswith('"'):
        return ""
    try:
        name, _ = json.JSONDecoder().raw_decode(message)
    except json.JSONDecodeError:  # a long name is cut
        return ""
    return str(name).replace("~", "~0").replace("/", "~1")


def _at(value: Json, pointer: str) -> Json:
    for name in pointer.split("/")[1:]:
        part = name.replace("~1", "/").replace("~0", "~")
        value = value[int(part)] if isinstance(value, list) else value[part] if isinstance(value, dict) else None
    return value


def _with_example(issue: Issue, part: JsonObject) -> Issue:
    """Add a value that the schema of the field accepts, where one was found."""
    candidate = sketch(part)
    if not part or size_of(candidate) > MAX_EXAMPLE:
        return issue
    try:
        is_right = compiled(part).accepts(candidate)
    except BadSchemaError:  # it refers to what stands elsewhere in the schema
        return issue
    return issue._replace(example=candidate, has_example=True) if is_right else issue
