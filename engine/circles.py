"""Ways that lead back to where they begin, among names that lead to names.

Above: structure_computed, structure_flow. Below: nothing.
"""

from collections.abc import Iterable, Mapping


def circle(start: str, leads: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Give the names on the shortest way from `start` back to it; none where no way leads back.

    >>> circle("a", {"a": ["b", "c"], "b": ["c"], "c": ["a"]}), circle("b", {"a": ["a"], "b": ["a"]})
    (('a', 'c'), ())
    """
    ways: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str, ...]] = [(start,)]
    for way in waiting:
        for name in leads[way[-1]]:
            if name == start:
                return way
            if name not in ways:
                ways[name] = (*way, name)
                waiting.append(ways[name])
    return ()


def reached(start: str, leads: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Give the names that `start` leads to, itself only where it leads back.

    >>> sorted(reached("a", {"a": ["b"], "b": ["c"], "c": []}))
    ['b', 'c']
    """
    found: set[str] = set()
    waiting = [start]
    while waiting:
        fresh = set(leads[waiting.pop()]) - found
        found |= fresh
        waiting.extend(fresh)
    return frozenset(found)
