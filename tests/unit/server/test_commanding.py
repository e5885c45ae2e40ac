"""Settings as rules of commands: who may run what, which folders count as the project's, and the key that vouches."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.command_run import Commands
from engine.runner_model import NoPerformer
from engine.sessions.effect_model import NO_COMMANDS, CommandRules
from engine.store.memory import MemoryStore
from schema.values import JsonObject
from server.commanding import KEY, key_of, performer_of, rules_of
from server.compose import sources_of
from server.settings import Settings
from tests.unit.clocks import FakeClock
from tests.unit.engine.sessions.commanded import Commanded, command
from tests.unit.server.conftest import Call
from tests.unit.server.world import World


def settings_of(world: World, **flags: object) -> Settings:
    return world.load(flags).settings


def rules_for(settings: Settings) -> CommandRules:
    """Give the rules settings make with the library's folders."""
    return rules_of(settings, [(each.name, each.root) for each in sources_of(settings)])


def allowing(world: World, **flags: object) -> Settings:
    """Give settings that let something run."""
    return settings_of(world, command_sources=("user,project",), command_programs=("git",), **flags)


def test_without_a_word_of_the_operator_nothing_runs(world: World) -> None:
    settings = settings_of(world, command_programs=("git",), allow_shell_lines=("user",))
    rules = rules_for(settings)
    assert rules is NO_COMMANDS
    assert isinstance(performer_of(settings, rules), NoPerformer)


def test_what_the_operator_says_is_what_may_run(world: World) -> None:
    settings = allowing(world, allow_shell_lines=("project,bundled",))
    rules = rules_for(settings)
    assert (rules.why_not, rules.workspace) == ("", str(world.project))
    assert [sorted(each) for each in (rules.sources, rules.programs, rules.lines)] == [
        ["project", "user"],
        ["git"],
        ["project"],
    ]
    assert isinstance(performer_of(settings, rules), Commands)


def test_a_folder_of_path_in_the_workspace_is_the_project_s(world: World, tmp_path: Path) -> None:
    inside, outside, link = world.project / "more", tmp_path / "team", tmp_path / "link"
    for folder in (inside, outside):
        folder.mkdir()
    link.symlink_to(inside)
    settings = allowing(world, path=(str(outside), str(inside), str(link)))
    kinds = rules_for(settings).kinds
    assert kinds == {
        "bundled": "bundled",
        "user": "user",
        "path-1": "path",
        "path-2": "project",
        "path-3": "project",
        "project": "project",
    }


@pytest.mark.parametrize(("workspace", "words"), [("none", "no workspace"), ("/", "lies in the workspace")])
def test_where_the_workspace_could_decide_nothing_runs(world: World, workspace: str, words: str) -> None:
    settings = allowing(world, workspace=workspace)
    rules = rules_for(settings)
    assert words in rules.why_not
    assert isinstance(performer_of(settings, rules), NoPerformer)
    play = Commanded(command(), rules=rules)
    assert play.state.cause is not None
    assert words in play.state.cause.message


@pytest.mark.parametrize(
    ("flags", "ok", "text"),
    [
        ((), True, "off: workflows run no programs"),
        (("--command-sources", "user", "--command-programs", "env,sh"), True, "workflows of user may run env, sh"),
        (("--command-sources", "user"), True, "workflows of user may run no program"),
        (
            ("--command-sources", "user,project", "--command-programs", "sh", "--allow-shell-lines", "project"),
            True,
            "workflows of project, user may run sh; shell lines of project run",
        ),
        (("--command-sources", "user", "--command-programs", "no-such,sh"), False, "no-such"),
        (("--command-sources", "user", "--workspace", "none"), False, "no workspace"),
    ],
)
def test_doctor_says_what_may_run_and_what_is_missing(call: Call, flags: tuple[str, ...], ok: bool, text: str) -> None:
    said = call("doctor", "--json", *flags)
    checks: list[JsonObject] = json.loads(said.out)["checks"]
    (found,) = [each for each in checks if each["name"] == "commands"]
    assert found["ok"] is ok
    assert text in str(found["text"])


async def test_those_who_share_a_store_share_what_vouches(world: World, tmp_path: Path) -> None:
    store = MemoryStore(FakeClock())
    settings = settings_of(world)
    for place in (None, tmp_path / "elsewhere" / "sessions.db"):
        assert await key_of(settings, store, place, FakeClock())() == await store.secret()
    assert (
        await key_of(settings_of(world, workspace="none"), store, world.project, FakeClock())() == await store.secret()
    )


async def test_a_store_in_the_workspace_does_not_vouch_our_own_key_does(world: World) -> None:
    store, settings = MemoryStore(FakeClock()), settings_of(world)
    place = world.project / ".agent-os" / "state"
    key = await key_of(settings, store, place, SystemClock())()
    assert len(key) == 32
    assert key != await store.secret()
    assert stat.S_IMODE((settings.home / KEY).stat().st_mode) == 0o600
    assert await key_of(settings, store, place, SystemClock())() == key
    assert [each.name for each in settings.home.iterdir()] == [KEY]


async def test_many_who_make_the_key_at_once_make_one(world: World) -> None:
    settings = settings_of(world)

    async def ask() -> bytes:
        return await key_of(settings, MemoryStore(FakeClock()), world.project, SystemClock())()

    keys = await asyncio.gather(*(asyncio.to_thread(asyncio.run, ask()) for _ in range(8)))
    assert len(set(keys)) == 1
