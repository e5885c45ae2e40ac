"""The one table of settings: name, kind, default, bounds, description, and who may set it.

Above: server.settings reads every layer with it, server.verbs makes flags of it, doctor and the docs print it.
Below: nothing. A setting `a_b` is the flag `--a-b`, the variable `WORKFLOWLOOKUP_A_B` and the TOML key `a_b`.
"""

from enum import Enum
from pathlib import Path
from typing import NamedTuple, TypeAlias

ENVIRONMENT_PREFIX = "WORKFLOWLOOKUP_"

Value: TypeAlias = bool | int | float | str | Path | tuple[str, ...] | tuple[Path, ...] | None


class SettingsError(Exception):
    """A setting is unknown, forbidden where it stands, or has a value that cannot be; the text says what is right."""


class Kind(Enum):
    """What a setting's value is."""

    TEXT = "text"
    HIDDEN = "text that is never shown"
    CHOICE = "one of"
    WHOLE = "whole number"
    NUMBER = "number"
    SWITCH = "true or false"
    PATH = "path"
    WORDS = "list of texts"
    PATHS = "list of folders"
    PROGRAMS = "list of programs, each a name or an absolute path"
    STORE = "store"


class Setting(NamedTuple):
    """One setting.

    `default` is shown and used as it stands; where it is None, `unset` says in words what then holds (of a choice the
    first word is one of the choices). `choices`: what a choice, or each word of a list, may be. `least` and `most`
    bound numbers.
    `in_project`: the project's own file may set it. `serving`: only `serve` and `doctor` know it, and where `durable`
    is set the verbs that work on sessions; the other verbs have no use for it. `has_flag` is False for what must not
    stand in a process list.
    """

    name: str
    kind: Kind
    default: Value
    description: str
    in_project: bool = False
    serving: bool = True
    choices: tuple[str, ...] = ()
    least: float = 0
    most: float = 0
    has_flag: bool = True
    unset: str = ""
    durable: bool = False

    @property
    def flag(self) -> str:
        """Give the command line form.

        >>> SETTINGS["allow_host"].flag
        '--allow-host'
        """
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """Give the environment form.

        >>> SETTINGS["allow_host"].variable
        'WORKFLOWLOOKUP_ALLOW_HOST'
        """
        return ENVIRONMENT_PREFIX + self.name.upper()


COMMAND_SOURCES = ("bundled", "user", "path", "project")
"""What settings call the sources of workflows; a folder of `path` in the workspace is `project`."""

