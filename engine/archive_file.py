"""Reading and writing an archive's file, a part at a time, off the event loop.

Above: engine.archive. Below: engine.store.disk. A file takes its name when it is complete and on disk, never before.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from engine.archive_lines import broken
from engine.store.disk import DISK_ERRORS, create, failure, scratch_of, sync_folder, write_all

PART_BYTES: Final = 1_000_000
"""Bytes that go to the disk, or come from it, at once."""
MAX_LINE_BYTES: Final = 128_000_000
"""Bytes of one line: a payload of 10 MiB in which every character is escaped, twice over."""


async def write_file(path: Path, lines: AsyncIterator[bytes]) -> None:
    """Write the lines; StoreError("archive") where the disk refuses, and then no file of that name has come to be."""
    try:
        descriptor = await asyncio.to_thread(_begin, path)
    except DISK_ERRORS as error:
        raise failure("archive", error) from error
    try:
        await _fill(descriptor, lines)
        await asyncio.to_thread(_finish, descriptor, path)
    except DISK_ERRORS as error:
        raise failure("archive", error) from error
    finally:
        os.close(descriptor)
        with suppress(OSError):
            scratch_of(path).unlink(missing_ok=True)


async def read_file(path: Path) -> AsyncIterator[bytes]:
    """Give the lines of a file; StoreError("restore") where it cannot be read."""
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except DISK_ERRORS as error:
        raise failure("restore", error) from error
    with file:
        while part := await asyncio.to_thread(_part, file):
            for line in part:
                yield line


async def _fill(descriptor: int, lines: AsyncIterator[bytes]) -> None:
    """Write the lines in parts."""
    part = bytearray()
    async for line in lines:
        part += line
        if len(part) >= PART_BYTES:
            await asyncio.to_thread(write_all, descriptor, bytes(part))
            part.clear()
    await asyncio.to_thread(write_all, descriptor, bytes(part))


def _begin(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return create(scratch_of(path))


def _finish(descriptor: int, path: Path) -> None:
    os.fsync(descriptor)
    scratch_of(path).replace(path)
    sync_folder(path.parent)


def _part(file: IO[bytes]) -> list[bytes]:
    """Read some lines."""
    part: list[bytes] = []
    size = 0
    try:
        while size < PART_BYTES and (line := file.readline(MAX_LINE_BYTES + 1)):
            size += len(line)
            part.append(line)
            if len(line) > MAX_LINE_BYTES:
                raise broken(f"a line has more than {MAX_LINE_BYTES} bytes")
    except OSError as error:
        raise failure("restore", error) from error
    return part
