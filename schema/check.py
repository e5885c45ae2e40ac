"""The only validator: accept fast (jsonschema-rs), explain slowly (jsonschema, schema.explain, imported late).

Above: engine (documents), tools and server (arguments), the CLI (`validate --schema`).
Below: jsonschema-rs, whose verdict counts (it passes the whole official Draft 7 suite and never runs away on a
pattern); schema.explain for the words; where that finds nothing, jsonschema-rs's own errors are given. schema.weigh
judges strangers' schemas first: neither library can be interrupted.
"""

from collections.abc import Callable, Mapping
from functools import cache, cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeAlias

import orjson

from schema.messages import Violation, kebab
from schema.values import Json, JsonObject, pointer

if TYPE_CHECKING:
    import jsonschema_rs

    from schema.weigh import Weighed

__all__ = [
    "BadSchemaError",
    "Checker",
    "Violation",
    "check_workflow",
    "compile_foreign",
    "compile_schema",
    "draft7_checker",
    "workflow_checker",
    "workflow_schema",
]

Schema: TypeAlias = JsonObject | bool  # Draft 7 knows the schemas true and false

VALUE_DEPTH_LIMIT = 254  # levels of nesting, what orjson writes; jsonschema-rs recurses and would crash far beyond
PATTERNS_KEPT = 512  # compiled patterns and formats of the explaining path; our own schemas have about ten
MESSAGE_LIMIT = 300  # characters of a message of jsonschema-rs, which quotes the whole value
VIOLATION_LIMIT = 1_000  # violations of jsonschema-rs that are listed
BACKTRACK_LIMIT = 50_000  # steps of one pattern of a stranger's schema: 3 ms; look-ahead over 10,000 characters fits
DRAFT7_URI = "http://json-schema.org/draft-07/schema"


