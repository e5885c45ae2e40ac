"""Reading session files of the earlier tool: what is odd in them is named."""

import pytest

from engine.formats.earlier import MAX_ENTRIES, read_earlier
from schema.values import JsonObject
from tests.unit.engine.earlier_files import NINE, shape_a, shape_b


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        (shape_a(completed_phases=[0, "x"]), "/completed_phases"),
        (shape_a(completed_phases=7), "/completed_phases"),
        (shape_a(phase_artifacts=[]), "/phase_artifacts"),
        (shape_a(phase_artifacts={"odd": {}}), ""),
        (shape_a(updated_at="soon"), "/updated_at"),
        (shape_a(target_file=7), "/target_file"),
        (shape_b(errors={}), "/errors"),
        (shape_b(errors=[{"phase": 0}] * (MAX_ENTRIES + 1)), "/errors"),
        (shape_b(paused_at=True), "/paused_at"),
    ],
)
def test_what_is_odd_in_a_file_is_named(said: JsonObject, pointer: str) -> None:
    read = read_earlier(said, 0.0)
    assert read.session is not None
    assert pointer in [finding.pointer for finding in read.findings]


def test_times_may_be_numbers_and_errors_plain_words() -> None:
    read = read_earlier(shape_b(created_at=NINE, errors=["broken", {"phase_number": "phase_1", "error": "e"}, 7]), 0.0)
    assert read.session is not None
    assert read.session.created_at == NINE
    assert [error.message for error in read.session.errors] == ["broken", "e", "7"]
