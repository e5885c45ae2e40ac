"""What callers send: missing, malformed, too large, odd; every refusal says which argument, and what to call next."""

import math

import orjson
import pytest

from schema.values import Json, JsonObject
from tools import aos_workflow
from tools.aos_arguments import ACTIONS, INPUT_SCHEMA, MAX_EVIDENCE, NEEDS, STATUSES, read
from tools.aos_errors import TOOL, ActionError, one_line
from tools.arguments import Arguments

SESSION = "wf_aaaaaaaaaaaaaaaaaaaaaaaaaa"
RULES = Arguments(INPUT_SCHEMA)
FULL: JsonObject = {
    "session_id": SESSION,
    "workflow_type": "module-tests",
    "target_file": "src/app.py",
    "phase": 1,
    "task_number": 1,
    "evidence": {"functions": 1},
    "to_phase": 1,
}


def refusal(arguments: JsonObject) -> JsonObject:
    """Give the answer to arguments that must not get through."""
    prepared = RULES.prepare(arguments)
    if not isinstance(prepared, dict):
        answer = aos_workflow.on_bad_arguments(prepared, arguments).value
        assert answer is not None
        return answer
    with pytest.raises(ActionError) as caught:
        read(prepared)
    return {"error": caught.value.error, "error_type": caught.value.error_type, **caught.value.more,
            "remediation": caught.value.remediation}  # fmt: skip


def said(**arguments: Json) -> str:
    answer = refusal(arguments)
    assert answer["error_type"] == "ValidationError"
    assert str(answer["remediation"]).startswith("aos_workflow action=")
    return str(answer["error"])


def test_there_are_fourteen_actions_and_a_function_for_each() -> None:
    assert len(ACTIONS) == 14
    assert set(aos_workflow.ACTIONS) == set(NEEDS) == set(ACTIONS)
    assert all(action in aos_workflow.DESCRIPTION for action in ACTIONS)


@pytest.mark.requirement("AOS-3")
def test_an_unknown_action_is_told_the_valid_ones_in_order() -> None:
    answer = refusal({"action": "get_phases"})

    assert answer["valid_actions"] == sorted(NEEDS)
    assert answer["action"] == "get_phases"
    assert "did you mean get_phase?" in str(answer["error"])


@pytest.mark.parametrize("action", [1, True, [], {}, "", "x" * 5000])
def test_an_action_of_any_other_kind_is_unknown_as_well(action: Json) -> None:
    answer = refusal({"action": action})

    assert answer["valid_actions"] == sorted(NEEDS)
    assert len(str(answer["action"])) <= 40


@pytest.mark.parametrize("arguments", [{}, {"action": None}, {"session_id": SESSION}])
def test_a_missing_action_is_named(arguments: JsonObject) -> None:
    answer = refusal(arguments)

    assert answer["missing"] == ["action"]
    assert answer["valid_actions"] == sorted(NEEDS)


@pytest.mark.parametrize("action", [action for action in NEEDS if NEEDS[action]])
@pytest.mark.requirement("AOS-3")
def test_every_missing_parameter_of_an_action_is_named_at_once(action: str) -> None:
    answer = refusal({"action": action})

    assert answer["missing"] == list(NEEDS[action])
    assert all(name in str(answer["error"]) for name in NEEDS[action])


@pytest.mark.parametrize(("action", "name"), [(action, name) for action in NEEDS for name in NEEDS[action]])
def test_null_is_the_same_as_absent(action: str, name: str) -> None:
    sent: JsonObject = {"action": action, **{each: FULL[each] for each in NEEDS[action]}}
    absent = {key: value for key, value in sent.items() if key != name}

    assert refusal({**sent, name: None}) == refusal(absent)
    assert refusal(absent)["missing"] == [name]


def test_missing_parameters_are_named_even_where_another_is_malformed() -> None:
    assert refusal({"action": "get_task", "session_id": SESSION, "phase": "one"})["missing"] == ["task_number"]


@pytest.mark.parametrize(
    "session_id",
    ["../x", "A" * 10, "a" * 65, "", "wf_a b", "wf_\u00e9", "wf_a\n", "wf_a\x00", "'; DROP TABLE events; --"],
)
def test_a_malformed_session_id_is_told_so_and_not_repeated(session_id: str) -> None:
    answer = refusal({"action": "get_state", "session_id": session_id})

    assert str(answer["error"]).startswith("Invalid session_id format")
    assert answer["remediation"] == "aos_workflow action=list_sessions"


