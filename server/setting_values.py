"""Raw setting values (text of a flag or variable, a TOML value) -> typed values, or an error that says what is right.

Above: server.settings. Below: server.setting_table.
"""

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from server.setting_table import Kind, Setting, SettingsError, Value

NO_FOLDER = "none"
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


class Place(NamedTuple):
    """Where a raw value stands: words for messages, the folder relative paths start at, the folder `~` means."""

    words: str
    base: Path
    user: Path


def parse(setting: Setting, raw: object, place: Place) -> Value:
    """Give the typed value of `raw`; raises SettingsError naming the place and what is right."""
    reader = _READERS[setting.kind]
    return reader(setting, raw, place)


def refusal(setting: Setting, place: Place, right: str) -> SettingsError:
    """Make the error for a value that cannot be; no value is repeated, it may be a secret."""
    return SettingsError(f"{place.words}: {setting.name} must be {right}")


def _text(setting: Setting, raw: object, place: Place) -> str:
    if not isinstance(raw, str) or not raw.strip() or "\0" in raw:
        raise refusal(setting, place, "a text that is not empty")
    return raw.strip()


def _hidden(setting: Setting, raw: object, place: Place) -> str:
    text = _text(setting, raw, place)
    if not text.isascii() or not text.isprintable() or " " in text:
        raise refusal(setting, place, "printable ASCII without spaces")
    return text


def _choice(setting: Setting, raw: object, place: Place) -> str:
    text = raw.strip().lower() if isinstance(raw, str) else ""
    if text not in setting.choices:
        raise refusal(setting, place, "one of " + ", ".join(setting.choices))
    return text


def _whole(setting: Setting, raw: object, place: Place) -> int:
    number = _number(setting, raw, place)
    if not number.is_integer():
        raise refusal(setting, place, _range(setting))
    return int(number)


def _number(setting: Setting, raw: object, place: Place) -> float:
    try:
        number = float(raw) if isinstance(raw, str | int | float) and not isinstance(raw, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not setting.least <= number <= setting.most:
        raise refusal(setting, place, _range(setting))
    return number


def _range(setting: Setting) -> str:
    return f"a {setting.kind.value} from {setting.least:g} to {setting.most:g}"


def _switch(setting: Setting, raw: object, place: Place) -> bool:
    if isinstance(raw, bool):
        return raw
    word = raw.strip().lower() if isinstance(raw, str) else ""
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise refusal(setting, place, "true or false")
    return word in TRUE_WORDS


def _path(setting: Setting, raw: object, place: Place) -> Path | None:
    text = _text(setting, raw, place)
    if setting.name == "workspace" and text.lower() == NO_FOLDER:
        return None
    return _absolute(text, place)


def _absolute(text: str, place: Place) -> Path:
    if text == "~" or text.startswith("~/"):
        return place.user / text[2:]
    return Path(os.path.normpath(place.base / text))


def _words(setting: Setting, raw: object, place: Place) -> tuple[str, ...]:
    words = _items(setting, raw, place, ",")
    if setting.choices and not set(words) <= set(setting.choices):
        raise refusal(setting, place, "a list of " + ", ".join(setting.choices))
    return words


def _programs(setting: Setting, raw: object, place: Place) -> tuple[str, ...]:
    names = _items(setting, raw, place, ",")
    if any("\0" in name or ("/" in name and not name.startswith("/")) for name in names):
        raise refusal(setting, place, f"a {setting.kind.value}")
    return names


def _paths(setting: Setting, raw: object, place: Place) -> tuple[Path, ...]:
    return tuple(_absolute(text, place) for text in _items(setting, raw, place, os.pathsep))


def _items(setting: Setting, raw: object, place: Place, separator: str) -> tuple[str, ...]:
    if isinstance(raw, str):
        parts = raw.split(separator)
    elif isinstance(raw, tuple):  # a repeated flag: each time one or more
        parts = [part for text in raw for part in str(text).split(separator)]
    elif isinstance(raw, list) and all(isinstance(item, str) for item in raw):
        parts = raw
    else:
        raise refusal(setting, place, f"a {setting.kind.value}")
    return tuple(part.strip() for part in parts if part.strip())


def _store(setting: Setting, raw: object, place: Place) -> str:
    """Read where sessions live; a path in it becomes absolute."""
    text = _text(setting, raw, place)
    kind, colon, rest = text.partition(":")
    if kind in ("memory", "sqlite", "file") and not colon:
        return kind
    if kind in ("sqlite", "file") and rest:
        return f"{kind}:{_absolute(rest, place)}"
    if kind in ("postgres", "postgresql") and rest.startswith("//") and len(rest) > len("//"):
        return text
    raise refusal(setting, place, "memory, sqlite[:PATH], file[:FOLDER] or postgres://USER@HOST/DATABASE")


_READERS: dict[Kind, Callable[[Setting, object, Place], Value]] = {
    Kind.TEXT: _text,
    Kind.HIDDEN: _hidden,
    Kind.CHOICE: _choice,
    Kind.WHOLE: _whole,
    Kind.NUMBER: _number,
    Kind.SWITCH: _switch,
    Kind.PATH: _path,
    Kind.WORDS: _words,
    Kind.PATHS: _paths,
    Kind.PROGRAMS: _programs,
    Kind.STORE: _store,
}
