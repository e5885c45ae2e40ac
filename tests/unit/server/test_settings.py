import os
import pwd
from pathlib import Path

import pytest

from server.setting_table import SETTINGS, SettingsError
from server.settings import USER_FILE, Settings, load, user_folder
from tests.unit.server.world import World


def test_without_anything_set_the_defaults_hold(world: World) -> None:
    settings, origins = world.load()
    assert settings == Settings(
        workspace=world.project,
        home=world.home / ".local/share/workflowlookup",
        host="127.0.0.1",
        port=8000,
        token=None,
        allow_origin=(),
        allow_host=(),
        path=(),
        reveal="steps",
        sessions=False,
        store="sqlite",
        sqlite_synchronous="full",
        approvals="reported",
        strict_gates=False,
        command_sources=(),
        command_programs=(),
        allow_shell_lines=(),
        serial=False,
        max_sessions=1000,
        retention="off",
        retention_days=30,
        retention_count=0,
        watch_seconds=2.0,
        log_level=None,
        log_file=None,
        log_max_mb=10,
        log_max_days=14,
    )
    assert set(origins.values()) == {"default"}


def test_every_field_is_in_the_table_and_the_other_way_round() -> None:
    assert set(Settings._fields) | {"token_file"} == set(SETTINGS)


def test_each_layer_beats_the_one_below_and_is_named_as_origin(world: World) -> None:
    user = world.user_file("port = 1\nlog_level = 'info'\nlog_max_mb = 5\nreveal = 'nothing'")
    project = world.project_file("port = 2\nlog_level = 'debug'\nlog_max_mb = 6")
    settings, origins = world.load({"port": "4"}, WORKFLOWLOOKUP_PORT="3", WORKFLOWLOOKUP_LOG_LEVEL="error")
    assert (settings.port, settings.log_level, settings.log_max_mb, settings.reveal) == (4, "error", 6, "nothing")
    assert origins["port"] == "command line --port"
    assert origins["log_level"] == "environment WORKFLOWLOOKUP_LOG_LEVEL"
    assert origins["log_max_mb"] == f"project file {project}"
    assert origins["reveal"] == f"user file {user}"


def test_the_project_file_of_the_chosen_workspace_is_the_one_that_is_read(world: World, tmp_path: Path) -> None:
    other = tmp_path / "other"
    World(world.home, other).project_file("port = 7")
    assert world.load({"workspace": "../other"}).settings.port == 7
    assert world.load(WORKFLOWLOOKUP_WORKSPACE=str(other)).settings.port == 7
    world.user_file(f"workspace = '{other}'")
    assert world.load().settings.port == 7


def test_workspace_none_reads_no_project_file(world: World) -> None:
    world.project_file("this is not TOML")
    assert world.load({"workspace": "none"}).settings.workspace is None


def test_a_workspace_that_is_no_folder_is_refused(world: World) -> None:
    with pytest.raises(SettingsError, match="not a folder"):
        world.load({"workspace": "nowhere"})


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if not setting.in_project])
def test_a_project_may_not_set_what_is_the_operators(world: World, name: str) -> None:
    world.project_file(f"{name} = 'x'")
    with pytest.raises(SettingsError, match=f"{name} may not be set by a project"):
        world.load()


def test_the_operators_settings_are_the_ones_the_design_names() -> None:
    closed = {name for name, setting in SETTINGS.items() if not setting.in_project}
    assert {"token", "token_file", "allow_origin", "allow_host", "home", "host"} <= closed


def test_a_project_may_name_folders_inside_itself_only(world: World, tmp_path: Path) -> None:
    world.project_file("path = ['more/workflows']")
    assert world.load().settings.path == (world.project / "more/workflows",)
    for outside in ("../elsewhere", "/etc", "~"):
        world.project_file(f"path = ['{outside}']")
        with pytest.raises(SettingsError, match="inside the workspace only"):
            world.load()
    (world.project / "link").symlink_to(tmp_path)
    world.project_file("path = ['link']")
    with pytest.raises(SettingsError, match="inside the workspace only"):
        world.load()


