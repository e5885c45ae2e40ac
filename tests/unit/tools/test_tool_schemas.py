"""tools/list as the pickiest client reads it; and small enough for every agent's context."""

import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from engine.clock import SystemClock
from engine.library import Library
from engine.sources import ordered_sources
from schema.check import compile_schema
from schema.values import Json, JsonObject
from server.service import listed_tool
from tests.unit.product_tools import product_tools
from tests.unit.silent_call import SilentCall
from tools.contract import Tool

LIBRARY = Library(ordered_sources(None), None, SystemClock())
TOOLS = product_tools(LIBRARY)
FOUR = ("workflow_list", "workflow_get", "workflow_next", "workflow_validate")


def nodes(schema: Json, where: str = "") -> Iterator[tuple[str, JsonObject]]:
    """Give every schema in a schema, with its place."""
    if not isinstance(schema, dict):
        return
    yield where, schema
    properties = schema.get("properties")
    if isinstance(properties, dict):
        for name, inner in properties.items():
            yield from nodes(inner, f"{where}/{name}")
    if "items" in schema:
        yield from nodes(schema["items"], f"{where}[]")


def properties_of(schema: JsonObject) -> JsonObject:
    found = schema["properties"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
class TestEveryTool:
    """What must hold for each."""

    def test_the_name_is_plain_and_the_texts_are_short(self, tool: Tool) -> None:
        assert re.fullmatch("[a-z_]{1,40}", tool.name)
        assert tool.title
        assert 0 < len(tool.description.encode()) <= 1024

    def test_all_four_hints_are_given(self, tool: Tool) -> None:
        assert tool.annotations is not None
        assert set(tool.annotations) == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}

    def test_the_root_is_a_closed_object_without_combinations(self, tool: Tool) -> None:
        schema = tool.input_schema
        assert set(schema) == {"type", "properties", "required", "additionalProperties"}
        assert (schema["type"], schema["additionalProperties"]) == ("object", False)

    def test_every_part_has_at_most_one_type_items_and_a_description(self, tool: Tool) -> None:
        for schema in (tool.input_schema, tool.output_schema or {}):
            for where, node in nodes(schema):
                assert isinstance(node.get("type", "any"), str), where
                assert node.get("type") != "array" or "items" in node, where
                assert {"$ref", "$schema", "oneOf", "anyOf", "allOf"}.isdisjoint(node), where
        for name, rule in properties_of(tool.input_schema).items():
            assert isinstance(rule, dict)
            assert rule.get("description"), name
            assert rule.get("type") != "object" or "additionalProperties" not in rule, name


def test_output_schemas_have_one_open_shape_with_an_error_in_it() -> None:
    assert [tool.name for tool in TOOLS if tool.output_schema] == ["workflow_list", "workflow_get", "workflow_validate"]
    for tool in TOOLS:
        if tool.output_schema is not None:
            assert tool.output_schema["type"] == "object"
            assert "required" not in tool.output_schema
            assert "error" in properties_of(tool.output_schema)
            for name, node in properties_of(tool.output_schema).items():
                assert isinstance(node, dict)
                assert node.get("description"), name


def tokens(value: object) -> float:
    return len(orjson.dumps(value)) / 4


def test_the_list_stays_within_its_token_bars() -> None:
    core = [[tool.name, tool.description, tool.input_schema] for tool in TOOLS]
    assert tokens(core) <= 1500
    assert tokens([listed_tool(tool) for tool in TOOLS]) <= 1900
    assert tokens([part for part in core if part[0] in FOUR]) <= 750


CALLS: list[tuple[str, JsonObject]] = [
    ("workflow_list", {"limit": 2}),
    ("workflow_get", {"id": "code-review", "mode": "full"}),
    ("workflow_get", {"id": "code-review", "mode": "preview"}),
    ("workflow_get", {"id": "code-review", "mode": "metadata"}),
    ("workflow_validate", {"text": "id: x"}),
    ("workflow_validate", {"workflowId": "code-review", "stepId": "intent", "output": "a claim"}),
]


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_answers_keep_to_their_output_schema(name: str, arguments: JsonObject) -> None:
    (tool,) = (one for one in TOOLS if one.name == name)
    assert tool.output_schema is not None
    assert tool.run is not None
    answer = tool.run(arguments, SilentCall())
    assert compile_schema(tool.output_schema).explain(answer.value) == ()


def test_the_bundled_library_is_where_the_package_says() -> None:
    assert (Path(__file__).parents[3] / "workflows" / "code-review.yaml").exists()
