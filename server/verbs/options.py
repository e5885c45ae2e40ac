"""Flags made from the table of settings, so that click and the fast path of `serve` know the same ones.

Above: every verb. Below: click, setting_table.
"""

from collections.abc import Callable
from typing import TypeVar

import click

from server.setting_table import SETTINGS, Kind, Setting

_METAVARS = {Kind.PATH: "PATH", Kind.PATHS: "FOLDER", Kind.WHOLE: "N", Kind.NUMBER: "N"}
Command = TypeVar("Command", bound=Callable[..., object])


def settings_flags(*, serving: bool = False, durable: bool = False) -> Callable[[Command], Command]:
    """Give a decorator that adds a flag for each setting (`serving`: those of the server too, `durable`: of sessions).

    The command receives them under their setting names; `given` keeps those that were really typed.
    """

    def add(command: Command) -> Command:
        for setting in reversed(SETTINGS.values()):
            if setting.has_flag and (serving or not setting.serving or (durable and setting.durable)):
                command = _option(setting)(command)
        return command

    return add


def given(values: dict[str, object]) -> dict[str, object]:
    """Keep the settings that were typed; raw, as `settings.load` takes them."""
    return {name: value for name, value in values.items() if name in SETTINGS and value not in (None, ())}


def _option(setting: Setting) -> Callable[[Command], Command]:
    if setting.kind is Kind.SWITCH:
        both = f"{setting.flag}/--no-{setting.flag.removeprefix('--')}"
        return click.option(both, setting.name, default=None, help=setting.description)
    several = setting.kind in (Kind.WORDS, Kind.PATHS, Kind.PROGRAMS)
    metavar = f"[{'|'.join(setting.choices)}]" if setting.choices else _METAVARS.get(setting.kind, "TEXT")
    return click.option(
        setting.flag, setting.name, default=None, multiple=several, metavar=metavar, help=setting.description
    )
