"""Bench: 10,000 documents of 10 KB - first start and unchanged restart against bare scans, measured side by side.

Run `python -m tests.bench.library [--documents N] [--rounds N]`; nothing is left behind. Each slice of ours stands
between two slices of the reference and is divided by their mean; the table shows the median ratio.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import orjson

from engine.clock import SystemClock
from engine.library import Library
from engine.sources import Source
from schema.values import Json, JsonObject

PER_FOLDER = 100  # documents in one folder
DOCUMENT_BYTES = 10_000  # the size aimed at
SENTENCE = "Read the change once for what it does, then once for what it could break, and write down both. "


class Pair(NamedTuple):
    """One row of the table: ours against the reference, as lists of (wall, CPU) seconds and of ratios."""

    name: str
    yardstick: str
    bar: str
    ours: list[float]
    theirs: list[float]
    wall: list[float]
    cpu: list[float]


def document(number: int) -> JsonObject:
    """Give a workflow as people write them: prompts, guidance, one condition, one loop, one rule, one template."""

    def prompt(name: str, **keys: Json) -> JsonObject:
        return {"id": name, "title": f"Do {name}", "prompt": SENTENCE * 7, "guidance": [SENTENCE.strip()], **keys}

    rule: JsonObject = {"type": "contains", "value": "summary", "message": "Write a summary."}
    loop: JsonObject = {"type": "forEach", "items": "files", "itemVar": "file", "maxIterations": 50}
    steps: list[Json] = [prompt(f"step-{index}") for index in range(8)]
    steps[2] = prompt("step-2", runCondition={"var": "size", "gt": 3})
    steps[5] = prompt("step-5", validationCriteria=[rule])
    body: list[Json] = [prompt("look", agentRole="A careful reader"), {**prompt("note"), "prompt": "Note {{ file }}."}]
    steps.append({"type": "loop", "id": "each-file", "title": "Each file", "loop": loop, "body": body})
    made: JsonObject = {
        "schemaVersion": "1.0.0",
        "id": f"flow-{number:05d}",
        "name": f"Flow {number}",
        "description": SENTENCE.strip(),
        "version": "1.0.0",
        "category": f"category-{number % 7}",
        "tags": ["bench", f"tag-{number % 5}"],
        "steps": steps,
    }
    short = DOCUMENT_BYTES - len(orjson.dumps(made))
    return {**made, "extra": {"note": "x" * max(0, short - 25)}}


def generate(root: Path, count: int) -> int:
    """Write the documents; give the size of one."""
    size = 0
    for number in range(count):
        folder = root / f"team-{number // PER_FOLDER:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        content = orjson.dumps(document(number))
        size = len(content)
        (folder / f"flow-{number:05d}.json").write_bytes(content)
    return size


def scan_stat(root: str) -> list[str]:
    """Walk the folders and stat every file: what no restart can do without."""
    found: list[str] = []
    with os.scandir(root) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                found += scan_stat(entry.path)
            else:
                entry.stat(follow_symlinks=False)
                found.append(entry.path)
    return found


def scan_parse(root: str) -> None:
    """Walk the folders, read and parse every file: what no first start can do without."""
    for path in scan_stat(root):
        with open(path, "rb") as file:  # noqa: PTH123 - the reference is the fastest plain way
            orjson.loads(file.read())


def timed(action: Callable[[], object]) -> tuple[float, float]:
    """Give wall and CPU seconds of one run."""
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - wall, time.process_time() - cpu


def compare(name: str, yardstick: str, bar: str, actions: tuple[Callable[[], object], ...], rounds: int) -> Pair:
    """Alternate `actions` (ours, reference, what to do before each of ours) and collect the ratios."""
    ours, reference, prepare = actions
    pair = Pair(name, yardstick, bar, [], [], [], [])
    before = timed(reference)
    for _ in range(rounds):
        prepare()
        mine = timed(ours)
        after = timed(reference)
        pair.ours.append(mine[0])
        pair.theirs.append((before[0] + after[0]) / 2)
        pair.wall.append(2 * mine[0] / (before[0] + after[0]))
        pair.cpu.append(2 * mine[1] / (before[1] + after[1]))
        before = after
    return pair


def show(pair: Pair) -> None:
    """Print a row."""
    ours, theirs = statistics.median(pair.ours) * 1000, statistics.median(pair.theirs) * 1000
    wall, cpu = statistics.median(pair.wall), statistics.median(pair.cpu)
    print(f"{pair.name:20} {ours:9.1f} ms  {pair.yardstick:22} {theirs:8.1f} ms  {wall:5.2f}x  {cpu:5.2f}x  {pair.bar}")


def single_calls(library: Library) -> None:
    """Print what one call costs on an unchanged library."""
    ids = [summary.id for summary in library.listing().summaries[:50]]
    library.entry(ids[0])
    rows: list[tuple[str, Callable[[], object], int]] = [
        ("listing, unchanged", library.listing, 5),
        ("entry, kept", lambda: library.entry(ids[0]), 500),
        ("entry, built", lambda: [library.entry(each) for each in ids], 1),
    ]
    for name, action, times in rows:
        spent = statistics.median(timed(action)[0] for _ in range(times))
        print(f"{name:20} {spent * 1e6 / (len(ids) if name.endswith('built') else 1):9.1f} us a call")


def main() -> None:
    """Generate, measure, print, clean up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="bench-library-"))
    try:
        measure(scratch, options.documents, options.rounds)
    finally:
        shutil.rmtree(scratch)


def measure(scratch: Path, count: int, rounds: int) -> None:
    """Run the rows over documents below `scratch`."""
    root, home, small = scratch / "documents", scratch / "home", scratch / "small"
    size = generate(root, count)
    generate(small, 30)
    Library([Source("small", str(small))], None, SystemClock()).listing()  # compiles the schema, loads the modules
    print(f"{count} documents of {size} bytes, {PER_FOLDER} in a folder, {rounds} rounds; median ratios wall, CPU, bar")

    def start() -> Library:
        library = Library([Source("bench", str(root))], home, SystemClock())
        found = library.listing()
        assert (found.valid, found.invalid) == (count, 0)
        assert found.summaries[:50]
        return library

    def forget() -> None:
        shutil.rmtree(home, ignore_errors=True)

    first = (start, lambda: scan_parse(str(root)), forget)
    show(compare("first start", "scan + read + parse", "<= 7x, stretch 4x", first, max(1, rounds // 2)))
    again = (start, lambda: scan_stat(str(root)), lambda: None)
    show(compare("unchanged restart", "scan + stat", "<= 2x, stretch 1.5x", again, rounds * 3))
    single_calls(start())
    print("30 documents:")
    single_calls(Library([Source("small", str(small))], None, SystemClock()))


if __name__ == "__main__":
    main()
