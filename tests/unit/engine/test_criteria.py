import pytest

from engine.criteria import NOTHING_SAID, Verdict, read_criteria, validate_output
from engine.errors import CriterionError
from engine.variables import outermost
from schema.values import Json, JsonObject


def rule(kind: str, message: str = "no", **keys: Json) -> JsonObject:
    return {"type": kind, "message": message, **keys}


def verdict(criteria: Json, output: str, **context: Json) -> Verdict:
    return validate_output(read_criteria(criteria), output, outermost(context))


def is_valid(criteria: Json, output: str, **context: Json) -> bool:
    return not verdict(criteria, output, **context).issues


@pytest.mark.parametrize("criteria", [None, []])
def test_without_criteria_only_a_blank_output_is_invalid(criteria: Json) -> None:
    assert is_valid(criteria, "x")
    assert verdict(criteria, " \n\t").issues == (NOTHING_SAID,)


@pytest.mark.parametrize(
    ("criterion", "yes", "no"),
    [
        (rule("contains", value="Done"), ["It is Done."], ["it is done", ""]),
        (rule("regex", pattern="^\\d+$"), ["12"], ["12\n", "a"]),
        (rule("regex", pattern="ok", flags="i"), ["OK"], ["no"]),
        (rule("length", min=2, max=3), ["ab", "😀😀😀"], ["a", "abcd"]),
        (rule("length", min=1), ["x" * 9999], [""]),
        (rule("length", max=1), ["", "é"], ["ab"]),
        (
            rule("schema", schema={"type": "object", "required": ["a"]}),
            ['{"a": 1}'],
            ['{"b": 1}', "[]", "a", "", "NaN"],
        ),
        (rule("schema", schema={"type": "array"}), ["[]"], ["[" * 9000, "9" * 9000]),
    ],
)
def test_each_check_holds_for_what_it_says(criterion: JsonObject, yes: list[str], no: list[str]) -> None:
    assert [is_valid([criterion], output) for output in yes] == [True] * len(yes)
    assert [is_valid([criterion], output) for output in no] == [False] * len(no)
    assert [is_valid({"not": criterion}, output) for output in no] == [True] * len(no)


def test_every_failing_rule_reports_its_message_and_what_to_do() -> None:
    found = verdict([rule("contains", "Name it.", value="name"), rule("length", "Say more.", min=9)], "short")
    assert found.issues == ("Name it.", "Say more.")
    assert found.suggestions == (
        "The output must have the text 'name' (case counts).",
        "The output has 5 characters; at least 9 are needed.",
    )


def test_a_message_that_is_empty_gives_way_to_the_reason() -> None:
    assert verdict([rule("length", "", max=1)], "ab").issues == ("The output has 2 characters; at most 1 are allowed.",)


def test_each_violation_of_a_schema_is_named_up_to_a_limit() -> None:
    schema: JsonObject = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["m"]}
    found = verdict([rule("schema", schema=schema)], '{"n": "x"}')
    assert [each.split(":")[0] for each in found.suggestions] == ["At /n", "At the top"] or len(found.suggestions) == 2
    many = verdict([rule("schema", schema={"items": {"type": "string"}})], "[" + ",".join("1" * 50) + "]")
    assert len(many.suggestions) == 20


def test_a_rule_whose_condition_is_false_is_skipped() -> None:
    criteria: Json = [rule("contains", value="tests", condition={"var": "kind", "equals": "code"})]
    assert is_valid(criteria, "x", kind="text")
    assert not is_valid(criteria, "x", kind="code")
    assert verdict(criteria, "  ").issues == (NOTHING_SAID,)


A, B = rule("contains", "say a", value="a"), rule("contains", "say b", value="b")
SKIPPED = rule("contains", "say c", value="c", condition={"var": "never"})


@pytest.mark.parametrize(
    ("criteria", "output", "expected"),
    [
        ({"and": [A, B]}, "ab", True),
        ({"and": [A, B]}, "a", False),
        ({"or": [A, B]}, "b", True),
        ({"or": [A, B]}, "x", False),
        ({"not": A}, "b", True),
        ({"not": A}, "a", False),
        ({"not": {"or": [A, B]}}, "b", False),
        ({"not": {"and": [A, B]}}, "b", True),
        ({"or": [{"and": [A, B]}, {"not": A}]}, "a", False),
        ({"and": [A, SKIPPED]}, "a", True),
        ({"or": [B, SKIPPED]}, "a", False),
        ({"or": [SKIPPED]}, "a", True),
        ({"not": SKIPPED}, "a", True),
        ({"and": [SKIPPED]}, " ", False),
    ],
)
def test_compositions_hold_as_their_parts_do(criteria: Json, output: str, expected: bool) -> None:
    assert is_valid(criteria, output) is expected


