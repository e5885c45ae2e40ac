"""All benches in one run: `python -m tests.bench [--only NAMES] [--rounds N] [--scratch FOLDER] [--write]`.

Prints one table; `--write` puts it into spec/performance.md, with this machine's public facts. At the first run the
peers are installed into the scratch folder. Below: the row modules.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.bench import (
    automation_rows,
    check_rows,
    durable_rows,
    expression_rows,
    http_rows,
    library_rows,
    limits,
    memory_rows,
    peer_rows,
    scratch,
    session_rows,
    start_rows,
    stdio_rows,
    store_rows,
)
from tests.bench.rows import Row, table
from tests.services import ROOT

Rows = Callable[[scratch.Scratch, int], Iterator[Row]]

GROUPS: Final[dict[str, Rows]] = {
    "http": http_rows.rows,
    "peers": peer_rows.rows,
    "stdio": stdio_rows.rows,
    "start": start_rows.rows,
    "memory": memory_rows.rows,
    "check": check_rows.rows,
    "library": library_rows.rows,
    "limits": limits.rows,
    "store": store_rows.rows,
    "durable": durable_rows.rows,
    "sessions": session_rows.rows,
    "expressions": expression_rows.rows,
    "automation": automation_rows.rows,
}
WITH_PEERS: Final = frozenset(("peers", "stdio", "start", "store", "durable"))
PAGE: Final = ROOT / "spec" / "performance.md"
BEGIN: Final = "<!-- measured by python -m tests.bench --write: begin -->"
END: Final = "<!-- measured: end -->"


def main() -> int:
    """Measure what was asked for; gives the exit code, 0 also where a bar is missed: the table says so."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", help=f"comma-separated: {', '.join(GROUPS)}")
    parser.add_argument("--rounds", type=int, default=12, help="slices of ours in each comparison")
    parser.add_argument("--scratch", type=Path, default=scratch.default_folder(), help="where the peers live")
    parser.add_argument("--write", action="store_true", help="put the table into spec/performance.md")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(GROUPS)
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        parser.error(f"there is no {unknown[0]}; there are {', '.join(GROUPS)}")
    place = scratch.prepare(
        options.scratch.absolute(), peers=not {"peers", "stdio", "start", "store"}.isdisjoint(names)
    )
    rows: list[Row] = []
    for name in names:
        for row in GROUPS[name](place, options.rounds):
            print(" | ".join(row.cells()), file=sys.stderr, flush=True)
            rows.append(row)
    text = f"{machine()}\n\n{table(rows)}"
    print(text)
    if options.write:
        write(text)
    return 0


def machine() -> str:
    """Name this machine by its public facts."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"Machine: {os.cpu_count()} cores, {memory:.0f} GB memory, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}."
    )


def write(text: str) -> None:
    """Put the table between its marks in spec/performance.md."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
