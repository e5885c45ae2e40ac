"""Reads the argument list of `serve` without click, because click costs 25 ms of every agent's start.

Above: server.cli tries this first; whatever it does not know (errors, --help, other verbs) is None and goes to click,
whose `serve` takes the same flags from the same table. Below: setting_table.
"""

from collections.abc import Sequence
from typing import NamedTuple

from server.setting_table import SETTINGS, Kind, Setting

STDIO_FLAG = "--stdio"
HTTP_FLAG = "--http"


class ServeRequest(NamedTuple):
    """What `serve` was asked for: the transport (None: not said), raw settings by name."""

    http: bool | None
    flags: dict[str, object]


_FLAGS = {setting.flag: setting for setting in SETTINGS.values() if setting.has_flag}


def read_serve(argv: Sequence[str]) -> ServeRequest | None:
    """Read `serve [--stdio | --http] [--setting VALUE | --setting=VALUE | --switch | --no-switch]...`.

    >>> read_serve(["serve", "--stdio", "--workspace", "none"])
    ServeRequest(http=False, flags={'workspace': 'none'})
    >>> read_serve(["serve", "--help"]) is None
    True
    """
    if not argv or argv[0] != "serve":
        return None
    transports: set[bool] = set()
    flags: dict[str, object] = {}
    words = iter(argv[1:])
    for word in words:
        if word in (STDIO_FLAG, HTTP_FLAG):
            transports.add(word == HTTP_FLAG)
            continue
        name, equals, text = word.partition("=")
        setting = _FLAGS.get(name)
        if setting is not None and setting.kind is not Kind.SWITCH:
            value = text if equals else next(words, None)
            if value is None:
                return None
            _add(flags, setting, value)
        elif not _switch(flags, word):
            return None
    return ServeRequest(next(iter(transports), None), flags) if len(transports) <= 1 else None


def _add(flags: dict[str, object], setting: Setting, text: str) -> None:
    """Keep a value: a list setting collects, of any other the last one counts (as click does it)."""
    if setting.kind in (Kind.WORDS, Kind.PATHS, Kind.PROGRAMS):
        earlier = flags.get(setting.name, ())
        flags[setting.name] = (*earlier, text) if isinstance(earlier, tuple) else (text,)
    else:
        flags[setting.name] = text


def _switch(flags: dict[str, object], word: str) -> bool:
    positive = "--" + word.removeprefix("--no-") if word.startswith("--no-") else word
    setting = _FLAGS.get(positive)
    if setting is None or setting.kind is not Kind.SWITCH:
        return False
    flags[setting.name] = positive == word
    return True
