"""The four ways to say what validate found."""

from pathlib import Path

import jsonschema
import orjson
import pytest
from jsonschema.validators import validator_for

from schema.finding import Finding, Severity
from schema.values import Json, JsonObject
from server.reports.frame import WINDOW, frame
from server.reports.github import GithubReport
from server.reports.model import FileReport, Note, Reporter, Totals, Unreadable
from server.reports.plain_json import JsonReport
from server.reports.sarif import SarifReport
from server.reports.text import TextReport

DATA = Path(__file__).with_name("data")
CRITICAL = Finding(Severity.CRITICAL, "type", "must be text", "/id", 1, 5, "write text")
MAJOR = Finding(Severity.MAJOR, "unreachable", "never reached", "/steps/1")
MINOR = Finding(Severity.MINOR, "no-version", "100% missing\nreally", "", 2, 1)
FILE = FileReport("a b/c,d.yaml", "id: 7\nname: x", 1, (Note(0, CRITICAL), Note(None, MAJOR), Note(0, MINOR)))
CLEAN = FileReport("clean.yaml", "", 1, ())
GONE = Unreadable("gone:x.yaml", "No such file or directory")


def said(reporter: Reporter, lines: list[str], *files: FileReport) -> str:
    totals = Totals()
    for file in files:
        reporter.file(file)
        totals = totals.plus(file)
    reporter.unreadable(GONE)
    totals = totals._replace(unreadable=1)
    reporter.finish(totals, totals.exit_code(strict=False))
    return "".join(lines)


def test_text_shows_place_severity_frame_and_suggestion() -> None:
    lines: list[str] = []
    assert said(TextReport(lines.append), lines, FILE, CLEAN) == (
        "a b/c,d.yaml:1:5: critical: must be text [type] at /id\n"
        "  1 | id: 7\n"
        "    |     ^\n"
        "    -> write text\n"
        "a b/c,d.yaml:1:1: major: never reached [unreachable] at /steps/1\n"
        "a b/c,d.yaml:2:1: minor: 100% missing\ufffdreally [no-version]\n"
        "  2 | name: x\n"
        "    | ^\n"
        "gone:x.yaml: cannot read: No such file or directory\n"
        "2 files, 1 invalid, 1 not readable; findings: 1 critical, 1 major, 1 minor\n"
    )


def test_severities_are_coloured_on_wish() -> None:
    lines: list[str] = []
    TextReport(lines.append, colour=True).file(FILE)
    assert ": \x1b[31;1mcritical\x1b[0m: " in lines[0]


def test_json_is_one_object() -> None:
    lines: list[str] = []
    answer = orjson.loads(said(JsonReport(lines.append), lines, FILE, CLEAN))
    assert [file["valid"] for file in answer["files"]] == [False, True]
    assert answer["files"][0]["findings"][0] == CRITICAL.as_json()
    assert answer["unreadable"] == [{"file": "gone:x.yaml", "reason": "No such file or directory"}]
    assert answer["summary"] == {
        "exitCode": 3,
        "files": 2,
        "documents": 2,
        "invalid": 1,
        "unreadable": 1,
        "passedOver": 0,
        "critical": 1,
        "major": 1,
        "minor": 1,
    }


def test_github_gets_one_escaped_command_a_finding() -> None:
    lines: list[str] = []
    assert said(GithubReport(lines.append), lines, FILE, CLEAN) == (
        "::error file=a b/c%2Cd.yaml,line=1,col=5,title=type::must be text (/id)%0Awrite text\n"
        "::warning file=a b/c%2Cd.yaml,title=unreachable::never reached (/steps/1)\n"
        "::notice file=a b/c%2Cd.yaml,line=2,col=1,title=no-version::100%25 missing%0Areally\n"
        "::error file=gone%3Ax.yaml,title=cannot-read::No such file or directory\n"
    )


