"""Sealed values: what comes back is what went out, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.values import JsonObject
from server.exchange import Peer
from server.seal import MAX_SEALED, Sealer
from server.session_id import mint, peer_of
from tests.unit.clocks import FakeClock

SEALER = Sealer(b"k" * 32, "test")


def test_a_sealed_value_comes_back_whole() -> None:
    value: JsonObject = {"a": [1, "é", None], "b": {"c": 1.5}}
    assert SEALER.open(SEALER.seal(value)) == value


@given(position=st.integers(0, 10_000), letter=st.sampled_from("ABCxyz019-_"))
def test_any_altered_character_is_noticed(position: int, letter: str) -> None:
    sealed = SEALER.seal({"version": "2025-11-25", "n": 7})
    at = position % (len(sealed) - 1)  # the last character may carry padding bits that mean nothing
    altered = sealed[:at] + letter + sealed[at + 1 :]
    assert SEALER.open(altered) == (None if altered != sealed else {"version": "2025-11-25", "n": 7})


@given(st.text(max_size=200))
def test_any_text_of_a_stranger_is_refused(text: str) -> None:
    assert SEALER.open(text) is None


def test_values_of_another_purpose_or_secret_are_refused() -> None:
    sealed = SEALER.seal({"a": 1})
    assert Sealer(b"k" * 32, "other").open(sealed) is None
    assert Sealer(b"l" * 32, "test").open(sealed) is None


def test_a_value_too_large_to_be_ours_is_not_read() -> None:
    assert SEALER.open(SEALER.seal({"a": "x" * MAX_SEALED})) is None


def test_a_sealed_value_that_is_no_object_is_refused() -> None:
    assert SEALER.open(SEALER.seal([1])) is None  # type: ignore[arg-type]  # what a wrong caller would seal


def test_a_session_id_gives_back_what_initialize_agreed_on() -> None:
    peer = Peer(version="2025-06-18", capabilities={"elicitation": {}})
    session_id = mint(SEALER, FakeClock(), peer)
    found = peer_of(SEALER, session_id)
    assert found is not None
    assert (found.scope, found.version, found.capabilities) == (session_id, "2025-06-18", {"elicitation": {}})
    assert all("!" <= character <= "~" for character in session_id)


def test_two_sessions_that_agreed_on_the_same_have_different_ids() -> None:
    clock = FakeClock()
    assert mint(SEALER, clock, Peer(version="2025-06-18")) != mint(SEALER, clock, Peer(version="2025-06-18"))


@pytest.mark.parametrize("value", [{}, {"v": 1, "c": {}}, {"v": "x", "c": []}])
def test_a_sealed_value_that_is_no_session_is_refused(value: JsonObject) -> None:
    assert peer_of(SEALER, SEALER.seal(value)) is None
