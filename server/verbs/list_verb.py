"""`list`: the workflows there are.

Above: verbs.group. Below: tools.workflow_list (the same filters and answer), shared_library.
"""

import click

from engine.library import Library
from engine.library_read import OLDEST_VERSION
from schema.suggest import did_you_mean
from schema.values import Json, JsonObject
from server.reports.model import plain
from server.verbs.options import settings_flags
from server.verbs.saying import say_json
from server.verbs.shared_library import open_from
from tools.workflow_list import MAX_LIMIT, answer

MAX_PAGES = 10_000  # of 100: more workflows than the library reads


@click.command(name="list")
@click.option("--category", help="Only this category.")
@click.option("--tag", "tags", multiple=True, help="Only with this tag; repeat for several.")
@click.option("--query", help="Only with these words in id, name, description or tags.")
@click.option("--invalid", is_flag=True, help="Also invalid ones, with what is wrong.")
@click.option("--json", "as_json", is_flag=True, help="The answer of workflow_list, all pages in one.")
@settings_flags()
def command(
    *, category: str | None, tags: tuple[str, ...], query: str | None, invalid: bool, as_json: bool, **values: object
) -> None:
    """List workflows."""
    library, _ = open_from(values)
    wish: JsonObject = {"limit": MAX_LIMIT, "includeInvalid": invalid}
    wish |= {"category": category} if category else {}
    wish |= {"tags": list(tags)} if tags else {}
    wish |= {"query": query} if query else {}
    result = _all_pages(library, wish)
    if as_json:
        say_json(result)
        return
    _show(result, with_invalid=invalid)
    if not result["total"]:
        _explain(library, wish)


def _all_pages(library: Library, wish: JsonObject) -> JsonObject:
    listing = library.listing()
    workflows: list[Json] = []
    page: JsonObject = {}
    for _ in range(MAX_PAGES):
        page = answer(listing, wish)
        found = page["workflows"]
        workflows += found if isinstance(found, list) else []
        if "nextCursor" not in page:
            break
        wish = {**wish, "cursor": page["nextCursor"]}
    return {"workflows": workflows, "total": page["total"], "invalid": page["invalid"]}


def _explain(library: Library, wish: JsonObject) -> None:
    """Say why nothing is listed, and what to ask for instead."""
    category = wish.get("category")
    known = sorted({each.category for each in library.listing().summaries if each.valid})
    if isinstance(category, str) and category not in known:
        hint = did_you_mean(category, known) or f"the categories are {', '.join(known)}"
        click.echo(plain(f"no workflow has the category {category!r}; {hint}"), err=True)
    elif wish.keys() & {"category", "tags", "query"}:
        click.echo("no workflow fits; ask for fewer words or tags, or `workflow-lookup list` for all", err=True)


def _version(row: JsonObject) -> str:
    """Give a document's version; a broken one that could not be read has none."""
    version = str(row["version"])
    return "-" if version == OLDEST_VERSION and row.get("problems") else version


def _show(result: JsonObject, *, with_invalid: bool) -> None:
    rows = [row for row in _rows(result) if isinstance(row, dict)]
    width = max((len(str(row["id"])) for row in rows), default=0)
    for row in rows:
        click.echo(f"{plain(str(row['id'])):{width}}  {plain(_version(row)):8} {plain(str(row['name']))}")
        problems = row.get("problems")
        for problem in problems if isinstance(problems, list) else []:
            if isinstance(problem, dict):
                place = f"{problem['path']}:{problem.get('line', 1)}:{problem.get('column', 1)}"
                click.echo(plain(f"    {problem['severity']}: {place}: {problem['message']}"))
    reason = "" if with_invalid else " (--invalid shows why)"
    hidden = f", {result['invalid']} invalid{reason}" if result["invalid"] else ""
    click.echo(f"{result['total']} workflow{'' if result['total'] == 1 else 's'}{hidden}", err=True)


def _rows(result: JsonObject) -> list[Json]:
    rows = result["workflows"]
    return rows if isinstance(rows, list) else []
