"""The tables of spec/expressions.md, run."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from engine.definition import Operation
from engine.scripts import ScriptFault, evaluate, read_script
from engine.template import UnresolvedError, read_value, resolved
from engine.updates import Update, UpdateError, applied
from engine.variables import Scope, Values, outermost
from schema.source import Syntax, read
from schema.values import Json, JsonObject
from tests.unit.book import SPEC, fences

PAGE = SPEC / "expressions.md"
NOW = 1_718_445_600.0
_CELL = re.compile(r"(?<!\\)\|")
_ERROR = "error: "


class Example(NamedTuple):
    """One row of a table: the title of its first column, its cells."""

    title: str
    cells: tuple[str, ...]


def examples() -> Iterator[Example]:
    title = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = tuple(_plain(cell) for cell in _CELL.split(line)[1:-1])
        if not cells:
            title = ""
        elif not title:
            title = cells[0]
        elif title in ("expression", "text", "state") and not cells[0].startswith("---"):
            yield Example(title, cells)


def _plain(cell: str) -> str:
    text = cell.strip().replace("\\|", "|")
    return text.removeprefix("<code>").removesuffix("</code>") if text.startswith("<code>") else text.strip("`")


def at() -> Scope:
    (fence,) = (each for each in fences(PAGE) if each.words[:2] == ("yaml", "values"))
    given = read(fence.text, Syntax.YAML).documents[0].value
    assert isinstance(given, dict)
    parts = {name: part for name in ("inputs", "state", "computed", "outputs") if isinstance(part := given[name], dict)}
    session: JsonObject = {"id": "wf_1", "startedAt": "2024-01-01T00:00:00Z"}
    values = Values(parts["inputs"], parts["computed"], None, parts["outputs"], session, NOW)
    return outermost(parts["state"], values=values)


def outcome(example: Example) -> Json:
    if example.title == "expression":
        return evaluate(read_script(example.cells[0]), at())
    if example.title == "text":
        return resolved(read_value(example.cells[0]), at())
    state, update = json.loads(example.cells[0]), json.loads(example.cells[1])
    return applied(state, [Update(update["path"], Operation(update["operation"]), update.get("value"))])


@pytest.mark.parametrize("example", list(examples()), ids=lambda example: " ".join(example.cells[:-1]))
def test_what_the_page_promises_is_what_comes_out(example: Example) -> None:
    expected = example.cells[-1]
    if expected.startswith(_ERROR):
        with pytest.raises((ScriptFault, UnresolvedError, UpdateError)) as refused:
            outcome(example)
        assert expected.removeprefix(_ERROR) in str(refused.value)
    else:
        assert outcome(example) == json.loads(expected)


def test_the_page_has_examples_of_all_three_kinds() -> None:
    found = list(examples())
    assert {each.title for each in found} == {"expression", "text", "state"}
    assert len(found) > 50
