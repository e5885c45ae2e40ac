"""The chapter on errors and time shows what really happens."""

from engine.sessions.model import WaitKind
from schema.values import JsonObject
from tests.unit.book import SPEC, fences, parsed
from tests.unit.engine.sessions.clocked import BEGAN, Clocked, names

PAGE = SPEC / "errors-and-time.md"
(SHOWN,) = [fence for fence in fences(PAGE) if fence.words == ("json", "workflow")]
(PLAY,) = [fence for fence in fences(PAGE) if fence.words == ("text", "play")]


def document() -> JsonObject:
    value = parsed(SHOWN)
    assert isinstance(value, dict)
    return value


def standing(play: Clocked) -> str:
    """Say where a session stands as the chapter does."""
    waiting = play.state.waiting
    if waiting is None:
        return play.status()
    until = "" if waiting.until is None else f" until {waiting.until - BEGAN:.0f}"
    assert waiting.kind in {WaitKind.REPORT, WaitKind.TIMER}
    return f"{play.status()} {play.key}{until}"


def test_the_play_of_the_chapter_goes_as_it_says() -> None:
    play = Clocked(document())
    for line in PLAY.text.strip().splitlines():
        at, _, rest = line.partition(" ")
        what, _, argument = rest.partition(" ")
        play.now = BEGAN + float(at)
        if what == "report":
            assert play.report(argument), line
        elif what == "timers":
            assert (" ".join(names(play.later(float(at)))) or "nothing") == argument, line
        else:
            assert standing(play) == rest, line
    assert [each.text for each in play.state.messages] == ["Paid: r-1"]


def test_had_it_been_refused_a_third_time_the_session_would_have_failed_after_saying_so() -> None:
    play = Clocked(document())
    for at in (10, 40):
        play.fails()
        play.later(at)
    play.fails()
    assert (play.status(), play.key) == ("failed", "charge+2")
    assert [each.id for each in play.state.messages] == ["sorry"]
