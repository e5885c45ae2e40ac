"""Requirements and tests name each other: each requirement has a test, each marker a requirement."""

import re
from typing import Final

import orjson

from schema.values import JsonObject
from tests.services import ROOT
from tests.unit.book import SPEC

MARKER: Final = re.compile(r"mark\.requirement\(\s*\"((?:[A-Z]+-)+\d+)\"")
IDENTITY: Final = re.compile(r"(?:[A-Z]+-)+\d+")
KEYS: Final = {"id", "source", "behaviour", "divergence"}


def requirements() -> list[JsonObject]:
    value: list[JsonObject] = orjson.loads((SPEC / "requirements.json").read_bytes())["requirements"]
    return value


def marked() -> dict[str, str]:
    """Give each id a test is marked with, and one file that does so."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return {identity: file.name for file in files for identity in MARKER.findall(file.read_text(encoding="utf-8"))}


def test_every_requirement_has_a_test() -> None:
    tested = marked()

    assert [one["id"] for one in requirements() if one["id"] not in tested] == []


def test_every_marker_names_a_requirement() -> None:
    known = {one["id"] for one in requirements()}

    assert {identity: file for identity, file in marked().items() if identity not in known} == {}


def test_every_requirement_says_what_where_from_and_has_an_id_of_its_own() -> None:
    found = requirements()

    assert all(set(one) <= KEYS and {"id", "source", "behaviour"} <= set(one) for one in found)
    assert all(IDENTITY.fullmatch(str(one["id"])) for one in found)
    assert len({str(one["id"]) for one in found}) == len(found)
