"""Whatever passes the checks can be built: the documents of the automation language, changed at random."""

import copy
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.build import build
from engine.review import review
from schema.source import Syntax, read
from schema.values import Json, JsonObject
from tests.services import ROOT

FILES = [
    ROOT / "tests" / "examples" / "valid" / "automation.yaml",
    *sorted((ROOT / "spec" / "examples" / "automation").glob("*.yaml")),
]
DOCUMENTS = [read(path.read_bytes(), Syntax.YAML).documents[0].value for path in FILES]
PIECES: list[Json] = [
    "", "{{ state.total }}", "{{ a b }}", "{{", "state.x", "state.x === 1", "1 +", "steps", "a'b",
    'steps["hello"].output', "x.constructor", "/(/", "loop.item", "inputs.order", "this", "set", "break", "prompt",
    0, 1, -1, 1.5, 10**20, True, False, None, [], {}, [1, "{{ loop.index }}"], {"var": "a", "gt": 1},
    {"a": "{{ b.c }}"}, {"type": "string"}, {"prompt": "p"}, {"path": "a", "value": 1}, {"task": "pack"},
    {"id": "new-step", "type": "break"},
]  # fmt: skip
Place = tuple[dict[str, Json] | list[Json], str | int]


def places(value: Json) -> Iterator[Place]:
    """Give every key and index of a document."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield value, key
            yield from places(part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield value, index
            yield from places(part)


def changed(document: JsonObject, data: st.DataObject) -> None:
    """Change one place: another piece, a piece of the document, or nothing at all."""
    every = list(places(document))
    holder, key = data.draw(st.sampled_from(every))
    kind = data.draw(st.sampled_from(["piece", "own", "none"]))
    if kind == "none":
        del holder[key]  # type: ignore[arg-type]  # the key belongs to its holder
        return
    other, spot = data.draw(st.sampled_from(every))
    value = data.draw(st.sampled_from(PIECES)) if kind == "piece" else other[spot]  # type: ignore[index]  # as above
    holder[key] = copy.deepcopy(value)  # type: ignore[index]  # as above


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(DOCUMENTS), st.integers(1, 3), st.data())
def test_a_document_without_a_critical_finding_can_be_built(document: Json, times: int, data: st.DataObject) -> None:
    mutant = copy.deepcopy(document)
    assert isinstance(mutant, dict)
    for _ in range(times):
        changed(mutant, data)
    checked = review(mutant)
    if checked.is_valid and checked.native is not None:
        assert build(checked.native).places
