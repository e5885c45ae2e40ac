"""Did you mean: the candidates closest to a mistyped word.

Above: schema.messages (unknown keys and values), engine and tools (ids), server (settings).
Below: nothing.
"""

import heapq
from collections.abc import Iterable

LONGEST_WORD = 64  # characters; a longer word is no typing slip, and the distance costs length squared
SLIPS_PER_CHARACTERS = 3  # one slip is forgiven for each three characters, at least one
MOST_SLIPS = 3  # slips; a word with more is another word
MOST_MEASURED = 500  # candidates whose distance is counted, 50 us each; of more, those that share most letter pairs
_SEPARATORS = str.maketrans("", "", "-_. ")
SHORTEST_PART = 3  # characters; a shorter word is part of nearly everything


def closest(word: str, candidates: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Give at most `most` candidates that `word` may stand for, best first; none if nothing is near.

    Near is: equal but for case and separators, a few slips away (a swap of neighbours is one), or the word is part
    of the candidate. Time grows with the candidates, mostly by comparing letters; slips are counted for MOST_MEASURED
    of them, so 10,000 alike ids take some 80 ms.

    >>> closest("promt", ["prompt", "title", "guidance"])
    ('prompt',)
    >>> closest("code_review", ["code-review", "code-review-2", "release"])
    ('code-review', 'code-review-2')
    >>> closest("zebra", ["prompt", "title"])
    ()
    """
    plain = _plain(word)
    if not plain or len(word) > LONGEST_WORD:
        return ()
    limit = max(1, min(len(plain) // SLIPS_PER_CHARACTERS, MOST_SLIPS))
    scored: list[tuple[int, str]] = []
    alike: list[tuple[str, str]] = []
    for candidate in dict.fromkeys(candidates):
        other = _plain(candidate)
        if _may_be_near(plain, other, limit):
            alike.append((other, candidate))
        if len(plain) >= SHORTEST_PART and plain in other:
            scored.append((LONGEST_WORD + len(other), candidate))
    for other, candidate in _likeliest(plain, alike):
        slips = _distance(plain, other, limit)
        if slips <= limit:
            scored.append((slips, candidate))
    return tuple(dict.fromkeys(candidate for _, candidate in sorted(scored)))[:most]


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """Say "did you mean ...?" with the closest candidates, None if there are none.

    >>> did_you_mean("titel", ["title", "prompt"])
    "did you mean 'title'?"
    """
    near = closest(word, candidates)
    return f"did you mean {' or '.join(repr(name) for name in near)}?" if near else None


def _plain(word: str) -> str:
    return word.casefold().translate(_SEPARATORS)


def _may_be_near(word: str, candidate: str, limit: int) -> bool:
    return abs(len(word) - len(candidate)) <= limit and len(set(word) ^ set(candidate)) <= 2 * limit


def _likeliest(word: str, alike: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Give those that share most pairs of neighbouring letters with the word, where there are too many."""
    if len(alike) <= MOST_MEASURED:
        return alike
    pairs = {word[at : at + 2] for at in range(len(word) - 1)}
    return heapq.nlargest(MOST_MEASURED, alike, key=lambda each: sum(pair in each[0] for pair in pairs))


def _trimmed(left: str, right: str) -> tuple[str, str]:
    """Take away what both words begin and end with: it does not change their distance."""
    start, shorter = 0, min(len(left), len(right))
    while start < shorter and left[start] == right[start]:
        start += 1
    end = 0
    while end < shorter - start and left[-1 - end] == right[-1 - end]:
        end += 1
    return left[start : len(left) - end], right[start : len(right) - end]


def _distance(left: str, right: str, limit: int) -> int:
    """Count insertions, deletions, replacements and swaps of neighbours; limit + 1 as soon as it must be more."""
    left, right = _trimmed(left, right)
    before: list[int] = []
    row = list(range(len(right) + 1))
    far = limit + 1
    for i, a in enumerate(left, 1):
        following = [i] + [far] * len(right)
        for j in range(max(1, i - limit), min(len(right), i + limit) + 1):
            b = right[j - 1]
            cost = min(row[j] + 1, following[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            following[j] = cost
        if min(following) > limit:
            return far
        before, row = row, following
    return row[-1]
