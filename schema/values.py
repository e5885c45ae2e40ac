"""The one sanctioned untyped value: what JSON can say.

Above: everything; documents travel as `Json` until `engine.build` turns them into typed values.
Below: nothing.
"""

from collections.abc import Iterable
from typing import TypeAlias, Union

Json: TypeAlias = Union[bool, int, float, str, list["Json"], dict[str, "Json"], None]  # noqa: UP007 - a recursive alias needs Union until Python 3.12
JsonObject: TypeAlias = dict[str, Json]


def pointer(parts: Iterable[str | int]) -> str:
    """Join path parts into a JSON Pointer (RFC 6901).

    >>> pointer(["steps", 0, "a/b~c"])
    '/steps/0/a~1b~0c'
    >>> pointer([])
    ''
    """
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def is_deeper(value: Json, levels: int) -> bool:
    """Tell whether lists and objects are nested deeper than `levels`; level by level, so that depth cannot hurt.

    >>> is_deeper([[]], 1), is_deeper([[]], 2)
    (True, False)
    """
    layer: list[Json] = [value]
    for _ in range(levels):
        layer = [
            item
            for each in layer
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
            if isinstance(item, dict | list)
        ]
        if not layer:
            return False
    return True
