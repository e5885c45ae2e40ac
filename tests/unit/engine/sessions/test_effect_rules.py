"""Commands a store says are to be run: they have to be those the documents ask for."""

import pytest

from engine.sessions.effect_rules import strange
from engine.sessions.model import Status
from tests.unit.engine.sessions.clocked import prompt
from tests.unit.engine.sessions.commanded import Commanded, command, line


@pytest.mark.parametrize(
    "changes",
    [
        {"words": ("tool", "--of", "b")},
        {"words": ("git", "--of", "a!")},
        {"words": ("tool", "--of", "a!", "more")},
        {"env": {"NAME": "b"}},
        {"env": {"NAME": "a", "LD_PRELOAD": "evil.so"}},
        {"line": "echo no"},
        {"cwd": "elsewhere"},
        {"key": "other"},
    ],
)
def test_a_command_that_is_not_the_one_its_step_asks_for_is_not_run(changes: dict[str, object]) -> None:
    step = command(run="tool --of {{ inputs.a }}!", env={"NAME": "a"}, cwd="sub")
    play = Commanded(step, given={"a": "a"}, inputs={"a": {"type": "string"}})
    asked = play.state.effect
    assert asked is not None
    changed = asked._replace(**changes)  # type: ignore[arg-type]  # values of any field
    play._state = play.state._replace(effect=changed)  # as somebody who writes into the store would
    play.claim()
    assert (play.state.status, play.state.effect) == (Status.FAILED, None)
    assert play.state.cause is not None
    assert "not the one its step asks for" in play.state.cause.message


def test_a_stored_line_nobody_could_have_asked_for_is_strange() -> None:
    asked = Commanded(line("echo {{ state.a }}"), state={"a": "b"})
    other = Commanded(line("echo $(( {{ state.a }} ))"), prompt("next"), state={"a": "b"})
    assert "not the one" in strange(other.workflow.places["run-it"].step, asked.effect)
    assert strange(asked.workflow.places["run-it"].step, asked.effect) == ""
