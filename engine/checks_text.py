"""Checks that look at texts: parts of them, patterns, lengths, schemas, YAML, words of success and failure.

Above: checks puts them into the one table. Below: check_model, check_schemas, patterns, schema.
Texts compare exactly, case included, unless a check says otherwise.
"""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NoReturn

from engine.budget import size_of
from engine.check_model import MAX_SHOWN, Check, Param, Trial, shown, simple
from engine.check_schemas import compiled
from engine.patterns import matches
from engine.verdict_work import RULE_WORK
from schema.source import Syntax, read
from schema.values import Json, JsonObject

MAX_VIOLATIONS: Final = 20
"""Violations of a schema an answer names; nobody mends more in one go."""
TOO_LARGE_TO_EXPLAIN: Final = "{} does not fit the schema; both are too large to say where."
YAML_WORK: Final = 20
"""Units of work to read one character of YAML: ten microseconds, most of it building values with their places."""
_TEXT: Final = frozenset(("text",))
_SIZED: Final = frozenset(("text", "list", "object"))
_SEARCHED: Final = frozenset(("text", "list"))
_NEEDLE: Final = Param("needle", spellings=("text", "substring", "expected"))
_NEEDLES: Final = Param("needles", spellings=("options", "texts", "keywords", "substrings", "items", "expected"))
_LEAST: Final = ("value", "length", "min_length", "min_len", "minimum")
_MOST: Final = ("value", "length", "max_length", "max_len", "maximum")
_INVISIBLE: Final = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]*"
)
"""White space, control and format characters, and letters that are drawn as nothing."""
_SUCCESS: Final = re.compile(r"\b(?:success(?:ful|fully)?|succeeded|passed)\b", re.IGNORECASE)
_ERROR: Final = re.compile(
    r"(?<!\bno )(?<!\b0 )(?<!\bzero )(?<!\bwithout )"
    r"\b(?:errors?|exceptions?|traceback|fail(?:ed|ures?)|fatal)\b(?!: ?0\b)",
    re.IGNORECASE,
)
"""A word of failure that is not denied: "0 errors", "no failures" and "errors: 0" are fine."""


def has_ink(text: str) -> bool:
    """Tell whether anything of a text can be seen.

    >>> has_ink(" a "), has_ink("\u200b\u3164 ")
    (True, False)
    """
    return _INVISIBLE.fullmatch(text) is None


def contains_text(value: Json, params: JsonObject) -> bool:
    """Tell whether a text has a part."""
    return isinstance(value, str) and str(params["value"]) in value


def _text_wanted(params: JsonObject) -> str:
    return f"the text {shown(params.get('value', ''))} (case counts)"


def _contains_any(trial: Trial) -> tuple[str, ...]:
    """Look for each text in turn: in a text, or among the items of a list."""
    wanted, value = trial.params["values"], trial.value
    needles = [str(each) for each in wanted] if isinstance(wanted, list) else []
    trial.work.spend(len(needles) * size_of(value))
    if isinstance(value, str | list) and any(each in value for each in needles):
        return ()
    return (f"{trial.subject} must have {_any_wanted(trial.params)}.",)


def _any_wanted(params: JsonObject) -> str:
    return f"one of {shown(params['values'])} in it (case counts)"


def _matches(trial: Trial) -> tuple[str, ...]:
    trial.work.spend(RULE_WORK)
    found = matches(str(trial.params["pattern"]), str(trial.params.get("flags", "")), str(trial.value))
    return () if found else (f"{trial.subject} must have {_match_wanted(trial.params)}.",)


def _match_wanted(params: JsonObject) -> str:
    return f"a match of /{str(params.get('pattern', ''))[:MAX_SHOWN]}/{params.get('flags', '')}"


def _length(trial: Trial) -> tuple[str, ...]:
    least, most = trial.params.get("min"), trial.params.get("max")
    size = len(trial.value) if isinstance(trial.value, str | list | dict) else 0
    parts = _PARTS[type(trial.value)]
    if isinstance(least, int | float) and size < least:
        return (f"{trial.subject} has {size} {parts}; at least {least} are needed.",)
    if isinstance(most, int | float) and size > most:
        return (f"{trial.subject} has {size} {parts}; at most {most} are allowed.",)
    return ()


_PARTS: Final[Mapping[type, str]] = MappingProxyType({str: "characters", list: "items", dict: "keys"})


