import json
from pathlib import Path
from typing import get_args

import pytest

from engine.sessions.codec import KINDS, CorruptLogError, decode, encode, state_from, state_json, version_of
from engine.sessions.events import Event
from engine.sessions.evolve import fold
from engine.sessions.model import State
from engine.sessions.session_family import SessionPaused
from schema.values import Json, JsonObject
from tests.unit.engine.flows import flow, prompt
from tests.unit.engine.sessions.play import Play
from tests.unit.engine.sessions.whole_automation import lives
from tests.unit.engine.sessions.whole_log import scripted

LOG_1 = Path(__file__).parents[1] / "data" / "session-log-1.jsonl"
LOG_2 = LOG_1.with_name("session-log-2.jsonl")
"""Logs as the first release with sessions wrote them, and that with automation; every later release reads them."""


def kept() -> list[JsonObject]:
    return [json.loads(line) for line in LOG_1.read_text(encoding="utf-8").splitlines()]


def test_a_log_of_version_1_folds_to_the_state_it_had() -> None:
    *lines, last = kept()
    events = [(_event(line), float(_int(line["at"]))) for line in lines]
    state = last["state"]
    assert isinstance(state, dict)
    assert fold(events) == state_from(state)


def _int(value: Json) -> int:
    assert isinstance(value, int)
    return value


def _event(line: JsonObject) -> Event:
    return decode(str(line["type"]), _int(line["version"]), json.dumps(line["data"]).encode())


def kept_lives() -> list[list[JsonObject]]:
    """Give the sessions of the second log: the events of each, and its state at the end."""
    lives: list[list[JsonObject]] = [[]]
    for line in LOG_2.read_text(encoding="utf-8").splitlines():
        lives[-1].append(json.loads(line))
        if "state" in lives[-1][-1]:
            lives.append([])
    return lives[:-1]


@pytest.mark.parametrize("number", range(4))
def test_a_log_of_automation_folds_to_the_state_it_had(number: int) -> None:
    *lines, last = kept_lives()[number]
    state = last["state"]
    assert isinstance(state, dict)
    assert fold([(_event(line), float(_int(line["at"]))) for line in lines]) == state_from(state)


def test_the_kept_logs_have_every_type_of_event() -> None:
    lines = [*kept()[:-1], *(line for life in kept_lives() for line in life[:-1])]
    assert {str(line["type"]) for line in lines} == {kind.__name__ for kind in get_args(Event)}


def test_the_same_scripts_still_write_logs_of_the_same_types() -> None:
    for life, play in zip(kept_lives(), lives(), strict=True):
        assert [line["type"] for line in life[:-1]] == play.names()
        assert fold(play.log) == play.state


def test_the_same_script_still_writes_a_log_of_the_same_types() -> None:
    play = scripted()
    assert [line["type"] for line in kept()[:-1]] == play.names()
    assert all(version_of(name) == 1 for name in KINDS)


@pytest.mark.parametrize(
    ("name", "version", "data"),
    [
        ("SessionPaused", 2, b'{"phase":1,"note":""}'),
        ("SessionPaused", 0, b'{"phase":1,"note":""}'),
        ("SessionForgotten", 1, b"{}"),
        ("SessionPaused", 1, b'{"phase":1,"note":"",'),
        ("SessionPaused", 1, b"[" * 100_000),
        ("SessionPaused", 1, b"\xff"),
        ("StepOpened", 1, b'{"key":"a","phase":1,"deadline":1.5}'),
        ("SessionPaused", 1, b"[]"),
        ("SessionPaused", 1, b'{"phase":1}'),
        ("SessionPaused", 1, b'{"phase":1,"notes":""}'),
        ("SessionPaused", 1, b'{"phase":1,"note":"","more":1}'),
        ("SessionPaused", 1, b'{"phase":"1","note":""}'),
        ("SessionPaused", 1, b'{"phase":true,"note":""}'),
        ("SessionPaused", 1, b'{"phase":1.5,"note":""}'),
        ("SessionCompleted", 1, b'{"warnings":"none"}'),
        ("SessionCompleted", 1, b'{"warnings":[1]}'),
        ("VariablesGiven", 1, b'{"key":"a","digest":"d","context":[],"completes":null,"settled":1}'),
    ],
)
def test_what_no_release_wrote_is_corrupt(name: str, version: int, data: bytes) -> None:
    with pytest.raises(CorruptLogError):
        decode(name, version, data)


def test_the_field_that_does_not_fit_is_named() -> None:
    with pytest.raises(CorruptLogError) as caught:
        decode("SessionPaused", 1, b'{"phase":1,"note":null}')
    assert caught.value.place == "SessionPaused/note"


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", "asleep"), ("status", 1), ("reports", []), ("frames", {}), ("phases", [{}]), ("paused_seconds", "1")],
)
def test_a_state_with_a_wrong_field_is_corrupt(field: str, value: Json) -> None:
    document = state_json(Play(flow(prompt("one"))).state)
    with pytest.raises(CorruptLogError) as caught:
        state_from({**document, field: value})
    assert caught.value.place.startswith(f"/{field}")


def test_an_older_event_is_lifted_step_by_step() -> None:
    def named(document: JsonObject) -> JsonObject:
        return {"phase": document["where"], "note": ""}

    def noted(document: JsonObject) -> JsonObject:
        return {**document, "note": "none given"}

    table = {"SessionPaused": (named, noted)}
    assert version_of("SessionPaused", table) == 3
    assert decode("SessionPaused", 1, b'{"where":2}', table) == SessionPaused(2, "none given")
    assert decode("SessionPaused", 2, b'{"phase":2,"note":""}', table) == SessionPaused(2, "none given")
    assert decode("SessionPaused", 3, b'{"phase":2,"note":"x"}', table) == SessionPaused(2, "x")


def test_every_event_of_a_whole_life_travels_unchanged() -> None:
    play = scripted()
    for event, _ in play.log:
        assert decode(*encode(event)) == event
    assert state_from(json.loads(json.dumps(state_json(play.state)))) == play.state
    assert type(play.state) is State


def test_text_of_any_script_and_half_a_character_survive() -> None:
    event = SessionPaused(1, "Grüße 世界 \ud800")
    assert decode(*encode(event)) == event
