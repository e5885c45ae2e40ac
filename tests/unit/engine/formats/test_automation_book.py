"""The chapter on automation YAML and the examples that go with it are what they claim to be."""

import re
from pathlib import Path

import pytest

from engine.formats.automation import read_automation
from engine.formats.automation_steps import READERS
from engine.library_read import check, kind_of
from engine.review import review_automation
from schema.source import Syntax, read
from schema.values import JsonObject
from tests.services import ROOT
from tests.unit.book import fences

CHAPTER = ROOT / "spec" / "automation-yaml.md"
EXAMPLES = sorted((ROOT / "spec" / "examples" / "automation").rglob("*.yaml"))


def value_of(text: str) -> JsonObject:
    parsed = read(text, Syntax.YAML)
    assert not parsed.findings, parsed.findings
    value = parsed.documents[0].value
    assert isinstance(value, dict)
    return value


def test_every_document_of_the_chapter_becomes_the_one_shown_behind_it() -> None:
    shown = [fence for fence in fences(CHAPTER) if fence.words[:1] == ("yaml",)]
    assert [fence.words[1] for fence in shown] == ["earlier", "workflow"]
    given, promised = (value_of(fence.text) for fence in shown)
    assert read_automation(given).document == promised
    assert review_automation(given).findings == ()


def test_the_chapter_names_every_type_of_step() -> None:
    text = CHAPTER.read_text(encoding="utf-8")
    assert [kind for kind in READERS if f"`{kind}`" not in text] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=[str(path.relative_to(ROOT)) for path in EXAMPLES])
def test_every_example_of_the_language_is_valid_without_a_finding(path: Path) -> None:
    document = read(path.read_bytes(), Syntax.YAML).documents[0]
    checked = check(document, kind_of(document.value, Syntax.YAML), path.stem)
    assert checked.findings == ()


def test_the_examples_in_the_earlier_format_are_of_that_format() -> None:
    earlier = [path for path in EXAMPLES if path.parent.name == "earlier-format"]
    kinds = {kind_of(value_of(path.read_text(encoding="utf-8")), Syntax.YAML) for path in earlier}
    assert len(earlier) >= 3
    assert kinds == {"automation-yaml"}


def test_every_rule_the_importer_can_name_is_in_the_chapter_on_findings() -> None:
    rules = (ROOT / "spec" / "findings.md").read_text(encoding="utf-8")
    named = set()
    for path in sorted((ROOT / "engine" / "formats").glob("automation*.py")):
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r'(?:critical|major|minor)\(\s*[^"]*?"([a-z]+(?:-[a-z]+)+)"', text))
    assert len(named) > 20
    assert sorted(rule for rule in named if f"`{rule}`" not in rules) == []