def test_unknown_names_are_refused_with_the_closest_ones(world: World) -> None:
    with pytest.raises(SettingsError, match=r"WORKFLOWLOOKUP_PROT; did you mean WORKFLOWLOOKUP_PORT"):
        world.load(WORKFLOWLOOKUP_PROT="1")
    world.user_file("log_levle = 'info'")
    with pytest.raises(SettingsError, match=r"user file .*toml: there is no setting log_levle; did you mean log_l"):
        world.load()
    world.user_file("")
    world.project_file("zzzzzz = 1")
    with pytest.raises(SettingsError, match="doctor` lists the settings"):
        world.load()


def test_an_empty_variable_counts_as_unset(world: World) -> None:
    assert world.load(WORKFLOWLOOKUP_PORT=" ").settings.port == 8000


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("port", "65536"),
        ("port", "-1"),
        ("port", "80.5"),
        ("port", "http"),
        ("port", "nan"),
        ("watch_seconds", "3601"),
        ("watch_seconds", "inf"),
        ("log_max_mb", "0"),
        ("log_max_days", "366"),
        ("reveal", "all"),
        ("log_level", "loud"),
        ("sessions", "maybe"),
        ("host", " "),
        ("home", "a\0b"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_the_flag_and_what_is_right(world: World, name: str, bad: str) -> None:
    with pytest.raises(SettingsError) as caught:
        world.load({name: bad})
    assert str(caught.value).startswith(f"command line --{name.replace('_', '-')}: {name} must be ")


@pytest.mark.parametrize("line", ["port = '80'", "port = 80.0", "sessions = 'yes'", "allow_host = 'a, b'"])
def test_toml_may_write_values_as_text_too(world: World, line: str) -> None:
    world.user_file(line)
    assert world.load().origins[line.split(" ", maxsplit=1)[0]].startswith("user file ")


@pytest.mark.parametrize("line", ["port = true", "port = []", "path = 3", "path = [3]", "host = 1", "sessions = 1"])
def test_toml_values_of_another_type_are_refused(world: World, line: str) -> None:
    world.user_file(line)
    with pytest.raises(SettingsError, match=r"must be a|must be true"):
        world.load()


def test_lists_are_collected_and_split(world: World) -> None:
    flags: dict[str, object] = {"allow_host": ("a.example", "b.example, c.example"), "path": ("x:y", "/z")}
    settings = world.load(flags).settings
    assert settings.allow_host == ("a.example", "b.example", "c.example")
    assert settings.path == (world.project / "x", world.project / "y", Path("/z"))
    assert world.load(WORKFLOWLOOKUP_PATH="/p:~/q").settings.path == (Path("/p"), world.home / "q")
    world.user_file("path = ['~/team', 'near']")
    assert world.load().settings.path == (world.home / "team", (world.home / USER_FILE).parent / "near")


def test_switches_are_read_in_every_spelling(world: World) -> None:
    assert world.load({"sessions": True}).settings.sessions
    assert world.load(WORKFLOWLOOKUP_SESSIONS="ON").settings.sessions
    assert not world.load({"sessions": False}, WORKFLOWLOOKUP_SESSIONS="1").settings.sessions


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("port = ", "is not TOML"),
        ("a = " + "[" * 60_000, "is not TOML"),
        ("#" * 70_000, "longer than"),
    ],
)
def test_a_settings_file_that_cannot_be_understood_is_refused(world: World, text: str, says: str) -> None:
    world.project_file(text)
    with pytest.raises(SettingsError, match=says):
        world.load()


def test_a_settings_file_that_is_no_utf8_or_no_file_is_refused(world: World) -> None:
    path = world.project_file("")
    path.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="is not TOML"):
        world.load()
    path.unlink()
    path.mkdir()
    with pytest.raises(SettingsError, match=r"not a regular file|cannot be read"):
        world.load()