class BadSchemaError(Exception):
    """The schema itself is wrong; `violations` says where and why."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        """Take the reasons, at least one."""
        super().__init__(violations[0].message)
        self.violations = violations


class Checker:
    """A schema ready to check values; `accepts` is fast, `explain` gives every violation."""

    def __init__(
        self,
        schema: Schema,
        documents: Mapping[str, Json] | None = None,
        *,
        formats: bool = False,
        foreign: bool = False,
    ) -> None:
        """Take a schema known to be sound; it is compiled at the first check.

        `documents` are what `$ref` may name by URI; `formats` asserts `format`. `foreign`: a stranger wrote it, so
        time is bounded: no jsonschema, and patterns that backtrack for long do not match.
        """
        self._schema = schema
        self._documents = documents or {}
        self._formats = formats
        self._foreign = foreign

    @cached_property
    def weight(self) -> int:
        """How much work it is to check one value: see schema.weigh."""
        return _weighed(self._schema).weight

    @cached_property
    def _fast(self) -> "jsonschema_rs.Draft7Validator":
        return _compiled(self._schema, self._documents, formats=self._formats, foreign=self._foreign)

    def sound(self) -> Self:
        """Compile now; BadSchemaError, with all that is wrong, if the schema is not sound after all."""
        unfit = _unfit(self._schema)
        if unfit is not None:
            raise BadSchemaError((unfit,))
        if self._foreign and (too_much := _weighed(self._schema).violations):
            raise BadSchemaError(too_much)
        try:
            self._fast  # noqa: B018 - compiles
        except ValueError as error:
            raise BadSchemaError(_metaschema().explain(self._schema) or (_violation(error),)) from error
        return self

    def accepts(self, value: Json) -> bool:
        """Tell whether the value fits the schema; a value too deep to check, or that is not JSON, does not.

        >>> compile_schema({"type": "integer"}).accepts(3)
        True
        """
        return _unfit(value) is None and self._fast.is_valid(value)

    def accepts_shallow(self, value: Json) -> bool:
        """Do what `accepts` does for a value known to nest no deeper than VALUE_DEPTH_LIMIT, without looking again."""
        return self._fast.is_valid(value)

    def explain(self, value: Json, most: int = VIOLATION_LIMIT) -> tuple[Violation, ...]:
        """Give every violation, ordered by place; none exactly when `accepts` says yes.

        At most `most` of jsonschema-rs, which still finds all of them first, some 15 us each.

        >>> [violation.pointer for violation in compile_schema({"items": {"type": "integer"}}).explain([1, "2", "3"])]
        ['/1', '/2']
        """
        unfit = _unfit(value)
        if unfit is not None:
            return (unfit,)
        if self._fast.is_valid(value):
            return ()
        return (() if self._foreign else self._explained(value)) or self._plain(value, most)

    def _explained(self, value: Json) -> tuple[Violation, ...]:
        from schema.explain import Question, explain  # noqa: PLC0415 - jsonschema costs 100 ms to import

        return explain(Question(self._schema, value, self._documents, _matches, _has_format if self._formats else None))

    def _plain(self, value: Json, most: int) -> tuple[Violation, ...]:
        return tuple(_violation(error) for error in islice(self._fast.iter_errors(value), most))


def compile_schema(schema: JsonObject) -> Checker:
    """Make a checker for a schema of our own, known to be sound and free of remote references.

    >>> compile_schema({"required": ["id"]}).explain({})[0].message
    "this object has no 'id'"
    """
    return Checker(schema)


def compile_foreign(schema: Schema) -> Checker:
    """Make a checker for a schema taken from a document; BadSchemaError if it is no sound Draft 7 schema.

    So is one whose work could not be bounded (schema.weigh) or that refers to anything outside itself.
    Explanations are jsonschema-rs's own.
    """
    return Checker(schema, foreign=True).sound()


def draft7_checker(schema: Json, documents: Mapping[str, Json] | None = None, *, formats: bool = False) -> Checker:
    """Make a full Draft 7 validator for any schema; BadSchemaError lists all that is wrong with the schema itself.

    `documents` maps absolute URIs to the schemas `$ref` may name there; nothing is ever fetched. The metaschema is
    known. `formats` asserts `format`, which Draft 7 leaves open.
    """
    if not isinstance(schema, dict | bool):
        raise BadSchemaError((Violation("", "type", "a schema must be an object, true or false"),))
    dialect = schema.get("$schema") if isinstance(schema, dict) else None
    if isinstance(dialect, str) and "json-schema.org/" in dialect and dialect.rstrip("#") != DRAFT7_URI:
        message = f"this schema is written for {dialect}; only Draft 7 is supported"
        raise BadSchemaError((Violation("/$schema", "dialect", message, f"use {DRAFT7_URI}#"),))
    return Checker(schema, documents, formats=formats).sound()


def _compiled(
    schema: Schema, documents: Mapping[str, Json], *, formats: bool, foreign: bool = False
) -> "jsonschema_rs.Draft7Validator":
    import jsonschema_rs  # noqa: PLC0415 - milliseconds that a start without a check does not pay

    registry = jsonschema_rs.Registry(list(documents.items()), draft=jsonschema_rs.Draft7) if documents else None
    patterns = jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT) if foreign else None
    return jsonschema_rs.Draft7Validator(
        schema, registry=registry, validate_formats=formats, offline=True, pattern_options=patterns
    )


def _weighed(schema: Schema) -> "Weighed":
    from schema.weigh import weigh  # noqa: PLC0415 - only for schemas in documents

    return weigh(schema)


@cache
def _metaschema() -> Checker:
    return Checker({"$ref": f"{DRAFT7_URI}#"}, formats=True)


@cache
def workflow_schema() -> JsonObject:
    """Give the published schema of workflow documents; treat it as read-only.

    >>> workflow_schema()["$id"]
    'https://workflowlookup.io/schemas/workflow/v1.2.0'
    """
    schema: JsonObject = orjson.loads(Path(__file__).with_name("workflow.schema.json").read_bytes())
    return schema


@cache
def workflow_checker() -> Checker:
    """Give the checker of workflow documents, compiled once."""
    return Checker(workflow_schema())


def check_workflow(value: Json) -> tuple[Violation, ...]:
    """Give every violation of the workflow schema; none for a document that fits it.

    >>> [violation.message for violation in check_workflow({"id": "abc", "name": "n", "description": "d"})]
    ["this workflow has no 'steps'"]
    """
    return workflow_checker().explain(value)


@lru_cache(maxsize=PATTERNS_KEPT)
def _single(keyword: str, argument: str) -> Callable[[Json], bool]:
    """Compile a schema of one keyword: the way the explaining path asks jsonschema-rs."""
    return _compiled({keyword: argument}, {}, formats=True).is_valid


def _matches(pattern: str, text: str) -> bool:
    return _single("pattern", pattern)(text)


def _has_format(name: str, text: str) -> bool:
    return _single("format", name)(text)


def _violation(error: ValueError) -> Violation:
    """Take over an error of jsonschema-rs, shortened."""
    message = str(getattr(error, "message", error))
    if len(message) > MESSAGE_LIMIT:
        message = message[: MESSAGE_LIMIT - 1] + "…"
    kind = getattr(error, "kind", None)
    rule = kebab(kind.name) if kind is not None else "schema"
    hint = "references are followed inside the schema only; nothing is fetched" if rule == "ref" else None
    return Violation(pointer(getattr(error, "instance_path", [])), rule, message, hint)


def _unfit(value: Json) -> Violation | None:
    """Say why a value cannot be checked: too deep, or not JSON; None if it can."""
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return _measured(value)
    return None


def _measured(value: Json) -> Violation | None:
    """Look closer at what orjson would not write: integers beyond 64 bit are fine, all else is not."""
    level: list[Json] = [value]
    for _ in range(VALUE_DEPTH_LIMIT + 1):
        odd = next((part for part in level if not isinstance(part, list | dict) and not _is_scalar(part)), None)
        if odd is not None:
            what = "half of a surrogate pair" if isinstance(odd, str) else f"a {type(odd).__name__}"
            return Violation("", "not-json", f"{what} is not JSON")
        containers = [part for part in level if isinstance(part, list | dict)]
        if not containers:
            return None
        level = [inner for part in containers for inner in part]
        level += [inner for part in containers if isinstance(part, dict) for inner in part.values()]
    return Violation("", "depth", f"nested deeper than {VALUE_DEPTH_LIMIT} levels", "flatten it")


def _is_scalar(value: Json) -> bool:
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    return value is None or isinstance(value, bool | int | float)
