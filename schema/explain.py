"""All the ways in which a value does not fit a Draft 7 schema, found by jsonschema and said in our words.

Above: schema.check, which runs it only after jsonschema-rs said no. Nobody else imports this module.
Below: jsonschema (slow to import and to run: late), schema.messages.
Patterns and formats are judged by the functions schema.check hands in, so that both validators agree on them.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

from jsonschema.exceptions import ValidationError
from jsonschema.validators import Draft7Validator, extend
from referencing import Registry
from referencing.jsonschema import DRAFT7

from schema.messages import Failure, Violation, Words, kebab, words
from schema.values import Json, JsonObject, pointer

VIOLATION_LIMIT = 1_000  # violations of one document; nobody reads more, and the last one says that there are more
REASON_LIMIT = 3  # alternatives of anyOf or oneOf whose failure is told
DRAFT7_URI = "http://json-schema.org/draft-07/schema"
Schema: TypeAlias = JsonObject | bool  # Draft 7 knows the schemas true and false
_Keyword: TypeAlias = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]
Judge: TypeAlias = Callable[[str, str], bool]  # (pattern or format, text) -> whether the text fits


class Question(NamedTuple):
    """What is asked: the schema, the value, documents by URI for `$ref`, and who judges patterns and formats."""

    schema: Schema
    value: Json
    documents: Mapping[str, Json]
    matches: Judge
    fits_format: Judge | None


def explain(question: Question) -> tuple[Violation, ...]:
    """Give every violation, ordered by place; none if jsonschema finds nothing or cannot follow the nesting."""
    try:
        errors = list(islice(_validator(question).iter_errors(question.value), VIOLATION_LIMIT + 1))
    except RecursionError:
        return ()
    errors.sort(key=lambda error: [(isinstance(part, str), part) for part in error.absolute_path])
    found: dict[tuple[str, str, str], Violation] = {}
    for error in errors[:VIOLATION_LIMIT]:
        violation = _violation(error, question.schema)
        alike = violation.message if violation.rule != "type" else ""
        found.setdefault((violation.pointer, violation.rule, alike), violation)
    more = (Violation("", "limit", f"more than {VIOLATION_LIMIT} problems; the first ones are listed"),)
    return (*found.values(), *(more if len(errors) > VIOLATION_LIMIT else ()))


def _validator(question: Question) -> Draft7Validator:
    """Make the validator; a `$schema` anywhere would make jsonschema fall back to its own keywords, so none is left."""
    documents = {DRAFT7_URI: Draft7Validator.META_SCHEMA, **question.documents}
    resources = [(uri, DRAFT7.create_resource(_plain(content))) for uri, content in documents.items()]
    extended = _validator_class(question.matches, question.fits_format)
    return extended(_plain(question.schema), registry=Registry().with_resources(resources))


def _plain(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _plain(part) for key, part in schema.items() if key != "$schema" or not isinstance(part, str)}
    return [_plain(part) for part in schema] if isinstance(schema, list) else schema


def _violation(error: ValidationError, root: Schema) -> Violation:
    failure = _failure(error, root)
    message, suggestion = words(failure)
    reasons = _reasons(error, root)
    if reasons:
        message = f"{message}: {'; or '.join(reason.message for reason in reasons)}"
        suggestion = next((reason.suggestion for reason in reasons if reason.suggestion), suggestion)
    return Violation(pointer(failure.path), kebab(failure.keyword) or "not-allowed", message, suggestion)


def _reasons(error: ValidationError, root: Schema) -> list[Words]:
    """Say why each of the first alternatives of anyOf or oneOf does not fit."""
    first: dict[str | int | None, ValidationError] = {}
    for inner in error.context or ():
        first.setdefault(next(iter(inner.relative_schema_path), None), inner)
    return [words(_failure(inner, root)) for inner in islice(first.values(), REASON_LIMIT)]


def _failure(error: ValidationError, root: Schema) -> Failure:
    """Take an error apart; the keywords written below carry the key they are about as their message."""
    keyword = str(error.validator or "")
    expected: Any = error.validator_value
    instance: Any = error.instance
    schema: JsonObject = error.schema if isinstance(error.schema, dict) else {}
    detail = error.message if keyword in ("required", "additionalProperties") else None
    about = _about(schema, error.message, root) if keyword == "required" else None
    return Failure(keyword, expected, schema, instance, tuple(error.absolute_path), detail, about)


def _about(schema: JsonObject, key: str, root: Schema) -> str | None:
    """Give the description of a missing key; a local reference to a definition is followed once."""
    properties = schema.get("properties")
    part: Any = properties.get(key) if isinstance(properties, dict) else None
    name = str(part.get("$ref", "")).removeprefix("#/definitions/") if isinstance(part, dict) else ""
    definitions = root.get("definitions") if isinstance(root, dict) else None
    if name and isinstance(definitions, dict):
        part = definitions.get(name)
    description = part.get("description") if isinstance(part, dict) else None
    return description if isinstance(description, str) else None


def _validator_class(matches: Judge, fits_format: Judge | None) -> type[Draft7Validator]:
    """Extend jsonschema's Draft 7 with our judges and with errors that stand at the key they are about."""
    keywords: dict[str, _Keyword] = {
        "required": _required,
        "properties": _properties,
        "items": _items,
        "propertyNames": _property_names,
        "pattern": _judged(matches, "does not match"),
        "patternProperties": _pattern_properties(matches),
        "additionalProperties": _additional_properties(matches),
    }
    if fits_format is not None:
        keywords["format"] = _judged(fits_format, "is no")
    extended: type[Draft7Validator] = extend(Draft7Validator, keywords)  # type: ignore[no-untyped-call]  # the stubs leave extend untyped
    return extended


