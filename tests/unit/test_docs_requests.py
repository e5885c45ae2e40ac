"""Every request in the book is sent to the real server in this process, and the answer is the one the book shows."""

import pytest

from engine.sources import BUNDLED_FOLDER
from tests.services import ROOT
from tests.unit.book import EXAMPLES, SPEC, differences, pairs, parsed
from tests.unit.reader import Reader

API = {pair.name: pair for pair in pairs(SPEC / "mcp-api-v1.0.md")}
README = {pair.name: pair for pair in pairs(ROOT / "README.md")}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(EXAMPLES)


@pytest.fixture(scope="module")
def newcomer() -> Reader:
    return Reader(BUNDLED_FOLDER, source="bundled")


@pytest.mark.requirement("DOC-5")
@pytest.mark.parametrize("name", API)
async def test_the_api_answers_as_the_book_says(name: str, reader: Reader) -> None:
    pair = API[name]
    answer = await reader.ask(pair.request.text, over_mcp=pair.over_mcp)

    assert differences(parsed(pair.response), answer) == [], pair.request.place


@pytest.mark.requirement("DOC-5")
@pytest.mark.parametrize("name", README)
async def test_the_walk_of_the_readme_goes_as_it_says(name: str, newcomer: Reader) -> None:
    pair = README[name]
    answer = await newcomer.ask(pair.request.text, over_mcp=pair.over_mcp)

    assert differences(parsed(pair.response), answer) == [], pair.request.place


def test_no_two_requests_of_a_page_share_a_name() -> None:
    for page in (SPEC / "mcp-api-v1.0.md", ROOT / "README.md"):
        names = [pair.name for pair in pairs(page)]
        assert len(names) == len(set(names))
