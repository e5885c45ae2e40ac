"""Every request in the book is sent to the real server in this process, and the answer is the one the book shows."""

import pytest

from tests.unit.book import EXAMPLES, SPEC, differences, pairs, parsed
from tests.unit.reader import Reader

API = pairs(SPEC / "mcp-api-v1.0.md")


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(EXAMPLES)


@pytest.mark.requirement("DOC-5")
@pytest.mark.parametrize("name", [pair.name for pair in API])
async def test_the_api_answers_as_the_book_says(name: str, reader: Reader) -> None:
    (pair,) = [pair for pair in API if pair.name == name]

    answer = await reader.ask(pair.request.text, over_mcp=pair.over_mcp)

    assert differences(parsed(pair.response), answer) == [], pair.request.place


def test_no_two_requests_share_a_name() -> None:
    names = [pair.name for pair in API]

    assert sorted(names) == sorted(set(names))
