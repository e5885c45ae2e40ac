"""What the requirements promise of configuration and exit codes, tried as an operator would."""

from pathlib import Path

import pytest

from server.cli import run
from server.setting_table import SettingsError
from server.settings import check_bind, load
from tests.unit.book import EXAMPLES


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".config/workflowlookup").mkdir(parents=True)
    (tmp_path / "project/.workflowlookup").mkdir(parents=True)
    return tmp_path


def user_file(home: Path, text: str) -> None:
    (home / ".config/workflowlookup/config.toml").write_text(text, encoding="utf-8")


def project_file(home: Path, text: str) -> None:
    (home / "project/.workflowlookup/config.toml").write_text(text, encoding="utf-8")


def port(home: Path, variable: str | None = None, flag: str | None = None) -> tuple[int, str]:
    environ = {"HOME": str(home)} | ({"WORKFLOWLOOKUP_PORT": variable} if variable else {})
    loaded = load({"port": flag} if flag else {}, environ, home / "project")
    return loaded.settings.port, loaded.origins["port"].partition(" /")[0]


@pytest.mark.requirement("CONF-1")
def test_each_layer_of_settings_wins_over_the_one_before_and_is_named_as_the_origin(home: Path) -> None:
    seen = [port(home)]
    user_file(home, "port = 9001\n")
    seen.append(port(home))
    project_file(home, "port = 9002\n")
    seen.append(port(home))
    seen.append(port(home, variable="9003"))
    seen.append(port(home, variable="9003", flag="9004"))

    assert seen == [
        (8000, "default"),
        (9001, "user file"),
        (9002, "project file"),
        (9003, "environment WORKFLOWLOOKUP_PORT"),
        (9004, "command line --port"),
    ]


@pytest.mark.requirement("CONF-2")
def test_an_unknown_setting_is_refused_with_the_closest_name(home: Path) -> None:
    user_file(home, "prot = 9001\n")

    with pytest.raises(SettingsError, match="did you mean port"):
        port(home)


@pytest.mark.requirement("CONF-3")
@pytest.mark.parametrize(
    "line", ['token = "x"', 'allow_origin = ["http://a.example"]', 'allow_host = ["a"]', 'home = "/"']
)
def test_a_project_may_not_make_the_settings_that_guard_the_user(home: Path, line: str) -> None:
    project_file(home, line + "\n")

    with pytest.raises(SettingsError, match="may not be set by a project"):
        port(home)


@pytest.mark.requirement("SEC-1")
@pytest.mark.parametrize("host", ["192.0.2.7", "::", "example.org"])
def test_an_address_others_can_reach_needs_a_token(home: Path, host: str) -> None:
    open_to_all = load({"host": host}, {"HOME": str(home)}, home).settings
    guarded = load({"host": host}, {"HOME": str(home), "WORKFLOWLOOKUP_TOKEN": "correct-horse-battery"}, home).settings

    with pytest.raises(SettingsError, match="token"):
        check_bind(open_to_all)
    check_bind(guarded)


@pytest.mark.requirement("CLI-1")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["validate", str(EXAMPLES / "valid-workflow.json")], 0),
        (["validate", str(EXAMPLES / "invalid-workflow.json")], 1),
        (["validate", "--no-such-flag"], 2),
        (["validate", str(EXAMPLES / "no-such-file.json")], 3),
    ],
)
def test_the_exit_code_says_what_the_book_says(
    arguments: list[str], code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == code
