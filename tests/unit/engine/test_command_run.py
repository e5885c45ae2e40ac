"""Programs that are really run: what they see, where they run, what is kept of them, and that nothing stays behind."""

import asyncio
import os
import select
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from engine import command_run
from engine.command_output import MAX_OUTPUT
from engine.command_run import Commands, Surroundings, surroundings_of
from engine.sessions.effect_model import CommandOutcome
from engine.sessions.model import Effect

PATIENCE_S: Final = 30
"""Seconds any wait here may take on a loaded machine."""
PATH: Final = "/usr/local/bin:/usr/bin:/bin"
LONG: Final = 3600.0


def effect(
    *words: str, line: str = "", cwd: str = "", env: Mapping[str, str] | None = None, timeout: float = LONG
) -> Effect:
    """Give a command to run."""
    return Effect("run", "run", 1, words, line, cwd, env or {}, timeout, "text", repeatable=False)


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(Surroundings(tmp_path, PATH, {"LANG": "C.UTF-8"}))


async def run(commands: Commands, asked: Effect) -> CommandOutcome:
    return await asyncio.wait_for(commands.run(asked), PATIENCE_S)


async def python(commands: Commands, text: str, *words: str) -> CommandOutcome:
    """Run a Python text as a command."""
    return await run(commands, effect(sys.executable, "-c", text, *words))


def number_in(path: Path) -> int:
    """Give the number of the process a program has written down."""
    return int(path.read_text())


def ends(number: int) -> bool:
    """Tell whether a process has ended, or does within the patience of a test."""
    try:
        process = os.pidfd_open(number)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], PATIENCE_S)[0])
    finally:
        os.close(process)


def names_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


