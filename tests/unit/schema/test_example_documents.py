import json
from pathlib import Path

import pytest

from schema.check import check_workflow
from schema.source import read, syntax_of

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
EXPECTATION = ".expect.json"
SCHEMA_RULE = {"retired-type": "enum"}  # what the schema itself calls it


def documents(folder: str) -> list[Path]:
    return sorted(
        path for path in (EXAMPLES / folder).iterdir() if syntax_of(path.name) and not path.name.endswith(EXPECTATION)
    )


def found(path: Path) -> list[tuple[str, str]]:
    """Give (pointer, rule) of what reading and the schema find in a file of one document."""
    syntax = syntax_of(path.name)
    assert syntax is not None
    parsed = read(path.read_bytes(), syntax)
    assert len(parsed.documents) + bool(parsed.findings) == 1
    violations = [violation for document in parsed.documents for violation in check_workflow(document.value)]
    reasons = [(finding.pointer, finding.rule) for finding in parsed.findings]
    return sorted([*reasons, *((violation.pointer, violation.rule) for violation in violations)])


@pytest.mark.parametrize("path", documents("valid"), ids=lambda path: path.name)
def test_valid_example_is_accepted(path: Path) -> None:
    assert found(path) == []


@pytest.mark.parametrize("path", documents("invalid"), ids=lambda path: path.name)
def test_invalid_example_is_refused_for_the_reasons_written_beside_it(path: Path) -> None:
    """Examples only the structure checks refuse pass here; the engine's tests hold them against their reasons."""
    expected = json.loads((path.parent / (path.stem + EXPECTATION)).read_text())
    reasons = sorted((each["pointer"], SCHEMA_RULE.get(each["rule"], each["rule"])) for each in expected)
    assert reasons
    assert found(path) in (reasons, [])


def test_schema_layer_itself_refuses_most_of_the_invalid_examples() -> None:
    refused = [path.name for path in documents("invalid") if found(path)]
    assert len(refused) >= 10
