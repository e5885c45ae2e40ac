"""The secret: made once, kept private, shared by all processes of a data folder."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.clock import SystemClock
from server.secret import LENGTH, NAME, read_or_make
from tests.unit.clocks import FakeClock


def test_the_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    made = read_or_make(tmp_path / "home", SystemClock())
    assert len(made) == LENGTH
    assert read_or_make(tmp_path / "home", SystemClock()) == made
    assert stat.S_IMODE((tmp_path / "home" / NAME).stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == [NAME]


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: read_or_make(tmp_path, SystemClock()), range(32)))
    assert len(found) == 1


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_secret_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    made = read_or_make(tmp_path, SystemClock())
    assert len(made) == LENGTH
    assert (tmp_path / NAME).read_bytes() == made


def test_where_nothing_can_be_written_the_secret_lives_as_long_as_the_process(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    clock = FakeClock()
    made = read_or_make(tmp_path / "file" / "home", clock)
    assert len(made) == LENGTH
    assert read_or_make(tmp_path / "file" / "home", clock) != made
    assert "cannot be kept" in capfd.readouterr().err


def test_a_secret_that_cannot_be_read_is_not_overwritten(tmp_path: Path) -> None:
    os.mkdir(tmp_path / NAME)  # noqa: PTH102 - a folder where the file should be
    assert len(read_or_make(tmp_path, FakeClock())) == LENGTH
    assert (tmp_path / NAME).is_dir()