def sarif(*files: FileReport) -> JsonObject:
    lines: list[str] = []
    answer: JsonObject = orjson.loads(said(SarifReport(lines.append, "1.0.0"), lines, *files))
    return answer


@pytest.mark.parametrize("files", [(), (CLEAN,), (FILE, CLEAN, FILE)])
def test_sarif_is_valid_by_sarifs_own_schema(files: tuple[FileReport, ...]) -> None:
    schema = orjson.loads((DATA / "sarif-2.1.0.json").read_bytes())
    validator = validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in validator.iter_errors(sarif(*files))] == []


def test_the_schema_of_sarif_bites() -> None:
    schema = orjson.loads((DATA / "sarif-2.1.0.json").read_bytes())
    broken = sarif(FILE) | {"version": "2.0.0"}
    assert not validator_for(schema)(schema).is_valid(broken)


def at(value: Json, *path: str | int) -> Json:
    """Go down a JSON value."""
    for part in path:
        if isinstance(value, dict):
            value = value[str(part)]
        else:
            assert isinstance(value, list)
            value = value[int(part)]
    return value


def test_sarif_carries_level_place_and_rule() -> None:
    answer = sarif(FILE)
    rules = ["type", "unreachable", "no-version"]
    for number, (level, rule) in enumerate(zip(("error", "warning", "note"), rules, strict=True)):
        assert at(answer, "runs", 0, "results", number, "level") == level
        assert at(answer, "runs", 0, "results", number, "ruleIndex") == number
        assert at(answer, "runs", 0, "tool", "driver", "rules", number, "id") == rule
    location = at(answer, "runs", 0, "results", 0, "locations", 0)
    region: Json = {"startLine": 1, "startColumn": 5, "snippet": {"text": "id: 7"}}
    assert location == {
        "physicalLocation": {"artifactLocation": {"uri": "a%20b/c%2Cd.yaml"}, "region": region},
        "logicalLocations": [{"fullyQualifiedName": "/id"}],
    }
    assert at(answer, "runs", 0, "results", 1, "locations", 0, "physicalLocation") == {
        "artifactLocation": {"uri": "a%20b/c%2Cd.yaml"}
    }
    assert at(answer, "runs", 0, "invocations", 0, "exitCode") == 3
    assert at(answer, "runs", 0, "invocations", 0, "executionSuccessful") is False


@pytest.mark.parametrize(
    ("totals", "strict", "code"),
    [
        (Totals(files=1), False, 0),
        (Totals(files=1, critical=1), False, 1),
        (Totals(files=1, major=1, minor=1), False, 0),
        (Totals(files=1, major=1), True, 1),
        (Totals(files=1, minor=1), True, 1),
        (Totals(files=1), True, 0),
        (Totals(unreadable=1), False, 3),
        (Totals(unreadable=1, critical=1), True, 3),
    ],
)
def test_the_exit_code_follows_the_counts(totals: Totals, strict: bool, code: int) -> None:
    assert totals.exit_code(strict=strict) == code


def test_a_long_line_is_cut_around_the_column() -> None:
    text = "x" * 500 + "HERE" + "y" * 500
    source, caret = frame([text], 1, 501)
    assert len(source) < WINDOW + 20
    assert source[caret.index("^") :].startswith("HERE")


def test_the_caret_stands_under_wide_characters_and_tabs() -> None:
    source, caret = frame(["\t\u65e5\u672c: 7"], 1, 6)
    assert source == "  1 |  \u65e5\u672c: 7"
    assert caret.index("^") == len("  1 |  ") + 2 * len("\u65e5\u672c") + len(": ")


@pytest.mark.parametrize(("line", "column"), [(0, 1), (2, 1)])
def test_a_place_outside_the_text_has_no_frame(line: int, column: int) -> None:
    assert frame(["one line"], line, column) == []


def test_a_column_behind_the_line_points_at_its_end() -> None:
    assert frame(["ab"], 1, 3) == ["  1 | ab", "    |   ^"]
