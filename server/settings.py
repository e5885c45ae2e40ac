"""Configuration: defaults < user file < project file < environment < command line, as one frozen value.

Above: server.cli and its verbs load it, server.compose takes it. Below: setting_table (what there is), setting_values
(what a value may be). The only module that reads the process's environment.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from server.setting_table import ENVIRONMENT_PREFIX, SETTINGS, SettingsError, Value, shown_store
from server.setting_values import Place, parse

USER_FILE = Path(".config/workflowlookup/config.toml")  # under the user's home folder
PROJECT_FILE = Path(".workflowlookup/config.toml")  # under the workspace
USER_DATA = Path(".local/share/workflowlookup")  # under the user's home folder
MAX_FILE_BYTES = 65_536  # a settings file is read whole; real ones are below 2 KiB
MAX_TOKEN_BYTES = 4_096  # header lines end at 8 KiB
DEBUG_VARIABLE = "AROMCP_WORKFLOW_DEBUG"  # of the earlier tool; `serial` is the one value that means something here
NO_FLAGS: Mapping[str, object] = {}


class Settings(NamedTuple):
    """Every setting, ready to use; paths are absolute. The table in setting_table describes each."""

    workspace: Path | None
    home: Path
    host: str
    port: int
    token: str | None
    allow_origin: tuple[str, ...]
    allow_host: tuple[str, ...]
    path: tuple[Path, ...]
    reveal: str
    sessions: bool
    store: str
    sqlite_synchronous: str
    approvals: str
    strict_gates: bool
    command_sources: tuple[str, ...]
    command_programs: tuple[str, ...]
    allow_shell_lines: tuple[str, ...]
    serial: bool
    max_sessions: int
    retention: str
    retention_days: int
    retention_count: int
    watch_seconds: float
    log_level: str | None
    log_file: Path | None
    log_max_mb: int
    log_max_days: int

    def __repr__(self) -> str:
        """Show everything but the token and the store's password."""
        hidden = {"token": None if self.token is None else "(hidden)", "store": shown_store(self.store)}
        shown = self._asdict() | hidden
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


class Loaded(NamedTuple):
    """The settings and where each came from (`default`, `user file PATH`, `command line --port`, ...)."""

    settings: Settings
    origins: Mapping[str, str]


class _Layer(NamedTuple):
    """One place settings come from: raw values by name, words for its origin, base folder, may it set all."""

    raw: Mapping[str, object]
    words: str
    base: Path
    of_project: bool = False

    def origin(self, name: str) -> str:
        if self.words == "environment":
            return f"environment {SETTINGS[name].variable}"
        return f"command line {SETTINGS[name].flag}" if self.words == "command line" else self.words


class _Found(NamedTuple):
    """A setting's winning value, its origin, and the rank of its layer."""

    value: Value
    origin: str
    rank: int


