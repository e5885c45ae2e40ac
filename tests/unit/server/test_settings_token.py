"""The token and what it guards: where it comes from, that it stays hidden, which addresses need it."""

import pytest

from server.setting_table import SETTINGS, SettingsError
from server.settings import check_bind, is_loopback
from tests.unit.server.world import World

TOKEN = "WORKFLOWLOOKUP_TOKEN"  # noqa: S105 - a variable's name


def test_the_token_comes_from_the_variable_or_a_file_and_the_higher_layer_wins(world: World) -> None:
    file = world.project / "token.txt"
    file.write_text("from-file\n")
    assert world.load(**{TOKEN: "from-variable"}).settings.token == "from-variable"  # noqa: S105 - no secret
    loaded = world.load({"token_file": "token.txt"}, **{TOKEN: "from-variable"})
    assert loaded.settings.token == "from-file"  # noqa: S105 - no secret
    assert loaded.origins["token"] == "command line --token-file"  # noqa: S105 - no secret
    world.user_file(f"token_file = '{file}'")
    loaded = world.load(**{TOKEN: "from-variable"})
    assert loaded.origins["token"] == "environment WORKFLOWLOOKUP_TOKEN"  # noqa: S105 - no secret


def test_token_and_token_file_in_one_layer_are_refused(world: World) -> None:
    with pytest.raises(SettingsError, match="not both"):
        world.load(**{TOKEN: "a", f"{TOKEN}_FILE": "b"})


@pytest.mark.parametrize("text", ["", "two words", "gr\u00fcn", "x" * 5000])
def test_a_token_file_without_a_usable_token_is_refused_without_showing_it(world: World, text: str) -> None:
    (world.project / "t").write_text(text)
    with pytest.raises(SettingsError) as caught:
        world.load({"token_file": "t"})
    assert not text or text not in str(caught.value)


def test_a_token_file_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(SettingsError, match="there is no token file"):
        world.load({"token_file": "t"})


def test_the_token_is_never_shown(world: World) -> None:
    settings = world.load(**{TOKEN: "very-secret-token"}).settings
    assert "very-secret-token" not in repr(settings)
    assert "(hidden)" in repr(settings)


def test_there_is_no_token_flag() -> None:
    assert [name for name, setting in SETTINGS.items() if not setting.has_flag] == ["token"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1.2.3", "::1", "[::1]"])
def test_loopback_needs_no_token(world: World, host: str) -> None:
    assert is_loopback(host)
    check_bind(world.load({"host": host}).settings)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])  # noqa: S104 - compared, not bound
def test_other_addresses_need_a_token(world: World, host: str) -> None:
    assert not is_loopback(host)
    settings = world.load().settings._replace(host=host)
    with pytest.raises(SettingsError, match="needs a token"):
        check_bind(settings)
    check_bind(settings._replace(token="x"))  # noqa: S106 - no secret