def _required(_validator: Any, required: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        yield from (ValidationError(key) for key in required if key not in instance)


def _descend(validator: Any, instance: Any, schema: Any, place: str | int) -> Iterator[ValidationError]:
    """Go down one level; jsonschema itself loses the place where the schema there is false."""
    if schema is False:
        yield ValidationError(
            "not allowed", path=(place,), validator="", validator_value=None, instance=instance, schema=schema
        )
    else:
        yield from validator.descend(instance, schema, path=place)


def _properties(validator: Any, properties: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for key, schema in properties.items():
            if key in instance:
                yield from _descend(validator, instance[key], schema, key)


def _items(validator: Any, items: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, list):
        schemas = items if isinstance(items, list) else [items] * len(instance)
        for index, (part, schema) in enumerate(zip(instance, schemas, strict=False)):
            yield from _descend(validator, part, schema, index)


def _property_names(validator: Any, names: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for key in instance:
            yield from validator.descend(instance=key, schema=names, path=key)


def _judged(judge: Judge, verdict: str) -> _Keyword:
    def keyword(_validator: Any, rule: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not judge(rule, instance):
            yield ValidationError(f"{instance!r} {verdict} {rule}")

    return keyword


def _pattern_properties(matches: Judge) -> _Keyword:
    def keyword(validator: Any, patterns: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
        if isinstance(instance, dict):
            for pattern, schema in patterns.items():
                for key in (key for key in instance if matches(pattern, key)):
                    yield from _descend(validator, instance[key], schema, key)

    return keyword


def _additional_properties(matches: Judge) -> _Keyword:
    def extras(instance: Any, schema: Any) -> Iterator[str]:
        known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        for key in instance:
            if key not in known and not any(matches(pattern, key) for pattern in patterns):
                yield key

    def keyword(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        if isinstance(instance, dict):
            for key in extras(instance, schema):
                if allowed is False:
                    yield ValidationError(key, path=(key,))
                else:
                    yield from validator.descend(instance[key], allowed, path=key)

    return keyword