@pytest.mark.requirement("AC-SP-015")
async def test_what_a_program_wrote_and_how_it_ended_is_kept(commands: Commands) -> None:
    outcome = await python(commands, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (3, "out\n", "err\n")
    assert (outcome.timed_out, outcome.fault, outcome.cut) == (False, "", "")
    assert 0 < outcome.duration < PATIENCE_S


@pytest.mark.requirement("AC-SP-014")
async def test_every_word_is_one_argument_and_no_shell_reads_it(commands: Commands) -> None:
    hostile = ("$(touch gone)", "; touch gone", "a b", "'\"", "*", "", "--", "`id`")
    outcome = await python(commands, "import sys; print(sys.argv[1:])", *hostile)
    assert outcome.stdout == f"{list(hostile)}\n"
    assert not (await run(commands, effect("ls"))).stdout


async def test_the_environment_holds_path_a_few_names_and_what_the_step_says(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKFLOWLOOKUP_TOKEN", "open-sesame")
    outcome = await run(commands, effect("env", env={"STEP": "1", "LANG": "C"}))
    assert sorted(outcome.stdout.split()) == ["LANG=C", f"PATH={PATH}", "STEP=1"]


@pytest.mark.requirement("AC-SP-014")
def test_of_the_server_s_environment_little_is_passed_on_and_no_folder_of_the_workspace_is_searched(
    tmp_path: Path,
) -> None:
    inside, outside = tmp_path / "work" / "bin", tmp_path / "tools"
    (tmp_path / "link").symlink_to(tmp_path / "work")
    path = os.pathsep.join(("", ".", "bin", str(inside), str(outside), str(tmp_path / "link" / "bin"), "/usr/bin"))
    environ = {"PATH": path, "HOME": "/srv/me", "SECRET": "x", "LD_PRELOAD": "y", "TZ": "UTC"}
    found = surroundings_of(environ, tmp_path / "work")
    assert found == Surroundings(tmp_path / "work", f"{outside}:/usr/bin", {"HOME": "/srv/me", "TZ": "UTC"})
    assert surroundings_of({}, None) == Surroundings(None, "", {})


async def test_a_command_runs_in_the_workspace_or_in_a_folder_of_it(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    assert (await run(commands, effect("pwd"))).stdout == f"{tmp_path}\n"
    assert (await run(commands, effect("pwd", cwd="sub/deep"))).stdout == f"{tmp_path}/sub/deep\n"


@pytest.mark.parametrize("cwd", ["..", "sub/../..", "/etc", "~", "out", "out/further", "C:\\", "a\0b", "x" * 2000])
@pytest.mark.requirement("AC-SP-014")
async def test_a_folder_outside_the_workspace_is_refused(tmp_path: Path, cwd: str) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "further").mkdir()
    (tmp_path / "work" / "out").symlink_to(tmp_path)
    outcome = await run(Commands(Surroundings(tmp_path / "work", PATH, {})), effect("pwd", cwd=cwd))
    assert (outcome.exit_code, outcome.stdout) == (None, "")
    assert outcome.fault
    assert str(tmp_path) not in outcome.fault


async def test_without_a_workspace_or_a_folder_nothing_runs(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "workspace" in (await run(Commands(Surroundings(None, PATH, {})), effect("pwd"))).fault
    for cwd in ("missing", "file"):
        assert "no folder of the workspace" in (await run(commands, effect("pwd", cwd=cwd))).fault


@pytest.mark.parametrize("name", ["no-such-program", "./here", "sub/here", "here", ""])
async def test_a_program_that_path_does_not_have_is_not_run(commands: Commands, tmp_path: Path, name: str) -> None:
    for place in (tmp_path / "here", tmp_path / "sub" / "here"):
        place.parent.mkdir(exist_ok=True)
        place.write_text("#!/bin/sh\necho ran\n")
        place.chmod(0o755)
    outcome = await run(commands, effect(name))
    assert (outcome.stdout, outcome.exit_code) == ("", None)
    assert "there is no program" in outcome.fault


async def test_a_program_may_be_named_by_its_whole_path(commands: Commands, tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\necho ran\n")
    tool.chmod(0o755)
    assert (await run(commands, effect(str(tool)))).stdout == "ran\n"


async def test_a_file_that_is_no_program_is_said_to_be_none(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "tool").write_bytes(b"\x7fELF and no more")
    (tmp_path / "tool").chmod(0o755)
    outcome = await run(commands, effect(str(tmp_path / "tool")))
    assert "cannot be started" in outcome.fault
    assert str(tmp_path) not in outcome.fault


async def test_nothing_can_be_read_from_stdin(commands: Commands) -> None:
    assert (await python(commands, "import sys; print(len(sys.stdin.read()))")).stdout == "0\n"


async def test_large_outputs_are_cut_and_that_is_said(commands: Commands) -> None:
    text = "import sys; sys.stdout.write('x' * 1_000_001); sys.stderr.write('é' * 500_000)"
    outcome = await python(commands, text)
    assert (outcome.exit_code, len(outcome.stdout)) == (0, MAX_OUTPUT)
    assert outcome.stderr == "é" * (MAX_OUTPUT // 2)
    assert outcome.cut == "stdout was cut after 200000 of 1000001 bytes; stderr was cut after 200000 of 1000000 bytes"


async def test_bytes_that_are_no_text_are_replaced(commands: Commands) -> None:
    assert (await python(commands, r"import sys; sys.stdout.buffer.write(b'a\xffb')")).stdout == "a�b"


async def test_a_shell_line_runs_as_it_is_written_and_values_in_variables_are_no_code(
    commands: Commands, tmp_path: Path
) -> None:
    value = "'; touch gone; echo \"$(touch gone)"
    outcome = await run(commands, effect(line='printf "%s" "${WF_1}" | tr a-z A-Z', env={"WF_1": value}))
    assert outcome.stdout == value.upper()
    assert names_in(tmp_path) == []


FAMILY: Final = """
import os, signal, subprocess, sys, time
deaf = "import signal, time\\n{ignore}\\nprint(1, flush=True)\\ntime.sleep(3600)"
child = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
child.stdout.readline()
open("child.tmp", "w").write(str(child.pid))
open("self", "w").write(str(os.getpid()))
os.rename("child.tmp", "child")
print("begun", flush=True)
{then}
"""
"""A program with a child; `ignore`: what the child does about being asked to end."""
DEAF: Final = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"


async def begun(folder: Path) -> tuple[int, int]:
    """Wait until a family runs; gives its two processes."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while not (folder / "child").exists():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0)
    return number_in(folder / "self"), number_in(folder / "child")


@pytest.mark.parametrize("ignore", ["", DEAF], ids=["obedient", "deaf"])
@pytest.mark.requirement("AC-EHV-010")
@pytest.mark.requirement("AC-SP-016")
async def test_at_the_time_limit_the_whole_group_is_ended(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ignore: str
) -> None:
    monkeypatch.setattr(command_run, "GRACE_S", 0.2)
    text = FAMILY.format(ignore=ignore, then=ignore + "\ntime.sleep(3600)")
    running = asyncio.create_task(commands.run(effect(sys.executable, "-c", text, timeout=3.0)))
    parent, child = await begun(tmp_path)
    outcome = await asyncio.wait_for(running, PATIENCE_S)
    assert (outcome.timed_out, outcome.exit_code, outcome.stdout) == (True, None, "begun\n")
    assert ends(parent)
    assert ends(child)


@pytest.mark.parametrize("ignore", ["", DEAF], ids=["obedient", "deaf"])
@pytest.mark.requirement("AC-EHV-026")
async def test_a_cancelled_command_leaves_nothing_running(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ignore: str
) -> None:
    monkeypatch.setattr(command_run, "GRACE_S", 0.2)
    text = FAMILY.format(ignore=ignore, then=ignore + "\ntime.sleep(3600)")
    running = asyncio.create_task(commands.run(effect(sys.executable, "-c", text)))
    parent, child = await begun(tmp_path)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, PATIENCE_S)
    assert ends(parent)
    assert ends(child)


@pytest.mark.requirement("AC-EHV-026")
async def test_a_program_that_ends_does_not_leave_its_children_behind(commands: Commands, tmp_path: Path) -> None:
    outcome = await python(commands, FAMILY.format(ignore="", then=""))
    assert (outcome.exit_code, outcome.stdout) == (0, "begun\n")
    assert ends(number_in(tmp_path / "child"))


async def test_one_who_left_the_group_and_keeps_the_pipe_open_is_not_waited_for(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_run, "DRAIN_S", 0.1)
    text = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True)
open("child", "w").write(str(child.pid))
print("left", flush=True)
"""
    try:
        outcome = await python(commands, text)
        assert (outcome.exit_code, outcome.stdout) == (0, "left\n")
    finally:
        os.kill(number_in(tmp_path / "child"), 9)


async def test_no_descriptor_of_the_server_is_open_in_a_command(commands: Commands, tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as file:
        os.set_inheritable(file.fileno(), True)  # noqa: FBT003 - it takes no name
        text = f"import os\ntry: os.fstat({file.fileno()}); print('open')\nexcept OSError: print('closed')"
        outcome = await python(commands, text)
    assert outcome.stdout == "closed\n"


@pytest.mark.requirement("AC-EHV-026")
async def test_descriptors_are_given_back(commands: Commands) -> None:
    await run(commands, effect("true"))
    before = len(names_in(Path("/proc/self/fd")))
    for _ in range(5):
        await run(commands, effect("true"))
        await run(commands, effect("true", timeout=0.0))
        await run(commands, effect("no-such-program"))
    assert len(names_in(Path("/proc/self/fd"))) <= before
