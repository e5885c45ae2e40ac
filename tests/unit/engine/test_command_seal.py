"""Seals: who vouches for what, and that a session taken elsewhere is nobody's."""

from typing import Final

import pytest

from engine.command_seal import FOREIGN, Sealed, policy_for, seal_of
from engine.sessions.model import State
from engine.sessions.refusals import Policy
from tests.unit.engine.sessions.commanded import RULES, Commanded, command

KEY: Final = b"k" * 32
POLICY: Final = Policy(strict_gates=False, verified=False, commands=RULES)


def sealed() -> State:
    """Give the state of a session our key vouches for."""
    state = Commanded(command()).state
    facts = Sealed(state.session_id, state.document, state.children, state.sources, state.workspace)
    return state._replace(seal=seal_of(KEY, facts))


def test_a_session_begun_here_keeps_the_operator_s_rules() -> None:
    assert policy_for(POLICY, KEY, sealed()) == POLICY


@pytest.mark.parametrize(
    "changes",
    [
        {"session_id": "wf_other"},
        {"document": "1" * 64},
        {"children": {"child": "1" * 64}},
        {"sources": ("user",)},
        {"workspace": "/elsewhere"},
        {"seal": ""},
        {"seal": "é"},
    ],
)
def test_whoever_changes_what_is_vouched_for_gains_nothing(changes: dict[str, object]) -> None:
    state = sealed()._replace(**changes)  # type: ignore[arg-type]  # values of any field
    assert policy_for(POLICY, KEY, state).commands == FOREIGN


def test_another_key_or_none_vouches_for_nothing() -> None:
    assert policy_for(POLICY, b"o" * 32, sealed()).commands == FOREIGN
    assert policy_for(POLICY, b"", sealed()).commands == FOREIGN
