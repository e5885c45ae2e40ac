"""What a command may run as, and what became of it: values shared by the state, the events and the operator's rules.

Above: model_values, refusals, effect_family. Below: nothing.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

INTERRUPTED: Final = "the server ended while it ran"
"""The fault of a command whose server stopped: nobody knows how far it came."""


class CommandOutcome(NamedTuple):
    """What became of a command: exit code (None: it never ran or was killed), what it wrote, seconds it took.

    `fault` says why it did not run ("" = it ran to its end); `timed_out`: it was killed at its time limit. `cut`: what
    of its output was left out, in words.
    """

    exit_code: int | None
    stdout: str
    stderr: str
    timed_out: bool
    duration: float
    fault: str
    cut: str = ""


class CommandRules(NamedTuple):
    """Which commands the operator allows.

    `why_not`: why none may run at all, in words; "" where some may. `kinds`: by the names of the library's sources what
    settings call them. `sources`: those kinds whose workflows may run `programs`, which are names or absolute paths;
    `lines`: those whose shell lines may run. `workspace`: the only one sessions may have that run commands here.
    """

    why_not: str
    kinds: Mapping[str, str] = MappingProxyType({})
    sources: frozenset[str] = frozenset()
    programs: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()
    workspace: str = ""


NO_COMMANDS: Final = CommandRules("this server runs no commands; its operator allows them with command_sources")
"""What holds where the operator said nothing."""
