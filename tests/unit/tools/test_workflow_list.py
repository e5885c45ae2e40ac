from pathlib import Path

import pytest

from engine.errors import ArgumentError
from schema.check import compile_schema
from schema.values import Json, JsonObject
from tests.unit.engine.documents import library, workflow, write
from tests.unit.silent_call import SilentCall
from tools.contract import Done, Tool
from tools.workflow_list import DEFAULT_LIMIT, MAX_PROBLEMS, OUTPUT_SCHEMA, make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a source with three valid documents and a broken one."""
    write(tmp_path, "a.json", workflow("alpha", category="review", tags=["x", "y"], description="About Cheese."))
    write(tmp_path, "b.json", workflow("beta", category="review", tags=["x"]))
    write(tmp_path, "c.json", workflow("gamma"))
    (tmp_path / "broken.json").write_text('{"id": "broken",\n oops}')
    return tmp_path


def ask(tool: Tool, **arguments: Json) -> JsonObject:
    """Call the tool and check its answer against its output schema."""
    assert tool.run is not None
    done = tool.run(arguments, SilentCall())
    assert isinstance(done, Done)
    assert done.value is not None
    assert compile_schema(OUTPUT_SCHEMA).explain(done.value) == ()
    return done.value


def found(answer: JsonObject) -> list[Json]:
    """Give the ids of a page."""
    items = answer["workflows"]
    assert isinstance(items, list)
    return [item["id"] for item in items if isinstance(item, dict)]


def test_all_valid_workflows_are_listed_by_id_and_the_broken_ones_counted(folder: Path) -> None:
    answer = ask(make(library(folder)))
    assert found(answer) == ["alpha", "beta", "gamma"]
    assert answer["workflows"] == [
        {
            "id": "alpha",
            "name": "Name of alpha",
            "description": "About Cheese.",
            "category": "review",
            "version": "1.0.0",
            "tags": ["x", "y"],
            "source": folder.name,
        },
        {
            "id": "beta",
            "name": "Name of beta",
            "description": "Made for a test.",
            "category": "review",
            "version": "1.0.0",
            "tags": ["x"],
            "source": folder.name,
        },
        {
            "id": "gamma",
            "name": "Name of gamma",
            "description": "Made for a test.",
            "category": "default",
            "version": "1.0.0",
            "source": folder.name,
        },
    ]
    assert (answer["total"], answer["invalid"], "nextCursor" in answer) == (3, 1, False)


@pytest.mark.parametrize(("arguments", "expected"), [
    ({"category": "review"}, ["alpha", "beta"]),
    ({"category": "default"}, ["gamma"]),
    ({"category": "none"}, []),
    ({"tags": ["x"]}, ["alpha", "beta"]),
    ({"tags": ["x", "y"]}, ["alpha"]),
    ({"tags": []}, ["alpha", "beta", "gamma"]),
    ({"query": "CHEESE"}, ["alpha"]),
    ({"query": "name y"}, ["alpha"]),
    ({"query": "gam"}, ["gamma"]),
    ({"query": "  "}, ["alpha", "beta", "gamma"]),
    ({"category": "review", "tags": ["y"], "query": "alpha"}, ["alpha"]),
])  # fmt: skip
def test_filters_narrow_the_list_and_never_the_count_of_broken_ones(
    folder: Path, arguments: JsonObject, expected: list[Json]
) -> None:
    answer = ask(make(library(folder)), **arguments)
    assert found(answer) == expected
    assert (answer["total"], answer["invalid"]) == (len(expected), 1)


def test_broken_documents_are_shown_on_wish_with_their_problems(folder: Path) -> None:
    answer = ask(make(library(folder)), includeInvalid=True, query="broken")
    (item,) = answer["workflows"] if isinstance(answer["workflows"], list) else []
    assert isinstance(item, dict)
    problems = item["problems"]
    assert isinstance(problems, list)
    assert isinstance(problems[0], dict)
    assert (problems[0]["path"], problems[0]["line"], problems[0]["severity"]) == ("broken.json", 2, "critical")
    assert answer["total"] == 1


def test_no_path_of_the_machine_is_in_an_answer(folder: Path) -> None:
    assert str(folder.parent) not in str(ask(make(library(folder)), includeInvalid=True))


def test_problems_shown_are_bounded(tmp_path: Path) -> None:
    write(tmp_path, "a.json", {**workflow("alpha"), **{f"unknown{number}": 1 for number in range(30)}})
    answer = ask(make(library(tmp_path)), includeInvalid=True)
    items = answer["workflows"]
    assert isinstance(items, list)
    assert isinstance(items[0], dict)
    problems = items[0]["problems"]
    assert isinstance(problems, list)
    assert 0 < len(problems) <= MAX_PROBLEMS


def test_pages_follow_each_other_to_the_end(tmp_path: Path) -> None:
    expected: list[Json] = [f"flow-{number:02d}" for number in range(7)]
    for name in expected:
        write(tmp_path, f"{name}.json", workflow(str(name)))
    tool = make(library(tmp_path))
    answer = ask(tool, limit=3)
    pages = [found(answer)]
    while "nextCursor" in answer:
        answer = ask(tool, limit=3.0, cursor=answer["nextCursor"])
        pages.append(found(answer))
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [each for page in pages for each in page] == expected


def test_a_page_holds_fifty_unless_asked_otherwise(tmp_path: Path) -> None:
    for number in range(DEFAULT_LIMIT + 1):
        write(tmp_path, f"{number}.json", workflow(f"flow-{number:02d}"))
    answer = ask(make(library(tmp_path)))
    assert (len(found(answer)), answer["total"], "nextCursor" in answer) == (DEFAULT_LIMIT, DEFAULT_LIMIT + 1, True)


def test_documents_that_come_and_go_between_pages_neither_repeat_nor_hide_others(tmp_path: Path) -> None:
    for name in ("bb-1", "dd-1", "ff-1"):
        write(tmp_path, f"{name}.json", workflow(name))
    tool = make(library(tmp_path))
    first = ask(tool, limit=2)
    write(tmp_path, "aa-1.json", workflow("aa-1"))
    write(tmp_path, "ee-1.json", workflow("ee-1"))
    (tmp_path / "dd-1.json").unlink()
    assert found(first) == ["bb-1", "dd-1"]
    assert found(ask(tool, limit=2, cursor=first["nextCursor"])) == ["ee-1", "ff-1"]


@pytest.mark.parametrize("cursor", ["", "x", "AAAAAAAAAAAA", "ü", "=", "a" * 5000, "YWxwaGE"])
def test_a_cursor_that_is_not_ours_is_refused(folder: Path, cursor: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        ask(make(library(folder)), cursor=cursor)
    assert refused.value.path == "cursor"


def test_a_cursor_altered_or_sent_with_other_filters_is_refused(folder: Path) -> None:
    tool = make(library(folder))
    cursor = str(ask(tool, limit=1)["nextCursor"])
    swapped = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
    for arguments in ({"cursor": swapped}, {"cursor": cursor + "="}, {"cursor": cursor, "category": "review"}):
        with pytest.raises(ArgumentError):
            ask(tool, **arguments)


def test_an_edit_shows_on_the_next_call(folder: Path) -> None:
    tool = make(library(folder))
    ask(tool)
    write(folder, "c.json", workflow("delta"))
    assert found(ask(tool)) == ["alpha", "beta", "delta"]
