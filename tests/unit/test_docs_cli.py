"""The chapter on the command line: every verb below a group, and every option of every verb, is in its section."""

import re

import click
import pytest

from server.setting_table import SETTINGS
from server.verbs.group import VERBS, group
from tests.unit.book import SPEC

TEXT = (SPEC / "cli.md").read_text(encoding="utf-8")
OF_SETTINGS = frozenset(SETTINGS)
CONTEXT = click.Context(group)


def section(verb: str) -> str:
    """Give the text below a verb's heading."""
    return TEXT.split(f"\n## {verb}\n", 1)[1].split("\n## ", 1)[0]


def options_of(command: click.Command) -> set[str]:
    """Give the long options of a command and of those below it; the flags of settings have a chapter of their own."""
    found = {
        name
        for each in command.params
        if isinstance(each, click.Option) and each.name not in OF_SETTINGS
        for name in (*each.opts, *each.secondary_opts)
        if name.startswith("--")
    }
    return found.union(*(options_of(each) for each in below(command).values()))


def below(command: click.Command) -> dict[str, click.Command]:
    return dict(command.commands) if isinstance(command, click.Group) else {}


@pytest.mark.requirement("DOC-2")
@pytest.mark.parametrize("verb", VERBS)
def test_every_option_of_a_verb_is_in_its_section(verb: str) -> None:
    command = group.get_command(CONTEXT, verb)
    assert command is not None

    assert {option for option in options_of(command) if not re.search(rf"{option}\b", section(verb))} == set()


@pytest.mark.requirement("DOC-2")
@pytest.mark.parametrize("verb", ["sessions", "store"])
def test_every_verb_below_a_group_has_a_row_and_no_row_is_without_a_verb(verb: str) -> None:
    command = group.get_command(CONTEXT, verb)
    assert command is not None
    rows = set(re.findall(rf"^\| `{verb} ([a-z]+)", section(verb), re.MULTILINE))

    assert rows == set(below(command))
