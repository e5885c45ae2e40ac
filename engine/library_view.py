"""Puts the records of all folders together: who wins each id, who is hidden, how many there are of what.

Above: engine.library. Below: engine.library_model. Pure. A later source wins; within one source the highest valid
version, then the first path. A file without a readable id never hides a document that has one, nor a broken file a
sound one of its own source (spec/decisions/0005).
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from engine.library_model import Listing, Shelf, SourceFinding, Summaries, Summary

_SEMVER = re.compile(r"(\d{1,18})\.(\d{1,18})\.(\d{1,18})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?", re.ASCII)
_VersionKey: TypeAlias = tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]


class Extra(NamedTuple):
    """What the walk saw besides documents: what is wrong with the sources."""

    findings: tuple[SourceFinding, ...]


class View(NamedTuple):
    """The listing, the shelf each id stands on, the winners of ids that several have, and all who had a say in those.

    What stands in `chosen` goes before `where`; `aliases` count where no document has the id.
    """

    listing: Listing
    where: dict[str, Shelf]
    chosen: dict[str, Summary]
    rivals: dict[str, tuple[Summary, ...]]
    aliases: dict[str, str]

    def find(self, workflow_id: str) -> Summary | None:
        """Give the document that wins this id, else the one that has it as an alias."""
        if workflow_id not in self.chosen and workflow_id not in self.where:
            workflow_id = self.aliases.get(workflow_id, workflow_id)
        if workflow_id in self.chosen:
            return self.chosen[workflow_id]
        shelf = self.where.get(workflow_id)
        return shelf.find(workflow_id) if shelf is not None else None


def arrange(sources: Sequence[str], shelves: Collection[Shelf], extra: Extra, generation: int) -> View:
    """Order everything that is on the shelves; `sources` are the sources' names, weakest first."""
    where: dict[str, Shelf] = {}
    ids: list[str] = []
    invalid = 0
    passed_over: Counter[str] = Counter()
    aliases: dict[str, str] = {}
    for shelf in shelves:
        where.update(dict.fromkeys(shelf.contents.ids, shelf))
        ids += shelf.contents.ids
        invalid += shelf.contents.invalid
        passed_over.update(shelf.contents.passed)
        aliases = {**shelf.contents.aliases, **aliases}
    chosen: dict[str, Summary] = {}
    hidden: list[Summary] = []
    rivals = _rivals(ids, shelves) if len(where) < len(ids) else {}
    rank = {name: number for number, name in enumerate(sources)}
    for identity, group in rivals.items():
        hidden += _settle(identity, group, rank, chosen)
        invalid -= sum(not each.valid for each in group)
    invalid += sum(not each.valid for each in chosen.values())

    def find(identity: str) -> Summary:
        return chosen[identity] if identity in chosen else where[identity].find(identity)

    ordered = sorted(where.keys() | chosen.keys() if chosen else where)
    hidden.sort(key=lambda summary: (summary.id, summary.source, summary.path))
    listing = Listing(
        summaries=Summaries(ordered, find),
        shadowed=tuple(hidden),
        valid=len(ordered) - invalid,
        invalid=invalid,
        passed_over=dict(passed_over),
        findings=extra.findings,
        generation=generation,
    )
    return View(listing, where, chosen, rivals, aliases)


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


def _rivals(ids: list[str], shelves: Collection[Shelf]) -> dict[str, tuple[Summary, ...]]:
    """Give the documents of every id that several have."""
    shared = {identity for identity, times in Counter(ids).items() if times > 1}
    groups: dict[str, list[Summary]] = {}
    for shelf in shelves:
        for summary in [] if shared.isdisjoint(shelf.contents.ids) else shelf.summaries():
            if summary.id in shared:
                groups.setdefault(summary.id, []).append(summary)
    return {identity: tuple(group) for identity, group in groups.items()}


def _settle(
    identity: str, group: tuple[Summary, ...], rank: Mapping[str, int], chosen: dict[str, Summary]
) -> list[Summary]:
    """Choose the winner of one id; give the documents it hides.

    Those that would vanish with their findings get an id of their own: guessed ids that lose, and broken documents
    that lose to a sound one of their own source.
    """
    ordered = sorted(group, key=lambda summary: summary.path)
    ordered.sort(key=lambda summary: _strength(summary, rank), reverse=True)
    best = ordered[0]
    losers = []
    for summary in ordered[1:]:
        if summary.guessed or (best.valid and not summary.valid and summary.source == best.source):
            alone = f"{summary.source}:{summary.path}"
            chosen[alone] = summary._replace(id=alone)
        elif summary.hash != best.hash:
            losers.append(summary)
    names = tuple(f"{each.source} {each.version} {each.path}" for each in losers)
    chosen[identity] = best._replace(shadows=names)
    return losers


def _strength(summary: Summary, rank: Mapping[str, int]) -> tuple[bool, int, bool, _VersionKey]:
    return (not summary.guessed, rank.get(summary.source, -1), summary.valid, version_key(summary.version))
