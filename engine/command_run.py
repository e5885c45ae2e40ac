"""Running one command: a program and its arguments, no shell, a cleaned environment, bounds on time and output.

Above: engine.runner_effects, server.compose. Below: asyncio, command_output, workspace (where it may run).
It runs in a process group of its own, which is ended as a whole: at its time limit, when the server stops, and when
the program itself ended and left others behind. This keeps order; it is no sandbox.
"""

import asyncio
import os
import shutil
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from engine.command_output import Pipe, pipe
from engine.errors import DomainError
from engine.sessions.effect_model import CommandOutcome
from engine.sessions.model import Effect
from engine.workspace import confined

GRACE_S: Final = 2.0
"""Seconds between asking a process group to end (SIGTERM) and ending it (SIGKILL)."""
DRAIN_S: Final = 1.0
"""Seconds to read what is left in the pipes of a program that ended; somebody who left its group may hold them open."""
SHELL: Final = "/bin/sh"
PASSED_ON: Final = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")
"""Variables of the server that commands see, besides PATH; all others stay with the server."""
MAX_SHOWN: Final = 80
"""Characters of a document's text that a message repeats."""


class Surroundings(NamedTuple):
    """Where commands run: the workspace, the folders programs are looked for in, the variables all of them see."""

    workspace: Path | None
    path: str
    env: Mapping[str, str]


class Job(NamedTuple):
    """A command ready to start: the program's file, its arguments, folder and whole environment."""

    program: str
    arguments: tuple[str, ...]
    folder: Path
    env: Mapping[str, str]


class CannotRunError(Exception):
    """A command that cannot be started; the text says why and what to do."""


class Commands:
    """Runs commands on this machine."""

    def __init__(self, surroundings: Surroundings) -> None:
        """Take where they run."""
        self._around = surroundings

    async def run(self, effect: Effect) -> CommandOutcome:
        """Run a command; whatever keeps it from running is its outcome's fault."""
        try:
            job = job_of(effect, self._around)
            return await _run(job, effect.timeout)
        except CannotRunError as error:
            return CommandOutcome(None, "", "", timed_out=False, duration=0.0, fault=str(error))


def surroundings_of(environ: Mapping[str, str], workspace: Path | None) -> Surroundings:
    """Give where commands run on a server with this environment.

    Of PATH only absolute folders outside the workspace count: a project does not decide what `git` is.
    """
    inside = None if workspace is None else workspace.resolve()
    folders = [each for each in environ.get("PATH", "").split(os.pathsep) if Path(each).is_absolute()]
    path = [each for each in folders if inside is None or not Path(each).resolve().is_relative_to(inside)]
    return Surroundings(
        workspace, os.pathsep.join(path), {name: environ[name] for name in PASSED_ON if name in environ}
    )


def job_of(effect: Effect, around: Surroundings) -> Job:
    """Make a command ready to start; CannotRunError where its folder or its program is none."""
    program, arguments = _program(effect, around.path)
    env = {**around.env, "PATH": around.path, **effect.env}
    return Job(program, arguments, _folder(around.workspace, effect.cwd), env)


def _program(effect: Effect, path: str) -> tuple[str, tuple[str, ...]]:
    """Find the program; a name is looked for in PATH only, never in the folder the command runs in."""
    if effect.line:
        return SHELL, ("-c", effect.line)
    return find(effect.words[0], path), effect.words[1:]


def find(name: str, path: str) -> str:
    """Give the file of a program, by its name in `path` or by its absolute path; CannotRunError where there is none."""
    found = shutil.which(name, path=path) if path else None
    if found is None or not Path(found).is_absolute():
        raise CannotRunError(f"there is no program {name[:MAX_SHOWN]!r}; install it, or mend the server's PATH")
    return found


def _folder(workspace: Path | None, cwd: str) -> Path:
    """Give the folder a command runs in, confined to the workspace."""
    try:
        folder = confined(workspace, cwd or ".", "cwd")
    except DomainError as error:
        raise CannotRunError(error.message()) from None
    if not folder.is_dir():
        raise CannotRunError(f"cwd is no folder of the workspace: {cwd[:MAX_SHOWN]!r}; name one that is there")
    return folder


async def _run(job: Job, seconds: float) -> CommandOutcome:
    """Run a job within so many seconds; its process group is gone when this returns or is cancelled."""
    out, err = await pipe("stdout"), await pipe("stderr")
    began = asyncio.get_running_loop().time()
    try:
        try:
            process = await _started(job, out, err)
        finally:
            out.give()
            err.give()
        has_timed_out = await _ended(process, seconds)
        await asyncio.wait({out.collected.ended, err.collected.ended}, timeout=DRAIN_S)
    finally:
        out.transport.close()
        err.transport.close()
    return CommandOutcome(
        exit_code=None if has_timed_out else process.returncode,
        stdout=out.collected.text,
        stderr=err.collected.text,
        timed_out=has_timed_out,
        duration=asyncio.get_running_loop().time() - began,
        fault="",
        cut="; ".join(filter(None, (out.collected.cut, err.collected.cut))),
    )


async def _started(job: Job, out: Pipe, err: Pipe) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            job.program,
            *job.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out.write_end,
            stderr=err.write_end,
            cwd=job.folder,
            env=job.env,
            start_new_session=True,
        )
    except (OSError, ValueError):
        message = "the program cannot be started; look whether it may be executed, and what it is"
        raise CannotRunError(message) from None


async def _ended(process: asyncio.subprocess.Process, seconds: float) -> bool:
    """Wait until a process has ended, and end those it left in its group; True where its time was over."""
    has_timed_out = False
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
    except TimeoutError:
        has_timed_out = True
        await _end(process)
    except asyncio.CancelledError:
        await _end(process)
        raise
    finally:
        _signal(process, signal.SIGKILL)
    return has_timed_out


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask a process group to end, and end it where it does not."""
    try:
        _signal(process, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await process.wait()
    finally:
        _signal(process, signal.SIGKILL)
    await process.wait()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Send a signal to the whole group; one that is gone takes none."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
