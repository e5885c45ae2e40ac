"""The fast path of `serve` and click read the same arguments the same way."""

import sys
from collections.abc import Mapping

import click
import pytest
from click.testing import CliRunner

from server import cli
from server.argv import ServeRequest, read_serve
from server.setting_table import SETTINGS, Kind
from server.verbs import serve_verb

SAMPLES = {
    Kind.TEXT: "0.0.0.0",  # noqa: S104 - never bound
    Kind.CHOICE: "steps",
    Kind.WHOLE: "7",
    Kind.NUMBER: "1.5",
    Kind.PATH: "some/where",
    Kind.WORDS: "a,b",
    Kind.PATHS: "x:y",
    Kind.PROGRAMS: "git",
    Kind.STORE: "memory",
}
FLAGS = [setting for setting in SETTINGS.values() if setting.has_flag]
CALLS: list[list[str]] = [
    [],
    ["--stdio"],
    ["--http"],
    ["--http", "--http"],
    ["--port", "1", "--port", "2"],
    ["--allow-host", "a", "--allow-host=b,c", "--http"],
    ["--sessions"],
    ["--no-sessions", "--sessions", "--no-sessions"],
    ["--path="],
    ["--token-file", "--stdio"],
    *([f"{setting.flag}", SAMPLES[setting.kind]] for setting in FLAGS if setting.kind is not Kind.SWITCH),
    *([f"{setting.flag}={SAMPLES[setting.kind]}"] for setting in FLAGS if setting.kind is not Kind.SWITCH),
]


def as_click_reads(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> ServeRequest:
    seen: list[ServeRequest] = []

    def record(flags: Mapping[str, object], *, http: bool | None) -> int:
        seen.append(ServeRequest(http, dict(flags)))
        return 0

    monkeypatch.setattr(serve_verb, "run", record)
    result = CliRunner().invoke(serve_verb.command, arguments)
    assert result.exit_code == 0, result.output
    return seen[0]


@pytest.mark.parametrize("arguments", CALLS, ids=" ".join)
def test_the_fast_path_and_click_agree(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_serve(["serve", *arguments]) == as_click_reads(arguments, monkeypatch)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["list"],
        ["serve", "--help"],
        ["serve", "-h"],
        ["serve", "--stdio", "--http"],
        ["serve", "--prot", "1"],
        ["serve", "--port"],
        ["serve", "--sessions=1"],
        ["serve", "--no-port", "1"],
        ["serve", "--token", "x"],
        ["serve", "--token=x"],
        ["serve", "extra"],
        ["--version"],
    ],
    ids=" ".join,
)
def test_what_the_fast_path_does_not_know_goes_to_click(arguments: list[str]) -> None:
    assert read_serve(arguments) is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["serve", "--stdio", "--http"], "choose one of --stdio and --http"),
        (["serve", "--prot", "1"], "No such option"),
        (["serve", "--port"], "requires an argument"),
        (["serve", "--token", "x"], "No such option"),
        (["serve", "--http", "--host", "0.0.0.0"], "needs a token"),  # noqa: S104 - refused
        (["serve", "--stdio", "--port", "x"], "command line --port: port must be a whole number from 0 to 65535"),
        (["serve", "--stdio", "--log-file", "/dev/null/x"], "cannot be opened"),
    ],
)
def test_a_wrong_call_of_serve_is_a_usage_error(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err


def test_serve_on_a_terminal_without_a_transport_explains(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    with pytest.raises(SystemExit) as ended:
        cli.main(["serve"])
    assert ended.value.code == 2
    assert "serve --http" in capsys.readouterr().err


def test_click_is_not_needed_to_know_the_flags() -> None:
    names = {parameter.name for parameter in serve_verb.command.params if isinstance(parameter, click.Option)}
    assert names - {"transports"} == {setting.name for setting in FLAGS}
