"""The Draft 7 check of a valid 20 KB document, against jsonschema; and the size of tools/list.

Above: tests.bench.__main__. Below: schema.check, the product's own dispatcher.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final

import orjson
from jsonschema import Draft7Validator

from engine.clock import SystemClock
from engine.library import Library
from schema.check import workflow_checker, workflow_schema
from schema.values import Json, JsonObject
from server.service import listed_tool
from tests.bench.library import document
from tests.bench.rows import Row
from tests.bench.scratch import Scratch
from tests.bench.slices import Slice, alternate
from tests.unit.product_tools import product_tools
from tools.contract import Tool

DOCUMENT_BYTES: Final = 20_000
BYTES_A_TOKEN: Final = 4
FAST_CHECKS: Final = 200  # checks in one slice of ours
SLOW_CHECKS: Final = 3  # checks in one slice of jsonschema


def rows(_scratch: Scratch, rounds: int) -> Iterator[Row]:
    """Give how many times faster we accept, and what the tool list weighs."""
    value = large_document()
    checker, authority = workflow_checker(), Draft7Validator(workflow_schema())
    assert checker.accepts(value)
    assert authority.is_valid(value)
    found = alternate(
        lambda: timed(lambda: checker.accepts(value), FAST_CHECKS),
        lambda: timed(lambda: authority.is_valid(value), SLOW_CHECKS),
        rounds,
    )
    size = len(orjson.dumps(value)) / 1000
    measure = f"Draft 7 check of a valid {size:.0f} KB document"
    yield Row(measure, "jsonschema", 1 / found.cpu(), "x", 150, None, at_least=True, detail=found.detail())
    offered = product_tools(Library((), None, SystemClock()))
    plain = sum(tokens(_essence(tool)) for tool in offered)
    whole = tokens({"tools": [listed_tool(tool) for tool in offered]})
    first = sum(tokens(_essence(tool)) for tool in offered[:4])
    essence = "name + description + inputSchema"
    yield Row(f"tools/list, all {len(offered)} tools, {essence}", "bytes / 4", plain, " tokens", 1500, 1300)
    yield Row("tools/list, the whole list", "bytes / 4", whole, " tokens", 1900, 1600)
    yield Row(f"tools/list, the first four, {essence}", "bytes / 4", first, " tokens", 750, 640)


def large_document() -> JsonObject:
    """Give a valid workflow of 20 KB: the library bench's document with more steps of its own kind."""
    value = document(0)
    steps = value["steps"]
    assert isinstance(steps, list)
    model = steps[0]
    assert isinstance(model, dict)
    while len(orjson.dumps(value)) < DOCUMENT_BYTES:
        more: dict[str, Json] = {**model, "id": f"more-{len(steps)}"}
        steps.append(more)
    return value


def timed(check: Callable[[], bool], times: int) -> Slice:
    """Time so many checks."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        check()
    return Slice((time.perf_counter() - wall) / times, (time.process_time() - cpu) / times)


def _essence(tool: Tool) -> JsonObject:
    return {"name": tool.name, "description": tool.description, "inputSchema": tool.input_schema}


def tokens(value: JsonObject) -> float:
    """Give the size of a value as compact JSON, in tokens of four bytes."""
    return len(orjson.dumps(value)) / BYTES_A_TOKEN