def _length_wanted(params: JsonObject) -> str:
    if "min" in params and "max" in params:
        return f"a length of {params['min']} to {params['max']}"
    return _least_wanted(params) if "min" in params else _most_wanted(params)


def _least_wanted(params: JsonObject) -> str:
    return f"a length of at least {params.get('min')}"


def _most_wanted(params: JsonObject) -> str:
    return f"a length of at most {params.get('max')}"


def _schema(trial: Trial) -> tuple[str, ...]:
    """Hold a value against a schema; a text is read as JSON first."""
    from schema.weigh import effort  # noqa: PLC0415 - most sessions never meet a schema

    trial.work.spend(RULE_WORK)
    value, schema = trial.value, trial.params["schema"]
    if isinstance(value, str):
        try:
            value = json.loads(value, parse_constant=_no_number)
        except (ValueError, RecursionError):
            return (f"{trial.subject} must be JSON and nothing else.",)
    checker = compiled(schema if isinstance(schema, dict) else {"not": {}})
    cost = effort(checker.weight, value)
    trial.work.spend(cost.check)
    if checker.accepts(value):
        return ()
    if not trial.work.affords(cost.explain):
        return (TOO_LARGE_TO_EXPLAIN.format(trial.subject),)
    violations = checker.explain(value, MAX_VIOLATIONS)
    return tuple(f"At {each.pointer or 'the top'}: {each.message}." for each in violations)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _yaml(trial: Trial) -> tuple[str, ...]:
    text = str(trial.value)
    trial.work.spend(YAML_WORK * len(text))
    parsed = read(text, Syntax.YAML)
    if parsed.documents and not parsed.findings:
        return ()
    told = f": {parsed.findings[0].message}" if parsed.findings else ""
    return (f"{trial.subject} must have readable YAML in it{told}.",)


def _has_success(value: Json, _params: JsonObject) -> bool:
    return isinstance(value, str) and _SUCCESS.search(value) is not None


def _has_no_error(value: Json, _params: JsonObject) -> bool:
    return not value or (isinstance(value, str) and _ERROR.search(value) is None)


_MIN_LENGTH: Final = Check(
    _SIZED, MappingProxyType({"min": Param("count", spellings=_LEAST)}), _length, _least_wanted, ("min",)
)
_CONTAINS_TEXT: Final = simple(_TEXT, contains_text, _text_wanted, {"value": _NEEDLE})
_LACKS_TEXT: Final = simple(
    _TEXT,
    lambda value, params: not contains_text(value, params),
    lambda params: f"no text {shown(params['value'])} in it (case counts)",
    {"value": _NEEDLE},
)
_MATCHES: Final = Check(
    _TEXT,
    MappingProxyType(
        {"pattern": Param("pattern", spellings=("regex", "value")), "flags": Param("text", is_required=False)}
    ),
    _matches,
    _match_wanted,
    ("pattern",),
)
TEXT_CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "contains_text": _CONTAINS_TEXT,
        "not_contains_text": _LACKS_TEXT,
        "contains_any": Check(
            _SEARCHED, MappingProxyType({"values": _NEEDLES}), _contains_any, _any_wanted, ("values",)
        ),
        "matches": _MATCHES,
        "matches_pattern": _MATCHES,
        "regex": _MATCHES,
        "length": Check(
            _SIZED,
            MappingProxyType({"min": Param("count", is_required=False), "max": Param("count", is_required=False)}),
            _length,
            _length_wanted,
            ("min", "max"),
        ),
        "min_length": _MIN_LENGTH,
        "list_min_length": _MIN_LENGTH._replace(takes=frozenset(("list",))),
        "max_length": Check(
            _SIZED, MappingProxyType({"max": Param("count", spellings=_MOST)}), _length, _most_wanted, ("max",)
        ),
        "schema": Check(
            frozenset(("null", "boolean", "number", "text", "list", "object")),
            MappingProxyType({"schema": Param("schema")}),
            _schema,
            lambda _params: "JSON that fits the schema",
            ("schema",),
        ),
        "yaml_parseable": Check(_TEXT, MappingProxyType({}), _yaml, lambda _params: "readable YAML in it", ()),
        "contains_success": simple(_TEXT, _has_success, lambda _params: "a word of success, such as 'passed', in it"),
        "no_errors": simple(_SIZED, _has_no_error, lambda _params: "no errors in it"),
    }
)
"""The checks of texts by name; `length` and `schema` also look at lists and objects."""