def test_two_point_zero_is_two_and_two_point_nine_is_refused() -> None:
    good: JsonObject = {"action": "retry_phase", "session_id": SESSION, "phase": 2.0}
    prepared = RULES.prepare(good)

    assert isinstance(prepared, dict)
    assert read(prepared).phase == 2
    assert "phase" in str(refusal({**good, "phase": 2.9})["error"])


@pytest.mark.parametrize("phase", [-1, 1_000_001, 10**300, 1e300, math.nan, math.inf, -math.inf, True, "1", [1], {}])
def test_a_phase_that_is_no_sensible_number_is_refused(phase: Json) -> None:
    assert "phase" in said(action="retry_phase", session_id=SESSION, phase=phase)


@pytest.mark.parametrize(("name", "value"), [("limit", 0), ("limit", 101), ("task_number", 0), ("to_phase", -1)])
def test_numbers_out_of_range_are_refused_with_their_range(name: str, value: int) -> None:
    sent: JsonObject = {"action": "list_sessions", **FULL, name: value}

    assert f"{name} must be a whole number from" in said(**sent)


@pytest.mark.parametrize("name", ["evidence", "options", "approval"])
@pytest.mark.parametrize("value", ["text", 1, [], "[1]", True])
def test_what_must_be_an_object_is_refused_where_it_is_none(name: str, value: Json) -> None:
    assert name in said(action="complete_phase", **{**FULL, name: value})


def test_an_object_may_arrive_as_json_text() -> None:
    prepared = RULES.prepare({**FULL, "action": "complete_phase", "evidence": '{"functions": 2}', "phase": 1.0})

    assert isinstance(prepared, dict)
    assert read(prepared).evidence == {"functions": 2}


@pytest.mark.requirement("AOS-4")
def test_eleven_megabytes_of_evidence_are_too_large() -> None:
    evidence: JsonObject = {"a": "x" * 11_000_000}

    assert "too large" in said(**{**FULL, "action": "complete_phase", "evidence": evidence})


def test_evidence_at_the_limit_gets_through() -> None:
    evidence: JsonObject = {"a": "x" * (MAX_EVIDENCE - 8)}

    assert read({**FULL, "action": "complete_phase", "evidence": evidence}).evidence == evidence


@pytest.mark.parametrize("depth", [65, 300, 20_000])
def test_evidence_nested_too_deep_is_refused_however_deep_it_is(depth: int) -> None:
    nested: Json = 1
    for _ in range(depth):
        nested = [nested]

    assert "nested deeper than" in said(**{**FULL, "action": "complete_phase", "evidence": {"a": nested}})


@pytest.mark.parametrize("value", [10**30, "\ud800"])
def test_evidence_json_cannot_say_is_refused(value: Json) -> None:
    assert "JSON cannot say" in said(**{**FULL, "action": "complete_phase", "evidence": {"a": value}})


@pytest.mark.parametrize("workflow_type", ["../../../etc/passwd", "/etc/passwd", "..", "a/b", "a\\b", "C:\\x"])
def test_a_workflow_named_like_a_path_is_a_directory_traversal(workflow_type: str) -> None:
    assert "directory traversal" in said(action="start", workflow_type=workflow_type, target_file="a.py")


@pytest.mark.parametrize("name", ["reason", "checkpoint_note", "category", "target_file", "cursor", "workflow_type"])
def test_texts_are_bounded_and_hold_no_control_characters(name: str) -> None:
    assert f"{name} has" in said(**{**FULL, "action": "pause", name: "x" * 5_000})
    assert f"{name} holds control characters" in said(**{**FULL, "action": "pause", name: "a\x00b"})


def test_a_status_nobody_has_is_refused_with_those_there_are() -> None:
    assert all(status in said(action="list_sessions", status="running") for status in STATUSES)


def test_an_unknown_argument_is_refused_with_the_nearest_name() -> None:
    assert "did you mean 'session_id'?" in said(action="list_sessions", sesion_id=SESSION)


def test_every_optional_argument_may_be_left_out() -> None:
    for action, needs in NEEDS.items():
        given = read({"action": action, **{name: FULL[name] for name in needs}})
        assert (given.cursor, given.approval, given.limit, given.reset_evidence) == (None, None, 100, False)


def test_a_message_keeps_its_first_line_and_no_path_of_this_machine() -> None:
    assert one_line("cannot read /var/lib/x/y.db: no\nTraceback /a/b") == "cannot read [path]: no"
    assert one_line("") == ""
    assert (
        one_line("see docs://aos_workflow and step loop@1/other::x")
        == "see docs://aos_workflow and step loop@1/other::x"
    )


def test_the_tool_is_listed_in_few_words() -> None:
    listed = orjson.dumps([TOOL, aos_workflow.DESCRIPTION, INPUT_SCHEMA])

    assert len(listed) / 4 <= 700
