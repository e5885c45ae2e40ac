"""`list`: the workflows there are.

Above: verbs.group. Below: tools.workflow_list (the same filters and answer), shared_library.
"""

import click

from engine.library import Library
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
    else:
        _show(result)


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


def _show(result: JsonObject) -> None:
    rows = [row for row in _rows(result) if isinstance(row, dict)]
    width = max((len(str(row["id"])) for row in rows), default=0)
    for row in rows:
        click.echo(f"{plain(str(row['id'])):{width}}  {plain(str(row['version'])):8} {plain(str(row['name']))}")
        problems = row.get("problems")
        for problem in problems if isinstance(problems, list) else []:
            if isinstance(problem, dict):
                place = f"{problem['path']}:{problem.get('line', 1)}:{problem.get('column', 1)}"
                click.echo(plain(f"    {problem['severity']}: {place}: {problem['message']}"))
    hidden = f", {result['invalid']} invalid (--invalid shows why)" if result["invalid"] else ""
    click.echo(f"{result['total']} workflows{hidden}", err=True)


def _rows(result: JsonObject) -> list[Json]:
    rows = result["workflows"]
    return rows if isinstance(rows, list) else []
