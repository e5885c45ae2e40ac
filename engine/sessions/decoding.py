"""Decoding: the JSON value a report's text stands for, or why it stands for none.

Above: answering, input_values. Below: schema.values. No NaN, nothing too large or too deep.
"""

import json
import math
import re
from typing import Final, NoReturn

from engine.sessions.limits import MAX_DEPTH
from engine.updates import LARGEST
from schema.values import Json, is_deeper

_FENCED: Final = re.compile(r"\s*```[A-Za-z0-9_-]*[ \t]*\r?\n(.*?)\r?\n?```\s*", re.DOTALL)
"""A text that is one code fence and nothing else: what language models put around JSON."""
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


class UndecodableError(Exception):
    """A text that is no JSON value a session could keep; the text says why, to follow "it is not JSON: "."""


def decoded(text: str) -> Json:
    r"""Give the value of a JSON text, which may stand in one code fence; UndecodableError where there is none.

    >>> decoded('{"a": 1}'), decoded("```json\n[1, 2]\n```"), decoded(" 2.0 ")
    ({'a': 1}, [1, 2], 2.0)
    """
    fenced = _FENCED.fullmatch(text)
    try:
        value: Json = json.loads(
            text if fenced is None else fenced[1], parse_constant=_no_number, parse_int=_whole, parse_float=_finite
        )
    except RecursionError:
        raise UndecodableError(_TOO_DEEP) from None
    except json.JSONDecodeError as error:
        raise UndecodableError(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    if is_deeper(value, MAX_DEPTH):
        raise UndecodableError(_TOO_DEEP)
    if "\\u" in text and _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        raise UndecodableError("it holds half of a surrogate pair")
    return value


def _no_number(name: str) -> NoReturn:
    raise UndecodableError(f"{name} is no number of JSON")


def _whole(text: str) -> int:
    if len(text) > len(str(LARGEST)) + 1 or abs(int(text)) > LARGEST:
        raise UndecodableError(f"it holds an integer beyond {LARGEST:,}")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise UndecodableError("it holds a number too large to keep")
    return number


_TOO_DEEP: Final = f"it is nested deeper than {MAX_DEPTH} levels"
