"""What the requirements promise of documents and the folders they live in, tried as an author would."""

from pathlib import Path

import orjson
import pytest

from schema.values import Json, JsonObject
from tests.unit.book import EXAMPLES
from tests.unit.reader import Reader

HEAD = "schemaVersion: 1.0.0\nid: greeting\nname: Greeting\ndescription: Greets.\nversion: 1.0.0\n"
HELLO = "steps:\n  - {id: hello, title: Hello, prompt: Say hello.}\n"


async def result(reader: Reader, method: str, params: JsonObject) -> JsonObject:
    answer = await reader.ask(orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).decode())
    assert isinstance(answer, dict)
    assert "error" not in answer, answer["error"]
    found = answer["result"]
    assert isinstance(found, dict)
    return found


async def verdict(text: str) -> JsonObject:
    return await result(Reader(EXAMPLES), "workflow_validate", {"text": text})


async def prompt_of(reader: Reader) -> str:
    answer = await result(reader, "workflow_next", {"workflowId": "greeting", "completedSteps": []})
    assert isinstance(answer["guidance"], dict)
    return str(answer["guidance"]["prompt"])


@pytest.mark.requirement("VAL-2")
async def test_rules_compose_and_are_skipped_where_their_condition_is_false(tmp_path: Path) -> None:
    criteria = (
        "{and: [{type: contains, value: done, message: Say done.}, "
        "{type: length, min: 20, message: Say more., condition: {var: careful, equals: true}}, "
        "{not: {type: regex, pattern: should work, message: Run it.}}]}"
    )
    step = f"steps:\n  - {{id: hello, title: Hello, prompt: Say hello., validationCriteria: {criteria}}}\n"
    (tmp_path / "greeting.yaml").write_text(HEAD + step, encoding="utf-8")
    reader = Reader(tmp_path)

    async def valid(output: str, context: JsonObject) -> Json:
        arguments: JsonObject = {"workflowId": "greeting", "stepId": "hello", "output": output, "context": context}
        return (await result(reader, "workflow_validate", arguments))["valid"]

    assert await valid("done", {}) is True
    assert await valid("done", {"careful": True}) is False
    assert await valid("done, though it only should work", {"careful": True}) is False
    assert await valid("done, and seen by two people", {"careful": True}) is True


@pytest.mark.requirement("VAL-4")
async def test_a_document_is_checked_from_text_with_the_line_of_each_problem() -> None:
    answer = await verdict(HEAD + HELLO.replace("title:", "titel:"))

    assert answer["valid"] is False
    issues = orjson.dumps(answer["issues"]).decode()
    assert "titel" in issues
    assert "7" in issues


@pytest.mark.requirement("LANG-1")
async def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    document = {
        "schemaVersion": "1.0.0",
        "id": "greeting",
        "name": "Greeting",
        "description": "Greets.",
        "version": "1.0.0",
        "steps": [{"id": "hello", "title": "Hello", "prompt": "Say hello."}],
    }
    (tmp_path / "json").mkdir()
    (tmp_path / "yaml").mkdir()
    (tmp_path / "json" / "a.json").write_bytes(orjson.dumps(document))
    (tmp_path / "yaml" / "a.yaml").write_text(HEAD + HELLO, encoding="utf-8")

    for folder in ("json", "yaml"):
        assert await result(Reader(tmp_path / folder), "workflow_get", {"id": "greeting"}) == document


@pytest.mark.requirement("LANG-1")
@pytest.mark.parametrize(
    "text",
    [HEAD + "tags: &t [a]\nextra: {again: *t}\n" + HELLO, HEAD + "name: Twice\n" + HELLO],
    ids=["alias", "duplicate key"],
)
async def test_aliases_and_duplicate_keys_are_refused(text: str) -> None:
    assert (await verdict(text))["valid"] is False


@pytest.mark.requirement("LANG-2")
async def test_an_older_document_is_accepted_and_what_is_stricter_now_is_listed() -> None:
    old = HEAD.replace("schemaVersion: 1.0.0\n", "").replace("version: 1.0.0\n", "")
    answer = await verdict(old + HELLO)

    assert answer["valid"] is True
    assert "version" in orjson.dumps(answer).decode()
    assert (await verdict("schemaVersion: 1.0.0\n" + old + HELLO))["valid"] is False


@pytest.mark.requirement("LANG-3")
async def test_a_variable_that_some_way_does_not_produce_is_a_finding() -> None:
    steps = (
        "steps:\n"
        "  - {id: ask, title: Ask, prompt: Ask., runCondition: {var: x, gt: 1}, produces: {answer: string}}\n"
        "  - {id: use, title: Use, prompt: Use., requires: {answer: string}}\n"
    )

    assert "'answer'" in orjson.dumps(await verdict(HEAD + steps)).decode()


@pytest.mark.requirement("LIB-1")
async def test_an_edit_shows_on_the_next_call(tmp_path: Path) -> None:
    file = tmp_path / "greeting.yaml"
    file.write_text(HEAD + HELLO, encoding="utf-8")
    reader = Reader(tmp_path)
    before = await prompt_of(reader)
    file.write_text(HEAD + HELLO.replace("Say hello", "Say good morning"), encoding="utf-8")

    assert "Say hello" in before
    assert "Say good morning" in await prompt_of(reader)


@pytest.mark.requirement("LIB-2")
async def test_a_broken_file_costs_no_other_workflow(tmp_path: Path) -> None:
    (tmp_path / "greeting.yaml").write_text(HEAD + HELLO, encoding="utf-8")
    (tmp_path / "broken.json").write_text('{"id": "broken", "steps": [', encoding="utf-8")
    listed = await result(Reader(tmp_path), "workflow_list", {})

    assert (listed["total"], listed["invalid"]) == (1, 1)
