"""The lists of aos_workflow: sessions in pages, counted and filtered; workflows with their phases."""

from pathlib import Path

import pytest

from schema.values import Json, JsonObject
from tests.unit.tools.aos_world import LINES, MODULE, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def rows(answer: JsonObject, key: str = "sessions") -> list[JsonObject]:
    found = answer[key]
    assert isinstance(found, list)
    return [one for one in found if isinstance(one, dict)]


@pytest.mark.requirement("AOS-11")
async def test_sessions_are_listed_newest_first_page_by_page(world: World) -> None:
    begun = []
    for _ in range(5):
        begun.append(await world.begun())
        world.clock.time += 1
    seen: list[Json] = []
    cursor: Json = None
    for _ in range(4):
        page = await world.good("list_sessions", limit=2, cursor=cursor)
        seen += [row["session_id"] for row in rows(page)]
        cursor = page.get("next_cursor")
        if cursor is None:
            break

    assert seen == begun[::-1]


async def test_counts_are_by_status_as_this_tool_shows_it(world: World) -> None:
    first, second, _ = [await world.begun() for _ in range(3)]
    await world.good("pause", session_id=first)
    await world.passed(second, 1, 2, 3)
    answer = await world.good("list_sessions", status="paused")

    assert answer["counts"] == {"active": 1, "completed": 1, "paused": 1}
    assert (answer["count"], [row["session_id"] for row in rows(answer)]) == (1, [first])


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"status": "active"}, 2),
        ({"status": "completed"}, 0),
        ({"workflow_type": LINES}, 1),
        ({"workflow_type": "module_tests_v1"}, 1),
        ({"workflow_type": "nobody-has-this"}, 0),
        ({"target_file": "src/app.py"}, 2),
        ({"target_file": "other.py"}, 0),
        ({"workflow_type": MODULE, "status": "active", "target_file": "src/app.py"}, 1),
    ],
)
async def test_sessions_are_found_by_status_workflow_and_target(world: World, filters: JsonObject, found: int) -> None:
    await world.begun()
    await world.begun(LINES)

    assert (await world.good("list_sessions", **filters))["count"] == found


@pytest.mark.requirement("AOS-11")
async def test_an_unfinished_session_is_stale_after_a_day_without_an_event(world: World) -> None:
    finished, idle = await world.begun(), await world.begun()
    await world.passed(finished, 1, 2, 3)
    world.clock.time += 24 * 3600
    at_the_day = rows(await world.good("list_sessions", status="active"))
    world.clock.time += 1
    later = {row["session_id"]: row["is_stale"] for row in rows(await world.good("list_sessions"))}

    assert [row["is_stale"] for row in at_the_day] == [False]
    assert later == {**later, idle: True}
    assert later.get(finished) in (False, None)


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "e30", "\u00e9"])
async def test_a_cursor_nobody_gave_is_refused(world: World, cursor: str) -> None:
    answer = await world.bad("ValidationError", "list_sessions", cursor=cursor)

    assert "cursor" in str(answer["error"])
    assert answer["remediation"] == "aos_workflow action=list_sessions"


async def test_workflows_are_listed_with_their_phases_and_whether_they_are_valid(world: World) -> None:
    answer = await world.good("list_workflows")
    found = {str(row["workflow_type"]): row for row in rows(answer, "workflows")}

    assert answer["count"] == len(found) == 4
    assert found[MODULE] == {
        "workflow_type": MODULE,
        "name": "Tests for a module",
        "description": "Know it, test it, tell of it.",
        "category": "code_generation",
        "phases": 3,
        "estimated_duration": "two hours",
        "valid": True,
    }
    assert found[LINES]["phases"] == 4
    assert found["broken-one"]["valid"] is False


async def test_workflows_of_a_category_are_listed_alone(world: World) -> None:
    answer = await world.good("list_workflows", category="code_generation")

    assert [row["workflow_type"] for row in rows(answer, "workflows")] == [MODULE]


async def test_an_unknown_category_gives_an_empty_list_and_the_categories_there_are(world: World) -> None:
    answer = await world.good("list_workflows", category="poetry")

    assert (answer["workflows"], answer["count"]) == ([], 0)
    assert "poetry" in str(answer["warning"])
    assert answer["categories"] == ["code_generation", "default"]
