"""Processes killed while they write lose nothing they had acknowledged and leave nothing in part."""

from pathlib import Path

import pytest

from tests.store_contract.killing import rounds
from tests.store_contract.postgres_places import schema_of_its_own

ROUNDS = 20


@pytest.mark.parametrize("kind", ["file", "sqlite"])
@pytest.mark.requirement("STORE-2")
async def test_twenty_kills_while_writing_lose_and_tear_nothing(kind: str, tmp_path: Path) -> None:
    toll = await rounds(kind, str(tmp_path / "store"), ROUNDS, seed=7)
    print(f"{kind}: {toll}")  # noqa: T201 - the count belongs into the log of the run
    assert (toll.rounds, toll.lost, toll.torn) == (ROUNDS, 0, 0)
    assert toll.acknowledged >= ROUNDS


@pytest.mark.requirement("STORE-2")
async def test_twenty_kills_while_writing_to_postgresql_lose_and_tear_nothing() -> None:
    async with schema_of_its_own() as url:
        toll = await rounds("postgres", url, ROUNDS, seed=7)
    print(f"postgres: {toll}")  # noqa: T201 - as above
    assert (toll.rounds, toll.lost, toll.torn) == (ROUNDS, 0, 0)
    assert toll.acknowledged >= ROUNDS
