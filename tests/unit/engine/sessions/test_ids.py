"""Session ids: what ours look like, and what a caller may name."""

import re

import pytest

from engine.clock import SystemClock
from engine.sessions.ids import is_session_id, new_session_id


@pytest.mark.requirement("AC-WEE-004")
def test_a_new_id_has_a_prefix_and_26_characters_and_no_two_are_alike() -> None:
    found = {new_session_id(SystemClock()) for _ in range(1000)}
    assert len(found) == 1000
    assert all(re.fullmatch(r"wf_[a-z2-7]{26}", each) and is_session_id(each) for each in found)


@pytest.mark.parametrize("text", ["", "../x", "a/b", "A", "wf_a\n", "a" * 65, "wf a", "é", "\x00", "."])
def test_a_text_that_is_no_id_is_told_apart(text: str) -> None:
    assert not is_session_id(text)


@pytest.mark.parametrize("text", ["a", "0f8fad5b-d9cb-469f-a165-70867728950e", "a" * 64, "wf_2"])
def test_ids_of_earlier_tools_may_be_named_too(text: str) -> None:
    assert is_session_id(text)
