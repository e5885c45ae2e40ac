"""What somebody typed after NAME=, as the value the workflow declares for that variable.

Above: verbs.walk_prompt. Below: orjson. A boolean is yes, no, true or false; a number is one; a text stays as it is; a
variable nobody declares is JSON where it is JSON, else text.
"""

import orjson

from engine.structure_sites import branches, sequences
from schema.values import Json, JsonObject

YES = frozenset({"yes", "y", "true"})
NO = frozenset({"no", "n", "false"})
MAX_NESTING = 64  # levels of loops looked at, what schema.source reads
_KINDS: dict[str, type | tuple[type, ...]] = {"array": list, "object": dict, "number": (int, float), "integer": int}
_RIGHT = {
    "boolean": "yes or no",
    "number": "a number",
    "integer": "a whole number",
    "array": 'a JSON list, such as ["a", "b"]',
    "object": 'a JSON object, such as {"a": 1}',
}


class WrongValueError(ValueError):
    """The text is no value of the declared type; the error's text says what is right."""


def declared(name: str, document: JsonObject, step: Json) -> str | None:
    """Give the type a variable is declared with: by the step at hand, else by the first step that produces it.

    >>> flow = {"steps": [{"produces": {"ok": "boolean"}}, {"body": [{"produces": {"n": "number"}}]}]}
    >>> declared("ok", flow, None), declared("n", flow, None), declared("x", flow, None)
    ('boolean', 'number', None)
    """
    everywhere: list[Json] = [each for _, steps in sequences(document) for each in steps]
    return _produced(name, [step], 0) or _produced(name, everywhere, 0)


def _produced(name: str, steps: Json, depth: int) -> str | None:
    for step in steps if isinstance(steps, list) and depth <= MAX_NESTING else []:
        if isinstance(step, dict):
            produces = step.get("produces")
            kind = produces.get(name) if isinstance(produces, dict) else None
            if isinstance(kind, str):
                return kind
            for _, inner in branches(step):
                if (found := _produced(name, list(inner), depth + 1)) is not None:
                    return found
    return None


def read_value(text: str, kind: str | None) -> Json:
    """Read a typed value as a value of that kind; raises WrongValueError.

    >>> read_value("yes", "boolean"), read_value("12", "string"), read_value("12", None), read_value("yes", None)
    (True, '12', 12, 'yes')
    """
    if kind == "boolean":
        return _boolean(text)
    value = _json_or_text(text)
    if kind == "string":
        return value if isinstance(value, str) else text
    expected = _KINDS.get(kind or "")
    if expected is None:
        return value
    if isinstance(value, bool) or not isinstance(value, expected):
        raise WrongValueError(_RIGHT[kind or ""])
    return value


def _boolean(text: str) -> bool:
    word = text.lower()
    if word not in YES | NO:
        raise WrongValueError(_RIGHT["boolean"])
    return word in YES


def _json_or_text(text: str) -> Json:
    try:
        value: Json = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return value
