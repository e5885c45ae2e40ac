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
