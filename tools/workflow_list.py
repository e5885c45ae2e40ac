"""The tool workflow_list: which workflows there are, filtered, a page at a time, broken ones counted and on wish shown.

Above: tools.table. Below: engine.library. A cursor names the last id handed out, so documents that come or go between
two pages neither repeat nor hide others.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from hashlib import blake2b
from typing import NamedTuple

import orjson

from engine.errors import ArgumentError
from engine.library import Library, Listing, Summary
from schema.finding import Finding
from schema.values import JsonObject
from tools.contract import READ_ONLY, Call, Done, Tool

DEFAULT_LIMIT = 50  # workflows on a page
MAX_LIMIT = 100  # the same, at most
MAX_PROBLEMS = 10  # findings shown per invalid document; workflow_get gives all of them
SEAL_BYTES = 6  # of a cursor: catches slips; a forged cursor opens nothing
MAX_CURSOR = 400  # characters

_TEXT: JsonObject = {"type": "string"}
INPUT_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "category": {"type": "string", "description": "Only this category"},
        "tags": {"type": "array", "items": {"type": "string"}, "description": "Only with all these tags"},
        "query": {"type": "string", "description": "Words in id, name, description or tags"},
        "includeInvalid": {"type": "boolean", "description": "Also list broken ones, with problems"},
        "cursor": {"type": "string", "description": "nextCursor of the page before"},
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "description": "Page size, default 50"},
    },
    "required": [],
    "additionalProperties": False,
}
OUTPUT_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "workflows": {"type": "array", "items": {"type": "object"}, "description": "A page"},
        "nextCursor": {"type": "string", "description": "Send as cursor"},
        "total": {"type": "integer", "description": "On all pages"},
        "error": {"type": "object", "description": "If it failed"},
    },
}


class Wish(NamedTuple):
    """What the caller filters by; `words` are the query's, lower-cased."""

    category: str | None
    tags: frozenset[str]
    words: tuple[str, ...]
    include_invalid: bool


def make(library: Library) -> Tool:
    """Give the tool over this library."""

    def run(arguments: JsonObject, call: Call) -> Done:  # noqa: ARG001 - the answer is the same for every caller
        return Done(answer(library.listing(), arguments))

    return Tool(
        name="workflow_list",
        title="List workflows",
        description="List workflows.",
        input_schema=INPUT_SCHEMA,
        output_schema=OUTPUT_SCHEMA,
        annotations=READ_ONLY,
        run=run,
    )


def answer(listing: Listing, arguments: JsonObject) -> JsonObject:
    """Give one page: `{workflows, nextCursor?, total, invalid}`.

    `total` counts what the filters let through on all pages, `invalid` every invalid document of the library.
    Raises ArgumentError for a cursor that is not ours or belongs to other filters.
    """
    wish = _wish(arguments)
    chosen = [each for each in listing.summaries if _fits(each, wish)] if wish != _ALL else list(listing.summaries)
    if not wish.include_invalid and listing.invalid:
        chosen = [each for each in chosen if each.valid]
    start = 0
    cursor = arguments.get("cursor")
    if isinstance(cursor, str):
        start = bisect_right(chosen, _opened(cursor, wish), key=lambda each: each.id)
    limit = arguments.get("limit")
    page = chosen[start : start + (int(limit) if isinstance(limit, int | float) else DEFAULT_LIMIT)]
    result: JsonObject = {"workflows": [_item(each) for each in page]}
    if start + len(page) < len(chosen):
        result["nextCursor"] = _sealed(page[-1].id, wish)
    return {**result, "total": len(chosen), "invalid": listing.invalid}


def _wish(arguments: JsonObject) -> Wish:
    category, tags, query = arguments.get("category"), arguments.get("tags"), arguments.get("query")
    return Wish(
        category=category if isinstance(category, str) else None,
        tags=frozenset(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else frozenset(),
        words=tuple(query.lower().split()) if isinstance(query, str) else (),
        include_invalid=arguments.get("includeInvalid") is True,
    )


_ALL = Wish(None, frozenset(), (), include_invalid=False)


def _fits(summary: Summary, wish: Wish) -> bool:
    if wish.category is not None and summary.category != wish.category:
        return False
    if not wish.tags.issubset(summary.tags):
        return False
    if not wish.words:
        return True
    text = "\n".join((summary.id, summary.name, summary.description, *summary.tags)).lower()
    return all(word in text for word in wish.words)


def _item(summary: Summary) -> JsonObject:
    item: JsonObject = {
        "id": summary.id,
        "name": summary.name,
        "description": summary.description,
        "category": summary.category,
        "version": summary.version,
    }
    if summary.tags:
        item["tags"] = list(summary.tags)
    item["source"] = summary.source
    if not summary.valid:
        item["problems"] = [_problem(each, summary.path) for each in summary.problems[:MAX_PROBLEMS]]
    return item


def _problem(finding: Finding, path: str) -> JsonObject:
    """Give a finding with the file it is in, relative to the source."""
    return {"path": path, **finding.as_json()}


def _seal(last: bytes, wish: Wish) -> bytes:
    """Bind a cursor to its filters."""
    filters = orjson.dumps([wish.category, sorted(wish.tags), wish.words, wish.include_invalid])
    return blake2b(last, key=b"workflow_list", person=blake2b(filters, digest_size=16).digest()).digest()[:SEAL_BYTES]


def _sealed(last: str, wish: Wish) -> str:
    raw = last.encode()
    return urlsafe_b64encode(_seal(raw, wish) + raw).decode().rstrip("=")


def _opened(cursor: str, wish: Wish) -> str:
    """Give the id a cursor of ours stands for."""
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)) if len(cursor) <= MAX_CURSOR else b""
        last = raw[SEAL_BYTES:].decode()
    except ValueError:
        raw, last = b"", ""
    if not raw or raw[:SEAL_BYTES] != _seal(raw[SEAL_BYTES:], wish) or _sealed(last, wish) != cursor:
        raise ArgumentError("cursor", "send nextCursor of the page before unchanged and with the same filters, or none")
    return last
