"""Says things on stdout: JSON for programs, text that any terminal can carry.

Above: the verbs. Below: reports.plain_json.
"""

import sys

from schema.values import Json


def say_json(value: Json) -> None:
    """Write indented JSON to stdout."""
    from server.reports.plain_json import dump  # noqa: PLC0415 - only with --json

    sys.stdout.write(dump(value))


def write(text: str) -> None:
    """Write to stdout; what its encoding cannot carry is replaced."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
