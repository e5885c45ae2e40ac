from engine.review import review
from schema.source import Syntax, read
from schema.values import JsonObject
from tests.unit.engine.flows import document, prompt

TEXT = """schemaVersion: 1.0.0
id: greeting
name: Greeting
description: Greets.
version: 1.0.0
steps:
  - {id: one, title: One, prompt: "{{ a + b }} {{"}
  - {id: one, title: Two, prompt: Again.}
"""


def test_a_sound_document_has_no_findings_and_stays_itself() -> None:
    sound = document(prompt("one"))
    checked = review(sound)
    assert checked.is_valid
    assert checked.findings == ()
    assert checked.native is sound


def test_findings_of_a_text_carry_lines_and_come_in_its_order() -> None:
    (source,) = read(TEXT, Syntax.YAML).documents
    checked = review(source)
    assert [(each.rule, each.line) for each in checked.findings] == [
        ("unclosed-template", 7),
        ("template-expression", 7),
        ("duplicate-id", 8),
    ]
    assert all(each.column for each in checked.findings)


def test_violations_of_the_schema_are_critical_and_spare_the_structure() -> None:
    broken: JsonObject = {**document(prompt("one"), prompt("one")), "titel": "x"}
    checked = review(broken)
    assert [(each.rule, each.severity.value) for each in checked.findings] == [("additional-properties", "critical")]
    assert checked.native is not None
    assert not checked.is_valid


def test_an_older_document_is_brought_into_todays_form() -> None:
    older = document(prompt("one"))
    del older["schemaVersion"], older["version"]
    checked = review(older)
    assert checked.is_valid
    assert checked.native is not None
    assert checked.native["version"] == "0.0.1"
    assert [each.rule for each in checked.findings] == ["missing-version"]
