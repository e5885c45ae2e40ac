import json
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from schema.check import BadSchemaError, draft7_checker
from schema.values import Json

SUITE = Path(__file__).resolve().parents[4] / "shared" / "draft7"
REMOTE = "http://localhost:1234/"
pytestmark = pytest.mark.skipif(not SUITE.is_dir(), reason="the official Draft 7 cases are not at ../shared/draft7")


class Case(NamedTuple):
    name: str
    schema: Json
    value: Json
    valid: bool


@cache
def remotes() -> dict[str, Json]:
    root = SUITE / "remotes"
    return {REMOTE + path.relative_to(root).as_posix(): json.loads(path.read_text()) for path in root.rglob("*.json")}


def cases(folder: str) -> Iterator[Case]:
    for path in sorted((SUITE / "tests" / "draft7" / folder).glob("*.json")):
        for group in json.loads(path.read_text()):
            for test in group["tests"]:
                name = f"{path.name}: {group['description']}: {test['description']}"
                yield Case(name, group["schema"], test["data"], test["valid"])


def failures(folder: str, *, formats: bool = False) -> tuple[int, list[str]]:
    """Give the number of cases and the names of those with another verdict, or refused without a reason."""
    failed = []
    total = 0
    for case in cases(folder):
        total += 1
        try:
            checker = draft7_checker(case.schema, remotes(), formats=formats)
        except BadSchemaError:
            failed.append(case.name)
            continue
        explained = not checker.explain(case.value)
        if (checker.accepts(case.value), explained) != (case.valid, case.valid):
            failed.append(case.name)
    return total, failed


def test_all_927_required_cases_pass_and_every_refusal_has_a_reason() -> None:
    total, failed = failures("")
    sys.stdout.write(f"required: {total - len(failed)} of {total}\n")
    assert failed == []
    assert total == 927


def test_116_of_118_optional_cases_pass() -> None:
    """The other two refer to a document of a later draft, which is not among the remotes."""
    total, failed = failures("optional")
    sys.stdout.write(f"optional: {total - len(failed)} of {total}\n")
    assert Counter(name.partition(":")[0] for name in failed) == {"cross-draft.json": 2}
    assert total == 118


def test_all_676_format_cases_pass_when_formats_are_asserted() -> None:
    total, failed = failures("optional/format", formats=True)
    sys.stdout.write(f"formats: {total - len(failed)} of {total}\n")
    assert failed == []
    assert total == 676


def test_jsonschema_finds_the_refusals_of_the_required_cases_too() -> None:
    """The authority stays jsonschema: with our pattern judge its verdicts are those of jsonschema-rs, case by case."""
    for case in cases(""):
        checker = draft7_checker(case.schema, remotes())
        assert bool(checker._explained(case.value)) is not case.valid, case.name


def test_remote_schema_that_is_not_registered_is_refused_and_not_fetched() -> None:
    with pytest.raises(BadSchemaError) as refused:
        draft7_checker({"$ref": f"{REMOTE}unknown.json"}, remotes())
    (violation,) = refused.value.violations
    assert violation.rule == "ref"
    assert "nothing is fetched" in str(violation.suggestion)
