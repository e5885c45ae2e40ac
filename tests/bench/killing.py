"""kill -9 while writing, 200 rounds a store: `python -m tests.bench.killing [--rounds N] [--seed N] [file sqlite ...]`.

Prints for each store how many appends were acknowledged, lost and found in part; the exit code is 1 where any was.
Above: whoever asks. Below: tests.store_contract.killing, which the tests run for 20 rounds.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.store_contract.killing import OPENERS, Toll, rounds
from tests.store_contract.postgres_places import schema_of_its_own

ROUNDS: Final = 200
AT_A_PLACE: Final = 20  # rounds before a fresh place: the file store writes a whole log at each append
SEED: Final = 20_260_000  # moments of death differ from round to round and are the same in every run


async def toll_of(kind: str, count: int, seed: int) -> Toll:
    """Kill so often at a fresh place of one kind of store."""
    if kind == "postgres":
        async with schema_of_its_own() as url:
            return await rounds(kind, url, count, seed)
    with tempfile.TemporaryDirectory(prefix="workflowlookup-killing-") as folder:
        return await rounds(kind, str(Path(folder) / "store"), count, seed)


def main() -> int:
    """Run the rounds; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.killing", description=__doc__)
    parser.add_argument("stores", nargs="*", choices=[*OPENERS, []], help="default: all that outlive a process")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    bad = False
    for kind in options.stores or OPENERS:
        parts = range(0, options.rounds, AT_A_PLACE)
        tolls = [
            asyncio.run(toll_of(kind, min(AT_A_PLACE, options.rounds - part), options.seed + part)) for part in parts
        ]
        toll = Toll._make(map(sum, zip(*tolls, strict=True)))
        counts = f"{toll.acknowledged} appends acknowledged, {toll.lost} lost, {toll.torn} found in part"
        print(f"{kind}: killed {toll.rounds} times, {counts}", flush=True)
        bad = bad or toll.lost > 0 or toll.torn > 0
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
