"""What the requirements promise of the four tools and the library, tried as a reader of the book would."""

import orjson
import pytest

from schema.values import Json, JsonObject
from tests.unit.book import EXAMPLES
from tests.unit.reader import Reader

CHECKS: JsonObject = {
    "subject": "the car",
    "checks": [{"name": "brakes", "how": "press"}, {"name": "horn", "how": "blow"}],
}
DONE: list[Json] = ["collect", "each-check@0::check-one", "each-check@1::check-one", "count"]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(EXAMPLES)


async def result(reader: Reader, method: str, params: JsonObject) -> JsonObject:
    answer = await reader.ask(orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).decode())
    assert isinstance(answer, dict)
    assert "error" not in answer, answer["error"]
    found = answer["result"]
    assert isinstance(found, dict)
    return found


async def error(reader: Reader, method: str, params: JsonObject) -> JsonObject:
    answer = await reader.ask(orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).decode())
    assert isinstance(answer, dict)
    found = answer["error"]
    assert isinstance(found, dict)
    return found


async def following(reader: Reader, done: list[Json], context: JsonObject) -> JsonObject:
    arguments: JsonObject = {"workflowId": "example-checklist", "completedSteps": done, "context": context}
    return await result(reader, "workflow_next", arguments)


async def judged(reader: Reader, output: str, step: str = "count") -> JsonObject:
    arguments: JsonObject = {"workflowId": "example-checklist", "stepId": step, "output": output}
    return await result(reader, "workflow_validate", arguments)


@pytest.mark.requirement("LIST-1")
async def test_the_list_names_every_usable_workflow_in_order(reader: Reader) -> None:
    listed = (await result(reader, "workflow_list", {}))["workflows"]

    assert isinstance(listed, list)
    shown = [one for one in listed if isinstance(one, dict)]
    ids = [str(one["id"]) for one in shown]
    assert ids == sorted(ids)
    assert {"example-checklist", "example-connect", "example-loops"} <= set(ids)
    assert all({"id", "name", "description", "category", "version"} <= set(one) for one in shown)


@pytest.mark.requirement("LIST-2")
async def test_invalid_documents_are_counted_and_shown_with_their_problems_on_demand(reader: Reader) -> None:
    short = await result(reader, "workflow_list", {})
    whole = await result(reader, "workflow_list", {"includeInvalid": True})

    assert short["invalid"] == 2
    assert isinstance(whole["workflows"], list)
    broken = [one for one in whole["workflows"] if isinstance(one, dict) and "problems" in one]
    assert len(broken) == 2


@pytest.mark.requirement("LIST-3")
async def test_pages_join_without_gap_or_repetition(reader: Reader) -> None:
    seen: list[Json] = []
    cursor: JsonObject = {}
    whole = (await result(reader, "workflow_list", {"includeInvalid": True}))["workflows"]
    assert isinstance(whole, list)
    for _ in range(len(whole) + 1):
        page = await result(reader, "workflow_list", {"limit": 1, "includeInvalid": True, **cursor})
        assert isinstance(page["workflows"], list)
        seen += [one["id"] for one in page["workflows"] if isinstance(one, dict)]
        if "nextCursor" not in page:
            break
        cursor = {"cursor": page["nextCursor"]}

    assert seen == [one["id"] for one in whole if isinstance(one, dict)]
    assert len(seen) == len(set(map(str, seen))) > 4


@pytest.mark.requirement("GET-1")
async def test_programs_get_the_document_and_agents_its_preview(reader: Reader) -> None:
    full = await result(reader, "workflow_get", {"id": "example-checklist"})
    metadata = await result(reader, "workflow_get", {"id": "example-checklist", "mode": "metadata"})
    called = await reader.ask(
        '{"jsonrpc": "2.0", "id": 1, "method": "tools/call",'
        ' "params": {"name": "workflow_get", "arguments": {"id": "example-checklist"}}}',
        over_mcp=True,
    )

    assert full == orjson.loads((EXAMPLES / "valid-workflow.json").read_bytes())
    assert metadata["totalSteps"] == 4
    assert "firstStep" not in metadata
    assert isinstance(called, dict)
    assert isinstance(called["result"], dict)
    preview = called["result"]["structuredContent"]
    assert isinstance(preview, dict)
    assert "steps" not in preview
    assert isinstance(preview["firstStep"], dict)
    assert preview["firstStep"]["id"] == "collect"


@pytest.mark.requirement("GET-2")
async def test_an_operator_can_hide_whole_documents_from_agents() -> None:
    hiding = Reader(EXAMPLES, reveal="nothing")
    asked = '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "workflow_get", "arguments": %s}}'
    read = '{"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "workflow://example-loops"}}'
    refused = await hiding.ask(asked % '{"id": "example-loops", "mode": "full"}', over_mcp=True)
    resource = await hiding.ask(read, over_mcp=True)

    assert isinstance(refused, dict)
    assert isinstance(refused["result"], dict)
    structured = refused["result"]["structuredContent"]
    assert isinstance(structured, dict)
    assert isinstance(structured["error"], dict)
    assert structured["error"]["code"] == -32007
    assert structured["error"]["data"] == {"action": "reveal"}
    assert "firstStep" in orjson.dumps(resource).decode()
    assert "wash-one" not in orjson.dumps(resource).decode()


@pytest.mark.requirement("GET-3")
async def test_an_unknown_workflow_is_refused_with_the_closest_ids(reader: Reader) -> None:
    refused = await error(reader, "workflow_get", {"id": "example-loop"})

    assert refused["code"] == -32001
    assert refused["data"] == {"workflowId": "example-loop", "closest": ["example-loops"]}


