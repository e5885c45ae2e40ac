import pytest

from engine.completed import read_completed
from engine.definition import Workflow
from engine.errors import ArgumentError, StepNotFoundError
from engine.variables import outermost
from schema.values import Json, JsonObject
from tests.unit.engine.flows import each, flow, loop, prompt, times, while_

ON: JsonObject = {"var": "on", "equals": True}
NESTED = flow(
    prompt("first"),
    loop("outer", each("teams", itemVar="team"), [loop("inner", each("team"), [prompt("greet")]), prompt("part")]),
    loop("again", while_(ON), [prompt("try-it"), loop("twice", times(2), [prompt("look")])]),
    prompt("last"),
)
TEAMS: list[Json] = [["a", "b"], [], ["c"]]


def read(workflow: Workflow, *entries: str, **context: Json) -> set[str]:
    return read_completed(workflow, entries, outermost(context))[0].keys


def test_ids_outside_loops_and_keys_are_themselves() -> None:
    assert read(NESTED, "first", "outer@1::part", "last") == {"first", "outer@1::part", "last"}


def test_a_plain_id_in_loops_is_the_next_instance_behind_the_one_read_last() -> None:
    keys = read(NESTED, "first", "greet", "greet", "part", "part", "greet", teams=TEAMS)
    assert keys == {
        "first",
        "outer@0/inner@0::greet",
        "outer@0/inner@1::greet",
        "outer@0::part",
        "outer@1::part",
        "outer@2/inner@0::greet",
    }


def test_a_plain_id_skips_instances_whose_condition_does_not_hold() -> None:
    workflow = flow(loop("rep", each("files"), [prompt("aaa", runCondition={"var": "currentItem"})]))
    assert read(workflow, "aaa", "aaa", files=[0, 1, 0, 1]) == {"rep@1::aaa", "rep@3::aaa"}


def test_a_plain_id_skips_loops_whose_condition_does_not_hold() -> None:
    inner = loop("inner", times(1), [prompt("aaa")], runCondition={"var": "currentItem"})
    workflow = flow(loop("rep", each("files"), [inner]))
    assert read(workflow, "aaa", files=[0, 1]) == {"rep@1/inner@0::aaa"}


def test_a_plain_id_without_an_eligible_instance_behind_is_the_next_one() -> None:
    workflow = flow(loop("rep", each("files"), [prompt("aaa", runCondition={"var": "currentItem"})]))
    assert read(workflow, "aaa", "aaa", "aaa", files=[0, 1, 0]) == {"rep@1::aaa", "rep@2::aaa", "rep@0::aaa"}


def test_a_plain_id_behind_the_last_instance_is_the_first_not_yet_done() -> None:
    workflow = flow(loop("rep", times(3), [prompt("aaa")]), prompt("end"))
    assert read(workflow, "rep@0::aaa", "end", "aaa") == {"rep@0::aaa", "end", "rep@1::aaa"}


def test_a_plain_id_with_every_pass_done_is_not_counted_and_warned_of() -> None:
    workflow = flow(loop("rep", times(1), [prompt("aaa")]))
    done, warnings = read_completed(workflow, ("aaa", "aaa"), outermost({}))
    assert done.keys == {"rep@0::aaa"}
    assert warnings == ("completedSteps/1: every pass with aaa is done already; it was not counted",)


def test_a_plain_id_finds_its_pass_when_the_list_is_not_sent() -> None:
    assert read(NESTED, "part", "part") == {"outer@0::part", "outer@1::part"}


def test_a_while_offers_all_its_passes_to_plain_ids_whatever_its_test_says_now() -> None:
    keys = read(NESTED, "try-it", "look", "look", "try-it", "look", on=False)
    assert keys == {
        "again@0::try-it",
        "again@0/twice@0::look",
        "again@0/twice@1::look",
        "again@1::try-it",
        "again@1/twice@0::look",
    }


def test_the_id_of_an_inner_loop_closes_it_in_the_pass_read_last() -> None:
    assert read(NESTED, "try-it", "twice", "try-it", "twice") == {
        "again@0::try-it",
        "again@0::twice",
        "again@1::try-it",
        "again@1::twice",
    }