def load(
    flags: Mapping[str, object] = NO_FLAGS, environ: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Loaded:
    """Merge all layers.

    `flags` holds raw values by setting name: text, a bool for a switch, a tuple for a repeated flag; `environ` and
    `cwd` default to the process's own. Raises SettingsError.
    """
    environ = os.environ if environ is None else environ
    cwd = Path.cwd() if cwd is None else cwd
    user = user_folder(environ)
    lowest = (_Layer({"workspace": str(cwd), "home": str(user / USER_DATA)}, "default", cwd), _user_layer(user))
    older = _Layer(_older_variables(environ), f"environment {DEBUG_VARIABLE}", cwd)
    highest = (older, _Layer(_variables(environ), "environment", cwd), _Layer(flags, "command line", cwd))
    workspace = _merge((*lowest, *highest), user)["workspace"].value
    project = (_project_layer(workspace),) if isinstance(workspace, Path) else ()
    found = _merge((*lowest, *project, *highest), user)
    found["token"] = _token(found["token"], found.pop("token_file"))
    settings = Settings._make(found[name].value for name in Settings._fields)
    return Loaded(settings, {name: found[name].origin for name in Settings._fields})


def user_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Give the user's home folder: HOME, else (absent or empty) what the system says. Raises SettingsError."""
    home = (os.environ if environ is None else environ).get("HOME")
    if home:
        return Path(home)
    import pwd  # noqa: PLC0415 - only without HOME

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        raise SettingsError("HOME is not set, and the system knows no home folder of this user; set HOME") from None


def environment() -> Mapping[str, str]:
    """Give the process's environment, of which commands are handed a part."""
    return os.environ


def check_bind(settings: Settings) -> None:
    """Refuse an address others can reach when there is no token; raises SettingsError."""
    if settings.token is None and not is_loopback(settings.host):
        raise SettingsError(
            f"host {settings.host} can be reached by others and needs a token: "
            "give --token-file FILE or WORKFLOWLOOKUP_TOKEN, or bind 127.0.0.1"
        )


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches the address.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0"), is_loopback("example.org")
    (True, True, False, False)
    """
    if host in ("127.0.0.1", "localhost"):
        return True
    from ipaddress import ip_address  # noqa: PLC0415 - 6 ms, not for stdio

    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _merge(layers: tuple[_Layer, ...], user: Path) -> dict[str, _Found]:
    found = {name: _Found(setting.default, "default", 0) for name, setting in SETTINGS.items()}
    for rank, layer in enumerate(layers):
        for name, value in _values(layer, user):
            found[name] = _Found(value, layer.origin(name), rank)
    return found


def _values(layer: _Layer, user: Path) -> Iterator[tuple[str, Value]]:
    for name, raw in layer.raw.items():
        setting = SETTINGS[name]
        place = Place(layer.origin(name), layer.base, user)
        value = parse(setting, raw, place)
        if layer.of_project and setting.name == "path":
            _stay_inside(value, place)
        yield name, value


def _stay_inside(value: Value, place: Place) -> None:
    root = place.base.resolve()
    for folder in value if isinstance(value, tuple) else ():
        if not Path(folder).resolve().is_relative_to(root):
            raise SettingsError(f"{place.words}: path may name folders inside the workspace only, not {folder}")


def _user_layer(user: Path) -> _Layer:
    file = user / USER_FILE
    raw = _read_file(file)
    for name in raw:
        _known(name, f"user file {file}")
    return _Layer(raw, f"user file {file}", file.parent)


def _project_layer(workspace: Path) -> _Layer:
    if not workspace.is_dir():
        raise SettingsError(f"the workspace {workspace} is not a folder: name one, or 'none'")
    file = workspace / PROJECT_FILE
    raw = _read_file(file)
    for name in raw:
        _known(name, f"project file {file}")
        if not SETTINGS[name].in_project:
            raise SettingsError(
                f"project file {file}: {name} may not be set by a project; "
                f"set it in ~/{USER_FILE}, {SETTINGS[name].variable} or on the command line"
            )
    return _Layer(raw, f"project file {file}", workspace, of_project=True)


def _variables(environ: Mapping[str, str]) -> dict[str, object]:
    raw: dict[str, object] = {}
    for variable, text in environ.items():
        if variable.startswith(ENVIRONMENT_PREFIX):
            name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
            if name not in SETTINGS:
                raise _unknown(variable, "environment", [setting.variable for setting in SETTINGS.values()])
            if text.strip():
                raw[name] = text
    return raw


def _older_variables(environ: Mapping[str, str]) -> dict[str, object]:
    """Give what a variable of the earlier tool asks for."""
    return {"serial": True} if environ.get(DEBUG_VARIABLE, "").strip().lower() == "serial" else {}


def _known(name: str, words: str) -> None:
    if name not in SETTINGS:
        raise _unknown(name, words, list(SETTINGS))


def _unknown(name: str, words: str, candidates: list[str]) -> SettingsError:
    from schema.suggest import closest  # noqa: PLC0415 - only to explain

    near = closest(name, candidates)
    hint = f"did you mean {' or '.join(near)}?" if near else "`workflow-lookup doctor` lists the settings"
    return SettingsError(f"{words}: there is no setting {name}; {hint}")


def _read_file(file: Path) -> dict[str, object]:
    """Give the keys of a TOML file; {} when there is no file."""
    data = _read_bytes(file, MAX_FILE_BYTES)
    if data is None:
        return {}
    import tomllib  # noqa: PLC0415 - only when there is a file

    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, or nested without end
        raise SettingsError(f"{file} is not TOML: {error}") from None


def _read_bytes(file: Path, most: int) -> bytes | None:
    """Read a small regular file; None when it does not exist. Raises SettingsError for anything else."""
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise SettingsError(f"{file} is not a regular file")
            data = stream.read(most + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from None
    if len(data) > most:
        raise SettingsError(f"{file} is longer than {most} bytes")
    return data


def _token(token: _Found, file: _Found) -> _Found:
    """Choose between the token itself and the file that holds it: the higher layer wins."""
    if file.value is None or (token.value is not None and token.rank > file.rank):
        return token
    if token.value is not None and token.rank == file.rank:
        raise SettingsError(f"{file.origin}: set token or token_file, not both")
    path = Path(str(file.value))
    data = _read_bytes(path, MAX_TOKEN_BYTES)
    if data is None:
        raise SettingsError(f"{file.origin}: there is no token file {path}")
    place = Place(f"token file {path}", path.parent, path.parent)
    value = parse(SETTINGS["token"], data.decode("utf-8", "replace"), place)
    return _Found(value, file.origin, file.rank)