def test_a_pipe_in_place_of_a_settings_file_does_not_hang(world: World) -> None:
    import os  # noqa: PLC0415 - only here

    path = world.project_file("")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(SettingsError, match="not a regular file"):
        world.load()


def test_the_users_folder_is_home_or_what_the_system_says() -> None:
    assert user_folder({"HOME": "/somewhere"}) == Path("/somewhere")
    assert user_folder({}).is_absolute()


def test_the_process_is_read_when_nothing_is_given(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.chdir(world.project)
    monkeypatch.setenv("HOME", str(world.home))
    monkeypatch.setenv("WORKFLOWLOOKUP_PORT", "99")
    assert load().settings.port == 99
    assert load().settings.workspace == world.project


def test_an_empty_home_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "")
    known = Path(pwd.getpwuid(os.getuid()).pw_dir)
    assert user_folder({"HOME": ""}) == user_folder({}) == user_folder() == known


def test_a_user_without_any_home_is_told_to_set_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_uid: int) -> pwd.struct_passwd:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises(SettingsError, match="set HOME"):
        user_folder({"HOME": ""})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("memory", "memory"),
        ("sqlite", "sqlite"),
        ("sqlite:data/s.db", "sqlite:{project}/data/s.db"),
        ("file:~/runs", "file:{home}/runs"),
        ("postgres://u:p@h/db", "postgres://u:p@h/db"),
    ],
)
def test_a_store_is_named_by_its_kind_and_place(world: World, given: str, expected: str) -> None:
    assert world.load({"store": given}).settings.store == expected.format(project=world.project, home=world.home)


@pytest.mark.parametrize("given", ["mysql://h/db", "memory:x", "sqlite:", "file:", "postgres:", "postgres://", "Redis"])
def test_a_store_nobody_knows_is_refused_with_the_ones_there_are(world: World, given: str) -> None:
    with pytest.raises(SettingsError, match=r"store must be memory, sqlite\[:PATH\], file\[:FOLDER\] or postgres"):
        world.load({"store": given})


def test_a_stores_password_is_never_shown(world: World) -> None:
    settings = world.load({"store": "postgres://bob:hunter2@h/db?password=hunter2"}).settings
    assert "hunter2" not in repr(settings)
    assert "postgres://h/db" in repr(settings)


def test_what_commands_may_run_is_the_operators_to_say(world: World) -> None:
    world.user_file("command_sources = ['user', 'project']\ncommand_programs = ['git', '/opt/lint']")
    settings = world.load({"allow_shell_lines": ("user,bundled",)}, WORKFLOWLOOKUP_COMMAND_PROGRAMS="make").settings
    assert settings.command_sources == ("user", "project")
    assert (settings.command_programs, settings.allow_shell_lines) == (("make",), ("user", "bundled"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("command_sources", "everywhere"),
        ("command_sources", "user,*"),
        ("allow_shell_lines", "path-1"),
        ("command_programs", "./tool"),
        ("command_programs", "git,bin/tool"),
        ("command_programs", "a\0b"),
    ],
)
def test_sources_and_programs_that_cannot_be_are_refused(world: World, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} must be a list of"):
        world.load({name: (value,)})


@pytest.mark.parametrize(("word", "is_serial"), [("serial", True), (" SERIAL ", True), ("1", False), ("", False)])
@pytest.mark.requirement("AC-EHV-024")
@pytest.mark.requirement("AC-MD-001")
def test_the_earlier_tool_s_variable_for_serial_mode_is_understood(world: World, word: str, is_serial: bool) -> None:
    settings, origins = world.load(AROMCP_WORKFLOW_DEBUG=word)
    assert settings.serial is is_serial
    assert origins["serial"] == ("environment AROMCP_WORKFLOW_DEBUG" if is_serial else "default")
    assert not world.load(AROMCP_WORKFLOW_DEBUG=word, WORKFLOWLOOKUP_SERIAL="false").settings.serial
