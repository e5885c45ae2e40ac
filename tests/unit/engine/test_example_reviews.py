"""The example documents under tests/examples, reviewed whole: schema and structure. A new case is a new file."""

import json
from pathlib import Path

import pytest

from engine.build import build
from engine.review import Review, review
from schema.finding import Severity
from schema.source import read, syntax_of
from tests.unit.schema.test_example_documents import EXPECTATION, documents


def reviewed(path: Path) -> Review | None:
    """Give the review of a file of one document; None where it cannot be read as one."""
    syntax = syntax_of(path.name)
    assert syntax is not None
    parsed = read(path.read_bytes(), syntax)
    return review(parsed.documents[0]) if parsed.documents else None


@pytest.mark.parametrize("path", documents("valid"), ids=lambda path: path.name)
def test_a_valid_example_is_valid_as_a_whole_and_can_be_built(path: Path) -> None:
    checked = reviewed(path)
    assert checked is not None
    assert checked.is_valid
    assert checked.native is not None
    assert build(checked.native).places


@pytest.mark.parametrize("path", documents("invalid"), ids=lambda path: path.name)
def test_an_invalid_example_is_refused_for_exactly_the_reasons_written_beside_it(path: Path) -> None:
    expected = json.loads((path.parent / (path.stem + EXPECTATION)).read_text())
    checked = reviewed(path)
    if checked is None:
        return
    critical = [each for each in checked.findings if each.severity is Severity.CRITICAL]
    assert sorted((each.pointer, each.rule) for each in critical) == sorted(
        (each["pointer"], each["rule"]) for each in expected
    )
