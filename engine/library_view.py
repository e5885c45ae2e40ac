"""Puts the records of all folders together: who wins each id, who is hidden, how many there are of what.

Above: engine.library. Below: engine.library_model. Pure. A later source wins; within one source the highest version,
then the first path. A file without a readable id never hides a document that has one.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from engine.library_model import PHASED_FOLDER, WORKFLOW, Listing, Shelf, SourceFinding, Summary

_SEMVER = re.compile(r"(\d{1,18})\.(\d{1,18})\.(\d{1,18})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?", re.ASCII)
_VersionKey: TypeAlias = tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]


class Held(NamedTuple):
    """A summary with the shelf and the name its file stands under."""

    summary: Summary
    shelf: str
    name: str


class View(NamedTuple):
    """The listing, who wins each id, and every file that had a say in an id with several."""

    listing: Listing
    winners: dict[str, Held]
    rivals: dict[str, tuple[Held, ...]]


def arrange(
    sources: Sequence[str],
    shelves: Mapping[str, Shelf],
    phased: int,
    findings: tuple[SourceFinding, ...],
    generation: int,
) -> View:
    """Order everything that is on the shelves; `sources` are the sources' names, weakest first."""
    winners: dict[str, Held] = {}
    groups: dict[str, list[Held]] = {}
    passed_over = Counter({PHASED_FOLDER: phased} if phased else {})
    for path, shelf in shelves.items():
        for name, record in shelf.files.items():
            summary = record.summary
            if summary is None or record.kind != WORKFLOW:
                passed_over[record.kind] += 1
                continue
            held = Held(summary, path, name)
            first = winners.setdefault(summary.id, held)
            if first is not held:
                groups.setdefault(summary.id, [first]).append(held)
    rank = {name: number for number, name in enumerate(sources)}
    hidden: list[Summary] = []
    for identity, group in groups.items():
        hidden.extend(_settle(identity, group, rank, winners))
    listing = _listing(winners, hidden, generation)
    listing = listing._replace(passed_over=dict(passed_over), findings=findings)
    return View(listing, winners, {identity: tuple(group) for identity, group in groups.items()})


def version_key(version: str) -> _VersionKey:
    """Give what orders versions as semver does; anything else comes before 0.0.0.

    >>> version_key("1.10.0") > version_key("1.9.0") > version_key("1.9.0-rc.2") > version_key("1.9.0-rc.1")
    True
    >>> version_key("latest") < version_key("0.0.1")
    True
    """
    match = _SEMVER.fullmatch(version)
    if match is None:
        return (-1, 0, 0, False, ())
    major, minor, patch, before = match.groups()
    parts = (before or "").split(".") if before else ()
    ordered = tuple((False, int(part[:18]), "") if part.isdecimal() else (True, 0, part) for part in parts)
    return (int(major), int(minor), int(patch), not before, ordered)


def _settle(identity: str, group: list[Held], rank: Mapping[str, int], winners: dict[str, Held]) -> Iterable[Summary]:
    """Choose the winner of one id; give the documents it hides. Guessed ids that lose get an id of their own."""
    group.sort(key=lambda held: held.summary.path)
    ordered = sorted(group, key=lambda held: _strength(held, rank), reverse=True)
    best = ordered[0]
    losers = []
    for held in ordered[1:]:
        if held.summary.guessed:
            alone = f"{held.summary.source}:{held.summary.path}"
            winners[alone] = held._replace(summary=held.summary._replace(id=alone))
        elif held.summary.hash != best.summary.hash:
            losers.append(held.summary)
    names = tuple(f"{each.source} {each.version} {each.path}" for each in losers)
    winners[identity] = best._replace(summary=best.summary._replace(shadows=names)) if names else best
    return losers


def _strength(held: Held, rank: Mapping[str, int]) -> tuple[bool, int, _VersionKey]:
    summary = held.summary
    return (not summary.guessed, rank.get(summary.source, -1), version_key(summary.version))


def _listing(winners: Mapping[str, Held], hidden: list[Summary], generation: int) -> Listing:
    summaries = tuple([winners[identity].summary for identity in sorted(winners)])
    valid = sum([summary.valid for summary in summaries])
    hidden.sort(key=lambda summary: (summary.id, summary.source, summary.path))
    return Listing(summaries, tuple(hidden), valid, len(summaries) - valid, {}, (), generation)