_ROWS = (
    Setting(
        "workspace",
        Kind.PATH,
        None,
        "Project folder; default the working directory; 'none' refuses whatever needs one.",
        serving=False,
    ),
    Setting(
        "home",
        Kind.PATH,
        None,
        "Folder for our own data (index, secret); default ~/.local/share/workflowlookup.",
        serving=False,
    ),
    Setting(
        "path",
        Kind.PATHS,
        (),
        "More folders with workflows; the variable separates them like PATH. The project's file may name folders "
        "inside the workspace only.",
        in_project=True,
        serving=False,
    ),
    Setting("host", Kind.TEXT, "127.0.0.1", "Address to bind (HTTP). Others than loopback need a token."),
    Setting("port", Kind.WHOLE, 8000, "Port to bind (HTTP); 0 takes a free one.", in_project=True, most=65_535),
    Setting("token", Kind.HIDDEN, None, "Bearer token every HTTP request must carry. Never a flag.", has_flag=False),
    Setting("token_file", Kind.PATH, None, "File whose text is the bearer token."),
    Setting("allow_origin", Kind.WORDS, (), "More Origins a browser may send, comma separated or repeated."),
    Setting("allow_host", Kind.WORDS, (), "More Host names requests may carry, comma separated or repeated."),
    Setting(
        "reveal",
        Kind.CHOICE,
        "steps",
        "What agents may see of steps not reached: steps, or nothing.",
        in_project=True,
        choices=("steps", "nothing"),
    ),
    Setting(
        "sessions",
        Kind.SWITCH,
        default=False,
        description="Serve the GET stream, resumption and DELETE over HTTP (needs memory per client).",
        in_project=True,
    ),
    Setting(
        "store",
        Kind.STORE,
        "sqlite",
        "Where sessions live: sqlite[:PATH], file[:FOLDER], postgres://..., or memory (lost with the process).",
        durable=True,
    ),
    Setting(
        "sqlite_synchronous",
        Kind.CHOICE,
        "full",
        "full: an answer survives a power cut; normal: faster, a power cut may lose the last answers.",
        choices=("full", "normal"),
        durable=True,
    ),
    Setting(
        "approvals",
        Kind.CHOICE,
        "reported",
        "Whose word counts as a person's: reported (the client's or agent's), or verified (only a one-time code).",
        choices=("reported", "verified"),
        durable=True,
    ),
    Setting(
        "strict_gates",
        Kind.SWITCH,
        default=False,
        description="Hold every gate strictly, those whose document says strict: false too.",
        durable=True,
    ),
    Setting(
        "command_sources",
        Kind.WORDS,
        (),
        "Sources whose workflows may run commands: bundled, user, path, project; comma separated or repeated.",
        choices=COMMAND_SOURCES,
        durable=True,
    ),
    Setting(
        "command_programs",
        Kind.PROGRAMS,
        (),
        "Programs commands may run: names looked up in PATH, or absolute paths; comma separated or repeated.",
        durable=True,
    ),
    Setting(
        "allow_shell_lines",
        Kind.WORDS,
        (),
        "Of command_sources those whose shell lines run, through sh -c, instead of being handed to the agent.",
        choices=COMMAND_SOURCES,
        durable=True,
    ),
    Setting(
        "serial",
        Kind.SWITCH,
        default=False,
        description="Hand out the tasks of parallel steps one after another; AROMCP_WORKFLOW_DEBUG=serial sets it too.",
        in_project=True,
        durable=True,
    ),
    Setting(
        "max_sessions",
        Kind.WHOLE,
        1000,
        "Sessions that may be active at once; a start beyond them is refused.",
        least=1,
        most=1_000_000,
    ),
    Setting(
        "retention",
        Kind.CHOICE,
        "off",
        "What happens to finished sessions in time: off (kept), prune (deleted), archive (exported, then deleted).",
        choices=("off", "prune", "archive"),
        durable=True,
    ),
    Setting(
        "retention_days",
        Kind.WHOLE,
        30,
        "Days after its end that retention keeps a session.",
        least=1,
        most=36_500,
        durable=True,
    ),
    Setting(
        "retention_count",
        Kind.WHOLE,
        0,
        "Finished sessions retention keeps at most, the newest; 0 = any number.",
        most=100_000_000,
        durable=True,
    ),
    Setting(
        "watch_seconds",
        Kind.NUMBER,
        2.0,
        "Seconds between looks for changed workflow files; 0 turns watching off.",
        in_project=True,
        most=3600,
    ),
    Setting(
        "log_level",
        Kind.CHOICE,
        None,
        "debug, info, warning or error; default warning on stdio, info on HTTP.",
        in_project=True,
        serving=False,
        choices=("debug", "info", "warning", "error"),
        unset="warning on stdio, info on HTTP",
    ),
    Setting("log_file", Kind.PATH, None, "File for the log; default stderr.", serving=False, unset="stderr"),
    Setting(
        "log_max_mb",
        Kind.WHOLE,
        10,
        "Megabytes a log file may reach before a new one is begun.",
        in_project=True,
        serving=False,
        least=1,
        most=1024,
    ),
    Setting(
        "log_max_days",
        Kind.WHOLE,
        14,
        "Days an old log file is kept.",
        in_project=True,
        serving=False,
        least=1,
        most=365,
    ),
)

SETTINGS = {setting.name: setting for setting in _ROWS}


def shown_store(store: str) -> str:
    """Give a store's address without user, password and query, as answers and logs may show it.

    >>> shown_store("postgres://bob:pw@db.example:5432/work?sslmode=require"), shown_store("memory")
    ('postgres://db.example:5432/work', 'memory')
    """
    scheme, separator, rest = store.partition("://")
    return scheme + separator + rest.partition("?")[0].rpartition("@")[2]