@pytest.mark.requirement("GET-4")
async def test_an_invalid_workflow_is_refused_with_every_finding(reader: Reader) -> None:
    refused = await error(reader, "workflow_get", {"id": "example-tangled"})

    assert refused["code"] == -32002
    assert isinstance(refused["data"], dict)
    assert isinstance(refused["data"]["findings"], list)
    assert len(refused["data"]["findings"]) >= 4


@pytest.mark.requirement("NEXT-1")
async def test_equal_arguments_give_equal_answers(reader: Reader) -> None:
    await following(reader, DONE, {"failures": 3})
    first = await following(reader, ["collect"], CHECKS)

    assert await following(Reader(EXAMPLES), ["collect"], CHECKS) == first


@pytest.mark.requirement("NEXT-2")
async def test_a_step_is_passed_over_while_its_condition_is_false_and_offered_when_it_is_true(reader: Reader) -> None:
    quiet = await following(reader, DONE, {**CHECKS, "failures": 0})
    alarm = await following(reader, DONE, {**CHECKS, "failures": 1})

    assert (quiet["step"], quiet["isComplete"]) == (None, True)
    assert alarm["stepKey"] == "report-failures"


@pytest.mark.requirement("NEXT-3")
async def test_keys_name_the_passes_of_loops_in_loops(reader: Reader) -> None:
    done: list[Json] = []
    context: JsonObject = {"names": ["Ann", "Bob"], "done": True, "tired": False}
    for _ in range(20):
        arguments: JsonObject = {"workflowId": "example-loops", "completedSteps": done, "context": context}
        answer = await result(reader, "workflow_next", arguments)
        if answer["step"] is None:
            break
        done.append(answer["stepKey"])

    assert done == [
        "prepare",
        *(f"thrice@{turn}::knock" for turn in range(3)),
        *(
            key
            for guest in range(2)
            for key in (f"guests@{guest}::greet", *(f"guests@{guest}/courses@{turn}::serve" for turn in range(2)))
        ),
    ]


@pytest.mark.requirement("NEXT-4")
async def test_a_step_that_lacks_only_a_variable_waits_and_is_named(reader: Reader) -> None:
    answer = await following(reader, DONE, CHECKS)

    assert (answer["step"], answer["isComplete"]) == (None, False)
    assert isinstance(answer["guidance"], dict)
    assert isinstance(answer["guidance"]["missing"], list)
    (missing,) = answer["guidance"]["missing"]
    assert isinstance(missing, dict)
    assert (missing["variable"], missing["steps"]) == ("failures", ["report-failures"])


@pytest.mark.requirement("NEXT-5")
async def test_templates_are_filled_and_what_is_missing_is_named(reader: Reader) -> None:
    empty = (await following(reader, [], {}))["guidance"]
    filled = (await following(reader, [], {"subject": "the car"}))["guidance"]

    assert isinstance(empty, dict)
    assert isinstance(filled, dict)
    assert "{{subject}}" in str(empty["prompt"])
    assert "subject" in str(empty["missing"])
    assert "before the car may" in str(filled["prompt"])
    assert "missing" not in filled


@pytest.mark.requirement("NEXT-6")
@pytest.mark.parametrize("wrong", [{"currentStep": "colect"}, {"completedSteps": ["each-check@50::check-one"]}])
async def test_a_step_that_is_none_is_refused(reader: Reader, wrong: JsonObject) -> None:
    refused = await error(
        reader, "workflow_next", {"workflowId": "example-checklist", "completedSteps": [], "context": CHECKS, **wrong}
    )

    assert refused["code"] == -32003


@pytest.mark.requirement("NEXT-7")
async def test_plain_ids_in_order_of_completion_mean_the_same_as_keys(reader: Reader) -> None:
    by_key = await following(reader, DONE[:2], CHECKS)
    by_id = await following(reader, ["collect", "check-one"], CHECKS)

    assert by_id == by_key


@pytest.mark.requirement("NEXT-8")
async def test_a_loop_at_its_limit_ends_with_a_warning(reader: Reader) -> None:
    done: list[Json] = ["prepare", "thrice", "guests", *(f"wash@{turn}::wash-one" for turn in range(4))]
    answer = await result(
        reader,
        "workflow_next",
        {
            "workflowId": "example-loops",
            "completedSteps": done,
            "context": {"done": False, "names": [], "tired": False},
        },
    )

    assert isinstance(answer["warnings"], list)
    assert any("wash" in str(warning) for warning in answer["warnings"])


@pytest.mark.requirement("NEXT-9")
async def test_a_context_beyond_its_limit_is_refused(reader: Reader) -> None:
    arguments: JsonObject = {"workflowId": "example-loops", "completedSteps": [], "context": {"text": "x" * 262_144}}

    assert (await error(reader, "workflow_next", arguments))["code"] == -32602


@pytest.mark.requirement("VAL-1")
async def test_an_output_is_held_against_its_rules(reader: Reader) -> None:
    good, bad = await judged(reader, "2 failed"), await judged(reader, "a few failed")

    assert (good["valid"], good["issues"]) == (True, [])
    assert bad["valid"] is False
    assert "Give the number of failed checks." in str(bad["issues"])


@pytest.mark.requirement("VAL-3")
async def test_without_criteria_only_blank_output_is_invalid(reader: Reader) -> None:
    assert (await judged(reader, " \n", "check-one"))["valid"] is False
    assert (await judged(reader, "Pressed twice, they hold.", "check-one"))["valid"] is True
