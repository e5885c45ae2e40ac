"""The chapter on tasks keeps its promises: its example is played, and the session answers as the page shows."""

from typing import Final

from engine.sessions.answer import answer
from schema.source import Syntax, read
from schema.values import JsonObject
from tests.unit.book import SPEC, Fence, differences, fences, parsed
from tests.unit.engine.sessions.fanned import SERIAL, Fanned

PAGE: Final = SPEC / "parallel.md"
FENCES: Final = tuple(fences(PAGE))


def example() -> JsonObject:
    """Give the workflow of the page."""
    (fence,) = (each for each in FENCES if each.words == ("yaml", "workflow"))
    (document,) = read(fence.text, Syntax.YAML).documents
    assert isinstance(document.value, dict)
    return document.value


def shown(name: str) -> Fence:
    (fence,) = (each for each in FENCES if each.words == ("json", "shown", name))
    return fence


def asked(play: Fanned, task: str = "") -> JsonObject:
    return answer(play.state, play.workflow, verified=False, now=play.now, task=task)


def test_the_example_answers_as_the_page_shows() -> None:
    play = Fanned(example())
    assert differences(parsed(shown("start")), asked(play)) == []
    assert differences(parsed(shown("task")), asked(play, "check-all#1")) == []
    play.say("check-all#0::read", "nothing")
    play.say("check-all#0::judge", "true")
    assert differences(parsed(shown("done")), asked(play, "check-all#0")) == []


def test_the_example_collects_what_was_found_in_the_order_of_the_files() -> None:
    play = Fanned(example())
    for number, sound in ((1, "false"), (0, "true"), (2, "true")):
        play.say(f"check-all#{number}::read", "nothing")
        play.say(f"check-all#{number}::judge", sound)
    assert play.values["found"] == [True, False, True]
    assert play.key == "report"


def test_in_serial_mode_the_example_shows_one_task_after_another() -> None:
    play = Fanned(example(), SERIAL)
    keys: list[str] = []
    while play.key == "check-all":
        told = asked(play)
        guidance = told["guidance"]
        assert isinstance(guidance, dict)
        assert "Debug mode is active" in str(guidance["prompt"])
        keys.append(str(told["stepKey"]))
        play.say(keys[-1], "true")
    assert keys == [f"check-all#{number}::{step}" for number in range(3) for step in ("read", "judge")]
    assert play.values["found"] == [True, True, True]
