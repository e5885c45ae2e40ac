"""The chapter on messages, questions and calls: its requests are answered as it says, one after the other."""

from typing import Final

import orjson
import pytest

from tests.unit.book import EXAMPLES, SPEC, differences, pairs, parsed
from tests.unit.reader import Reader

PAIRS: Final = pairs(SPEC / "user-input.md")
SHOWN: Final = "wf_aaaaaaaaaaaaaaaaaaaaaaaaaa"


@pytest.mark.requirement("DOC-5")
async def test_every_request_of_the_chapter_is_answered_as_it_says_one_after_the_other() -> None:
    reader = Reader(EXAMPLES)
    session = SHOWN
    for pair in PAIRS:
        answer = await reader.ask(pair.request.text.replace(SHOWN, session), over_mcp=pair.over_mcp)
        if session == SHOWN:
            assert isinstance(answer, dict)
            assert isinstance(answer["result"], dict)
            session = str(answer["result"]["sessionId"])
        promised = orjson.dumps(parsed(pair.response)).decode().replace(SHOWN, session)
        assert differences(orjson.loads(promised), answer) == [], pair.request.place
    assert len(PAIRS) >= 6
