"""Settings become a store: the kind they name, at its place; and a store that fails ends `serve` with what to do."""

import subprocess
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.errors import StoreError
from server.compose import open_library, opened_store, runner_of, serving, store_of, store_place
from server.settings import Settings
from tests.serving import PRODUCT, environment
from tests.unit.server.conftest import Call
from tests.unit.server.world import World

PATIENCE_S = 30.0
HOME = ".local/share/workflowlookup"


def settings_of(world: World, **flags: object) -> Settings:
    return world.load(flags).settings


@pytest.mark.parametrize(
    ("store", "kind", "place"),
    [
        ("sqlite", "SqliteStore", f"home/{HOME}/sessions.db"),
        ("sqlite:mine.db", "SqliteStore", "project/mine.db"),
        ("file", "FileStore", "project/.agent-os/state/workflows"),
        ("file:kept", "FileStore", "project/kept"),
        ("memory", "MemoryStore", None),
        ("postgres://ann@db.example/work", "PostgresStore", None),
    ],
)
def test_each_kind_of_store_is_made_at_its_place_and_nothing_is_opened(
    world: World, tmp_path: Path, store: str, kind: str, place: str | None
) -> None:
    settings = settings_of(world, store=store)

    assert type(store_of(settings, SystemClock())).__name__ == kind
    assert store_place(settings) == (tmp_path / place if place else None)
    assert [*world.home.iterdir(), *world.project.iterdir()] == []


def test_without_a_workspace_the_file_store_lies_in_the_home_folder(world: World) -> None:
    settings = settings_of(world, store="file", workspace="none")

    assert store_place(settings) == world.home / HOME / ".agent-os/state/workflows"


async def test_what_serves_holds_sessions_to_the_settings(world: World) -> None:
    settings = settings_of(world, store="memory", approvals="verified")

    async with opened_store(settings, SystemClock()) as store:
        assert runner_of(store, open_library(settings), settings).verified


async def test_a_server_is_ready_while_library_and_store_answer(world: World) -> None:
    async with serving(settings_of(world, store="memory", watch_seconds="0")) as dispatcher:
        checks = dispatcher.service.catalogue.checks

        assert {name: await check() for name, check in checks.items()} == {"library": None, "store": None}


async def test_a_store_that_is_gone_is_what_the_readiness_check_says(world: World) -> None:
    async with serving(settings_of(world, watch_seconds="0")) as dispatcher:
        for file in (world.home / HOME).glob("sessions.db*"):
            file.unlink()

        assert await dispatcher.service.catalogue.checks["store"]() is not None


@pytest.mark.parametrize(
    ("store", "why"),
    [
        ("sqlite:damaged.db", "the file is"),
        ("sqlite:plain/sessions.db", "could not open"),
        ("file:plain", "could not open"),
        ("postgres://ann:hunter2@127.0.0.1:1/none", "could not open"),
    ],
)
def test_a_store_that_cannot_be_opened_ends_serve_with_three_and_says_what_to_do(
    call: Call, world: World, store: str, why: str
) -> None:
    (world.project / "damaged.db").write_bytes(b"no database, " * 100)
    (world.project / "plain").write_text("")

    said = call("serve", "--http", "--port", "0", "--store", store)

    assert said.code == 3
    assert why in said.err
    assert "--store memory" in said.err
    assert "hunter2" not in said.err
    assert "Traceback" not in said.err


def test_on_stdio_a_store_that_cannot_be_opened_is_told_on_stderr(world: World) -> None:
    (world.project / "damaged.db").write_bytes(b"no database, " * 100)
    told = subprocess.run(
        [*PRODUCT, "--stdio", "--store", f"sqlite:{world.project / 'damaged.db'}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_S,
        env=environment(world.home),
        check=False,
    )

    assert (told.returncode, told.stdout) == (3, b"")
    assert b"damaged.db; --store or WORKFLOWLOOKUP_STORE names another" in told.stderr


def test_a_default_folder_that_a_link_leads_out_of_the_workspace_is_refused(world: World, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (world.project / ".agent-os").symlink_to(outside)
    with pytest.raises(StoreError, match="open"):
        store_of(settings_of(world, store="file"), SystemClock())
    assert store_of(settings_of(world, store="file:.agent-os/mine"), SystemClock()).name == "file"