def test_an_or_says_of_each_branch_why_it_failed() -> None:
    found = verdict({"or": [A, {"and": [B, rule("length", "longer", min=5)]}]}, "x")
    (issue,) = found.issues
    assert issue == (
        "None of the 2 alternatives holds: (1) say a [The output must have the text 'a' (case counts).]; "
        "(2) say b [The output must have the text 'b' (case counts).], "
        "longer [The output has 1 characters; at least 5 are needed.]"
    )
    assert len(found.suggestions) == 3


def test_a_not_says_what_must_not_be_there() -> None:
    assert verdict({"not": A}, "a") == Verdict(
        ("say a",), ("The output must not have the text 'a' (case counts).",), ()
    )
    every = rule("schema", schema={}), rule("length", min=1), rule("regex", pattern="1", flags="i")
    found = verdict({"not": {"and": [{"or": [*every]}, {"not": A}]}}, "1")
    (issue,) = found.issues
    assert issue == (
        "This must not hold: ((JSON that fits the schema or a length of at least 1 or a match of /1/i) "
        "and anything but the text 'a' (case counts))."
    )


def test_a_long_value_is_shortened_in_messages() -> None:
    found = verdict([rule("contains", value="v" * 500)], "x")
    assert len(found.suggestions[0]) < 300


@pytest.mark.parametrize("kind", ["contains", "regex", "length", "schema"])
def test_a_rule_of_an_older_document_without_its_parameter_is_not_applied(kind: str) -> None:
    found = verdict([rule(kind)], "x")
    assert found.issues == ()
    assert found.warnings[0].startswith(f"validationCriteria/0: the {kind} rule has no ")
    nested = verdict({"not": {"and": [rule(kind), A]}}, "a")
    assert len(nested.issues) == 1


ITEMS: JsonObject = {"items": {"$ref": "#"}}
TWICE: JsonObject = {"anyOf": [ITEMS, ITEMS]}


@pytest.mark.parametrize(
    ("criterion", "told", "advice"),
    [
        (rule("regex", pattern="^(a+)+$"), "20 ms", "Simplify its pattern or shorten the output."),
        (rule("regex", pattern="("), "not a regular expression", "Mend its pattern in the workflow's file."),
        (rule("schema", schema={"type": "whole"}), "its schema cannot be used", "Mend its schema in the workflow's"),
        (rule("schema", schema=TWICE), "applies itself more than once", "Mend its schema in the workflow's"),
    ],
)
def test_a_criterion_that_cannot_be_evaluated_is_an_error_of_its_own(
    criterion: JsonObject, told: str, advice: str
) -> None:
    output = "a" * 40 + "b" if criterion["type"] == "regex" else "1"
    with pytest.raises(CriterionError) as refused:
        verdict({"and": [{"not": criterion}]}, output)
    assert refused.value.field == "validationCriteria/and/0/not"
    assert told in refused.value.details
    assert advice in refused.value.message()


@pytest.mark.parametrize(
    "criterion", [rule("regex", pattern="^1"), rule("schema", schema={"type": "integer"})], ids=["regex", "schema"]
)
def test_a_step_of_more_patterns_and_schemas_than_one_verdict_may_take_is_refused(criterion: JsonObject) -> None:
    assert is_valid([criterion] * 99, "1")
    with pytest.raises(CriterionError) as refused:
        verdict([criterion] * 101, "1")
    assert "Give the step fewer or simpler rules, or shorten the output." in refused.value.message()


def test_a_heavy_schema_and_a_long_output_are_refused_together_and_each_alone_is_fine() -> None:
    heavy: JsonObject = {"items": {"enum": list(range(20_000))}}
    assert is_valid([rule("schema", schema=heavy)], "[1, 2, 3]")
    assert is_valid([rule("schema", schema={"items": {"type": "integer"}})], str([1] * 3_000))
    with pytest.raises(CriterionError):
        verdict([rule("schema", schema=heavy)], str([1] * 3_000))


def test_millions_of_violations_are_told_as_one() -> None:
    schema: JsonObject = {"items": {"required": [f"k{number}" for number in range(300)]}}
    found = verdict([rule("schema", schema=schema)], str([{}] * 3_000))
    assert found.suggestions == ("The output does not fit the schema; both are too large to say where.",)
