"""What a command gives its step: data as the step wants it, and the words of what went wrong."""

import pytest

from engine.sessions.effect_model import CommandOutcome
from engine.sessions.effect_results import MAX_SAID, result_of
from engine.sessions.model import Effect
from schema.values import Json
from tests.unit.engine.sessions.commanded import ended


def asked(parse: str = "text", *words: str) -> Effect:
    """Give a command that was asked for."""
    return Effect("run", "run", 1, words or ("tool",), "", "", {}, 5.0, parse, repeatable=False)


@pytest.mark.parametrize(
    ("parse", "stdout", "data"),
    [
        ("text", "a\nb\n\n", "a\nb"),
        ("text", "  a ", "  a "),
        ("lines", "a\r\nb\n", ["a", "b"]),
        ("lines", "a\n\nb", ["a", "", "b"]),
        ("lines", "\n", [""]),
        ("lines", "", []),
        ("lines", "a\x0cb\u2028c\n", ["a\x0cb\u2028c"]),
        ("json", ' {"a": [1, null]} \n', {"a": [1, None]}),
        ("json", "3", 3),
    ],
)
def test_stdout_is_read_as_the_step_says(parse: str, stdout: str, data: Json) -> None:
    result = result_of(asked(parse), ended(stdout=stdout))
    assert (result.value["data"], result.value["stdout"], result.fault) == (data, stdout, None)


@pytest.mark.parametrize("stdout", ["", "{", "NaN", "[Infinity]", '"\\ud800"', "[" * 100 + "]" * 100, "[" * 100_000])
def test_what_is_no_json_fails_the_step(stdout: str) -> None:
    result = result_of(asked("json"), ended(stdout=stdout))
    assert result.fault is not None
    assert (result.fault.error_type, result.fault.message) == ("ParseError", "what the command wrote is no JSON")
    assert result.value["data"] is None


def test_json_that_was_cut_says_so() -> None:
    fault = result_of(asked("json"), ended(stdout="[1,")._replace(cut="stdout was cut")).fault
    assert fault is not None
    assert fault.message.endswith("no JSON (stdout was cut)")


def test_what_was_cut_is_said_in_the_last_line_of_stderr() -> None:
    result = result_of(asked(), ended(stdout="x", stderr="warning")._replace(cut="stdout was cut"))
    assert (result.value["stderr"], result.value["stdout"]) == ("warning\nstdout was cut", "x")
    assert result_of(asked(), ended(stdout="x")._replace(cut="stdout was cut")).value["stderr"] == "stdout was cut"


@pytest.mark.parametrize(
    ("outcome", "kind", "message"),
    [
        (ended(2), "CommandError", "tool ended with exit code 2 and wrote nothing"),
        (ended(-9, "out\n"), "CommandError", "tool ended with exit code -9: out"),
        (ended(1, "out", " err\n"), "CommandError", "tool ended with exit code 1: err"),
        (ended(None, timed_out=True), "TimeoutError", "the command was ended after its 5 seconds"),
        (ended(None)._replace(fault="there is no program"), "CommandError", "there is no program"),
    ],
)
def test_what_went_wrong_is_said(outcome: CommandOutcome, kind: str, message: str) -> None:
    result = result_of(asked("json"), outcome)
    assert result.fault is not None
    assert (result.fault.error_type, result.fault.message) == (kind, message)
    assert result.value["exitCode"] == outcome.exit_code
    assert result.value["timedOut"] is outcome.timed_out


def test_a_shell_line_is_named_as_one_and_only_the_end_of_a_long_complaint_is_shown() -> None:
    line = asked()._replace(words=(), line="ls | wc")
    fault = result_of(line, ended(1, stderr="x" * 1000 + "end")).fault
    assert fault is not None
    assert fault.message == "the shell line ended with exit code 1: " + ("x" * MAX_SAID + "end")[-MAX_SAID:]
