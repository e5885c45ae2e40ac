"""Schemas that documents bring, made ready to check values: each once, however often it is used.

Above: check_model, checks_text. Below: schema.check (loaded late: most documents bring none).
"""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from schema.values import JsonObject

if TYPE_CHECKING:
    from schema.check import Checker

MAX_SCHEMAS: Final = 64
"""Compiled schemas kept, each some kilobytes."""


def compiled(schema: JsonObject) -> "Checker":
    """Make a schema ready; BadSchemaError when it is unsound, or its work unbounded.

    >>> compiled({"type": "integer"}).accepts(3)
    True
    """
    return _compiled(json.dumps(schema, sort_keys=True))


@lru_cache(maxsize=MAX_SCHEMAS)
def _compiled(schema: str) -> "Checker":
    from schema.check import compile_foreign  # noqa: PLC0415 - most documents bring no schema

    return compile_foreign(json.loads(schema))