def test_a_key_moves_the_place_behind_which_plain_ids_are_looked_for() -> None:
    workflow = flow(loop("rep", times(5), [prompt("aaa"), prompt("bbb")]))
    assert read(workflow, "rep@3::aaa", "bbb", "aaa") == {"rep@3::aaa", "rep@3::bbb", "rep@4::aaa"}
    back = read(workflow, "aaa", "aaa", "aaa", "rep@0::bbb", "aaa")
    assert back == {"rep@0::aaa", "rep@1::aaa", "rep@2::aaa", "rep@0::bbb"}


def test_an_entry_sent_twice_counts_once() -> None:
    done, _ = read_completed(NESTED, ("first", "first", "outer@0::part", "outer@0::part"), outermost({}))
    assert done.prompts == 2
    assert done.reached == {"outer": 0}


def test_the_highest_pass_with_something_done_is_known_whatever_the_order() -> None:
    done, _ = read_completed(NESTED, ("outer@2::part", "outer@0::part"), outermost({}))
    assert done.reached == {"outer": 2}


@pytest.mark.parametrize(
    "entry",
    [
        "nothing",
        "frist",
        "outer@0::first",
        "outer@0::last::part",
        "outer::part",
        "outer@00::part",
        "outer@-1::part",
        "other@0::part",
        "outer@10::part",
        "outer@0/inner@0::part",
        "outer@0::greet",
        "outer@99999999999::part",
        "::first",
        "::",
        "",
        "x" * 100_000,
    ],
)
def test_an_entry_that_names_nothing_is_refused(entry: str) -> None:
    with pytest.raises(StepNotFoundError) as refused:
        read(NESTED, entry)
    assert refused.value.data() == {"stepId": entry[:80], "workflowId": "flow"}


def test_a_refused_entry_says_what_was_meant() -> None:
    with pytest.raises(StepNotFoundError, match="did you mean 'first'") as unknown:
        raise_with_message("frist")
    assert unknown.value.reason
    with pytest.raises(StepNotFoundError) as frame:
        read(NESTED, "other@0::part")
    assert "outer@" in frame.value.message()
    with pytest.raises(StepNotFoundError) as late:
        read(NESTED, "outer@10::part")
    assert "maxIterations is 10" in late.value.message()
    with pytest.raises(StepNotFoundError) as form:
        read(NESTED, "part@0::first")
    assert "its key is first" in form.value.message()
    with pytest.raises(StepNotFoundError) as shape:
        read(NESTED, "outer@0::greet")
    assert "outer@N/inner@N::greet" in shape.value.message()


def raise_with_message(entry: str) -> None:
    """Raise the refusal again with its user message as text."""
    try:
        read(NESTED, entry)
    except StepNotFoundError as error:
        error.args = (error.message(),)
        raise


def test_a_plain_id_in_a_while_that_is_itself_in_a_loop_is_refused_naming_the_key() -> None:
    inner = loop("inner", while_(ON), [prompt("aaa"), loop("deep", times(1), [prompt("bbb")])])
    workflow = flow(loop("outer", times(2), [inner, prompt("end")]))
    with pytest.raises(ArgumentError) as refused:
        read(workflow, "end", "aaa", on=True)
    assert refused.value.path == "completedSteps/1"
    assert "outer@1/inner@0::aaa" in refused.value.details
    with pytest.raises(ArgumentError):
        read(workflow, "bbb", on=True)
    assert read(workflow, "end", "inner") == {"outer@0::end", "outer@1::inner"}


def test_a_refused_plain_id_without_any_open_pass_names_where_keys_come_from() -> None:
    workflow = flow(loop("outer", times(0), [loop("inner", while_(ON), [prompt("aaa")])]))
    with pytest.raises(ArgumentError) as refused:
        read(workflow, "aaa")
    assert "send the stepKey of the answer" in refused.value.details


def test_more_entries_than_a_call_may_have_are_refused() -> None:
    assert read(NESTED, *["first"] * 10_000) == {"first"}
    with pytest.raises(ArgumentError):
        read(NESTED, *["first"] * 10_001)


def test_more_passes_than_a_call_looks_at_are_refused() -> None:
    inner = loop("inner", times(200, maxIterations=1000), [prompt("aaa", runCondition={"var": "off"})])
    workflow = flow(loop("outer", times(100, maxIterations=100), [inner]))
    with pytest.raises(ArgumentError):
        read(workflow, "aaa", off=False)
