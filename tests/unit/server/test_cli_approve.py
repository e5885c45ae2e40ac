"""`sessions approve`: a person at a terminal gets a code, and with it a step passes where nobody's word is taken."""

import os
import pty
import re
import select
import subprocess
import sys
from typing import Final

import pytest

from engine.runner import Declined, Outcome, Performed
from engine.sessions.model import Approval, Status
from engine.sessions.step_family import ReportStep
from tests.services import ROOT
from tests.unit.server.conftest import Call
from tests.unit.server.durable import AGREED, Durable
from tests.unit.server.world import World

COMMAND: Final = (sys.executable, str(ROOT / "workflowlookup.py"), "sessions", "approve")
PATIENCE_S: Final = 30.0  # until a command on a loaded machine has said what it is waited for
CODE: Final = re.compile(r"Code: (\w{4})-(\w{4}) ")


@pytest.fixture
def publishing(durable: Durable) -> str:
    """Give a session that is at the step a person must agree to."""
    session_id = durable.begun()
    durable.passed(session_id)
    return session_id


def at_terminal(world: World, session_id: str, answer: str, *step: str) -> tuple[int, str]:
    """Run `sessions approve` on a terminal of its own and answer its question; gives exit code and screen."""
    ours, theirs = pty.openpty()
    variables = {key: value for key, value in os.environ.items() if not key.startswith("WORKFLOWLOOKUP_")}
    with subprocess.Popen(
        [*COMMAND, session_id, *step],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=world.project,
        env={**variables, "HOME": str(world.home)},
        close_fds=True,
    ) as process:
        os.close(theirs)
        screen = read_until(ours, "[y/N]")
        if "[y/N]" in screen:
            os.write(ours, answer.encode() + b"\n")
            screen += read_until(ours, None)
        code = process.wait(PATIENCE_S)
    os.close(ours)
    return code, screen


def read_until(descriptor: int, text: str | None) -> str:
    """Read what a terminal shows until it shows `text`, or ends; bounded."""
    shown = ""
    while text is None or text not in shown:
        ready, _, _ = select.select([descriptor], [], [], PATIENCE_S)
        assert ready, f"nothing more came after {shown!r}"
        try:
            part = os.read(descriptor, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part.decode()
    return shown


def code_of(screen: str) -> str:
    found = CODE.search(screen)
    assert found is not None, screen
    return found[1] + found[2]


def test_without_a_terminal_no_code_is_shown(call: Call, publishing: str) -> None:
    said = call("sessions", "approve", publishing)

    assert said.code == 2
    assert "in one yourself" in said.err
    assert said.out == ""


def test_the_code_of_a_terminal_lets_a_step_pass_that_nobodys_word_does(
    durable: Durable, world: World, publishing: str
) -> None:
    asked = durable.published(publishing, AGREED, approvals="verified")
    refused = durable.published(publishing, AGREED, approvals="verified")
    code, screen = at_terminal(world, publishing, "y")
    approved = durable.published(publishing, AGREED, code_of(screen), approvals="verified")

    assert isinstance(asked, Performed)
    assert asked.session.state.status is Status.WAITING
    assert isinstance(refused, Declined)
    assert refused.refusal.reason == "permission"
    assert code == 0
    assert 'Workflow: "Gated" (gated)' in screen
    assert "Target file: src/app.py" in screen
    assert 'Step: "Publish it" (publish)' in screen
    assert "Reported:" not in screen
    assert "What it does cannot be undone." in screen
    assert isinstance(approved, Performed)
    assert durable.status(publishing) is Status.COMPLETED


def test_a_forged_code_is_never_good_and_the_real_one_is_not_stored(
    durable: Durable, world: World, publishing: str
) -> None:
    _, screen = at_terminal(world, publishing, "y")

    durable.published(publishing, AGREED, "AAAAAAAA", approvals="verified")
    assert durable.status(publishing) is not Status.COMPLETED
    durable.published(publishing, AGREED, code_of(screen), approvals="verified")
    assert durable.status(publishing) is Status.COMPLETED
    stored = b"".join(file.read_bytes() for file in (world.home / ".local/share/workflowlookup").glob("sessions.db*"))
    assert b"CodeIssued" in stored
    assert code_of(screen).encode() not in stored


def test_what_a_gate_refused_is_shown_to_the_person_who_may_override_it(durable: Durable, world: World) -> None:
    session_id = durable.begun()
    durable.failed(session_id)

    _, screen = at_terminal(world, session_id, "y")

    assert "Refused so far because:" in screen
    assert "- tests: " in screen
    assert 'Reported: {"tests":0}' in screen
    assert CODE.search(screen)


def test_no_means_no_code(durable: Durable, world: World, publishing: str) -> None:
    code, screen = at_terminal(world, publishing, "n")

    assert code == 1
    assert "nothing was approved" in screen
    assert "Code:" not in screen


def test_where_nothing_waits_for_a_person_there_is_no_code(durable: Durable, world: World) -> None:
    code, screen = at_terminal(world, durable.begun(), "y")

    assert code == 1
    assert "Nothing at the open position can be approved now" in screen
    assert "a gate with allowOverride that failed once" in screen
    assert "[y/N]" not in screen
    assert "Code:" not in screen


FANNED: Final = """\
schemaVersion: 1.2.0
id: fanned
name: Fanned
description: Each task needs a person.
version: 1.0.0
tasks:
  check:
    description: Check one.
    steps:
      - {id: see, title: "See {{ inputs.item }}", prompt: Look at it., requireConfirmation: true}
steps:
  - {id: all, type: parallel, items: [a, b], task: check}
"""


def test_a_step_of_a_task_passes_with_a_code_for_its_step_key(durable: Durable, world: World) -> None:
    (world.project / "workflows" / "fanned.yaml").write_text(FANNED, encoding="utf-8")
    begun = durable.did(lambda runner: runner.begin("fanned", "", {}, "test"))
    session_id = begun.state.session_id
    approved = Approval("approve", "", "agent")

    def reported(key: str, code: str) -> Outcome:
        command = ReportStep(key, "seen", None, {}, approved, code)
        return durable.did(lambda runner: runner.perform(session_id, command, "test"), approvals="verified")

    assert at_terminal(world, session_id, "y")[0] == 1
    code, screen = at_terminal(world, session_id, "y", "all#1::see")
    assert code == 0
    assert 'Step: "See b" (all#1::see)' in screen
    assert isinstance(reported("all#0::see", code_of(screen)), Declined)
    assert isinstance(reported("all#1::see", code_of(screen)), Performed)
    code, screen = at_terminal(world, session_id, "y", "all#1::see")
    assert (code, "not open" in screen) == (1, True)


def test_a_session_that_is_not_there_is_told(durable: Durable, world: World, publishing: str) -> None:
    code, screen = at_terminal(world, "wf_absent", "y")

    assert code == 1
    assert "There is no session 'wf_absent'" in screen
