import os
from pathlib import Path

from server.log_stream import KEPT_FILES, SECONDS_A_DAY, Descriptor, RotatedFile


def test_lines_nobody_reads_are_dropped_and_counted() -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    stream = Descriptor(writer)
    line = b"x" * 4096 + b"\n"
    written = 0
    while stream.write(line):
        written += 1
        assert written < 100_000
    assert stream.write(b"lost\n") == 0
    while True:
        try:
            os.read(reader, 1 << 20)
        except BlockingIOError:
            break
    assert stream.write(b"after\n") > 0
    assert os.read(reader, 4096) == b'\n{"event":"log lines dropped","level":"warning","count":2}\nafter\n'
    os.close(reader)
    os.close(writer)


def test_a_descriptor_whose_reader_is_gone_is_survived() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = Descriptor(writer)
    assert stream.write(b"line\n") == 0
    stream.flush()
    os.close(writer)


class Clock:
    """A clock tests set."""

    def __init__(self) -> None:
        self.time = 1_000_000_000.0

    def __call__(self) -> float:
        return self.time


def test_the_file_is_the_owners_alone_and_begun_anew_at_its_size(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "server.log"
    stream = RotatedFile(path, max_bytes=20, max_days=3)
    for number in range(5):
        stream.write(f"line {number} 12\n".encode())
    stream.flush()
    stream.close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.read_text() == "line 4 12\n"
    assert (path.parent / "server.log.1").read_text() == "line 2 12\nline 3 12\n"
    assert (path.parent / "server.log.2").read_text() == "line 0 12\nline 1 12\n"


def test_a_day_ends_a_file_and_old_files_go(tmp_path: Path) -> None:
    clock = Clock()
    path = tmp_path / "server.log"
    stream = RotatedFile(path, max_bytes=1000, max_days=3, now=clock)
    for day in range(6):
        stream.write(f"day {day}\n".encode())
        os.utime(path, (clock.time, clock.time))
        clock.time += SECONDS_A_DAY
    stream.close()
    assert path.read_text() == "day 5\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["server.log", *(f"server.log.{n}" for n in (1, 2, 3))]


def test_only_so_many_old_files_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    stream = RotatedFile(path, max_bytes=1, max_days=3)
    for number in range(KEPT_FILES + 10):
        stream.write(f"{number}\n".encode())
    stream.close()
    assert len(list(tmp_path.iterdir())) == KEPT_FILES + 1


def test_two_processes_on_one_file_begin_the_next_one_once(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    one = RotatedFile(path, max_bytes=20, max_days=3)
    two = RotatedFile(path, max_bytes=20, max_days=3)
    one.write(b"a" * 15 + b"\n")
    two.write(b"b" * 15 + b"\n")
    one.write(b"c" * 15 + b"\n")
    two.write(b"d" * 15 + b"\n")
    one.close()
    two.close()
    everything = "".join(each.read_text() for each in tmp_path.iterdir())
    assert sorted(everything.split()) == ["a" * 15, "b" * 15, "c" * 15, "d" * 15]


def test_a_full_disk_drops_lines_and_nothing_else() -> None:
    stream = RotatedFile(Path("/dev/full"), max_bytes=1 << 40, max_days=1)
    assert stream.write(b"line\n") == 0
    stream.close()


def test_a_file_that_vanished_is_made_anew_at_the_next_turn(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    stream = RotatedFile(path, max_bytes=10, max_days=1)
    stream.write(b"12345678\n")
    path.unlink()
    stream.write(b"abcdefgh\n")
    stream.close()
    assert path.read_text() == "abcdefgh\n"
