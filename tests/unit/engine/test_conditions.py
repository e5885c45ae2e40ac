import pytest

from engine.conditions import gaps, holds, read_condition, weigh
from engine.errors import CriterionError
from engine.operators import OPERATORS, is_word, number
from engine.variables import outermost
from schema.values import Json, JsonObject


def decided(condition: JsonObject, **context: Json) -> bool:
    return holds(read_condition(condition), outermost(context))


def weighed(condition: JsonObject, **context: Json) -> bool | None:
    return weigh(read_condition(condition), outermost(context))


def missing(condition: JsonObject, **context: Json) -> dict[str, list[Json]]:
    return gaps(read_condition(condition), outermost(context))


@pytest.mark.parametrize(
    ("value", "operand", "expected"),
    [
        ("Large", " large ", True),
        ("STRASSE", "straße", True),
        ("4", 4, True),
        (4, "4.0", True),
        (" 4e0 ", 4, True),
        ("four", 4, False),
        ("1_0", 10, False),
        ("nan", "nan", True),
        (2**53 + 1, str(2**53), False),
        (True, "yes", True),
        ("TRUE", True, True),
        ("1", True, True),
        (1, True, True),
        (1.0, True, True),
        ("no", False, True),
        ("0", False, True),
        (0, False, True),
        (2, True, False),
        ("maybe", True, False),
        ("maybe", False, False),
        ([], False, False),
        (None, None, True),
        (None, "", False),
        (None, False, False),
        (0, None, False),
        ([1, "A"], ["1", "a"], True),
        ([1], [1, 2], False),
        ({"a": "X"}, {"a": "x"}, True),
        ({"a": 1}, {"b": 1}, False),
        ([1], "1", False),
        ({}, [], False),
    ],
)
def test_equals_is_kind_and_works_both_ways(value: Json, operand: Json, expected: bool) -> None:
    assert decided({"var": "x", "equals": operand}, x=value) is expected
    assert decided({"var": "x", "equals": value}, x=operand) is expected
    assert decided({"var": "x", "not_equals": operand}, x=value) is not expected


@pytest.mark.parametrize(
    ("operator", "operand", "yes", "no"),
    [
        ("gt", 3, [4, "4", 3.5], [3, 2, "three", None, True, [4]]),
        ("gte", 3, [3, "3"], [2.9, None]),
        ("lt", 3, [2, "-1"], [3, None, False]),
        ("lte", 3, [3, "3.0"], [3.1, None]),
        ("in", ["Small", 4, True], ["small", "4", "yes"], ["large", 5, None, []]),
        ("in", "Small", [], ["small"]),
        ("contains", "Err", ["an error", ["x", "ERR"]], ["fine", None, 4, ["error"]]),
        ("contains", 4, [[1, "4"]], ["a4", 4]),
        ("startsWith", "re: ", [" RE: hello"], ["hello re:", None, ["re:"]]),
        ("endsWith", ".PY ", ["main.py"], ["main.pyc", 4]),
        ("matches", "^v\\d+$", ["V12"], ["v12\n", "xv12", 12, None]),
        ("matches", 4, [], ["4"]),
        ("startsWith", 4, [], ["4"]),
        ("gt", "many", [], [4]),
    ],
)
def test_each_operator_holds_for_what_it_says(operator: str, operand: Json, yes: list[Json], no: list[Json]) -> None:
    assert [decided({"var": "x", operator: operand}, x=value) for value in yes] == [True] * len(yes)
    assert [decided({"var": "x", operator: operand}, x=value) for value in no] == [False] * len(no)


def test_a_bare_variable_asks_for_truth_as_javascript_does() -> None:
    truths: list[Json] = [1, "a", "false", True, [], {}, -0.5]
    assert all(decided({"var": "x"}, x=value) for value in truths)
    assert not any(decided({"var": "x"}, x=value) for value in (0, "", False, None, 0.0))


def test_all_present_parts_must_hold() -> None:
    between: JsonObject = {"var": "n", "gte": 1, "lte": 5}
    assert decided(between, n=3)
    assert not decided(between, n=6)
    mixed: JsonObject = {"var": "n", "gt": 1, "or": [{"var": "a"}, {"var": "b"}], "not": {"var": "c"}}
    assert decided(mixed, n=2, b=1)
    assert not decided(mixed, n=2)
    assert not decided(mixed, n=2, b=1, c=1)
    assert not decided({"and": [{"var": "a"}, {"var": "b"}]}, a=1)


def test_empty_and_absent_conditions_hold() -> None:
    assert decided({})
    assert holds(read_condition(None), outermost({}))
    assert decided({"and": []})
    assert not decided({"or": []})


def test_operators_without_a_variable_say_nothing() -> None:
    assert decided({"equals": 4})


def test_a_missing_variable_is_null_for_selection() -> None:
    assert decided({"var": "x", "not_equals": "a"})
    assert decided({"not": {"var": "x", "equals": "a"}})
    assert decided({"var": "x", "equals": None})
    assert not decided({"var": "x", "not_equals": None})


def test_a_comparison_on_a_missing_variable_is_unknown_unless_it_asks_about_null() -> None:
    assert [weighed({"var": "x", operator: 1}) for operator in OPERATORS] == [None] * len(OPERATORS)
    assert weighed({"var": "x"}) is None
    assert weighed({"var": "x"}, x=None) is None
    assert weighed({"var": "x", "equals": None}) is True
    assert weighed({"var": "x", "not_equals": None}) is False
    assert weighed({"var": "x", "in": None}) is None


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"and": [{"var": "no"}, {"var": "x"}]}, False),
        ({"and": [{"var": "x"}, {"var": "no"}]}, False),
        ({"and": [{"var": "yes"}, {"var": "x"}]}, None),
        ({"and": [{"var": "yes"}, {"var": "yes"}]}, True),
        ({"or": [{"var": "no"}, {"var": "x"}]}, None),
        ({"or": [{"var": "x"}, {"var": "yes"}]}, True),
        ({"or": [{"var": "no"}, {"var": "no"}]}, False),
        ({"not": {"var": "x"}}, None),
        ({"not": {"var": "yes"}}, False),
        ({"not": {"var": "no"}}, True),
    ],
)
def test_and_or_not_join_unknowns_as_in_sql(condition: JsonObject, expected: bool | None) -> None:
    assert weighed(condition, yes=1, no=0) is expected


def test_missing_variables_are_named_with_the_values_that_would_satisfy() -> None:
    assert missing({"var": "size", "equals": "Large"}) == {"size": ["Large"]}
    assert missing({"var": "plan.size", "in": ["M", "L"]}) == {"plan.size": ["M", "L"]}
    assert missing({"var": "size", "gt": 3}) == {"size": []}
    assert missing({"or": [{"var": "s", "equals": 1}, {"var": "s", "in": [1, 2]}]}) == {"s": [1, 2]}
    assert missing({"not": {"not": {"var": "s", "equals": 1}}}) == {"s": [1]}
    assert missing({"not": {"var": "s", "not_equals": 1}}) == {"s": [1]}
    assert missing({"not": {"var": "s", "equals": 1}}) == {"s": []}
    assert missing({"not": {"var": "s", "in": [1]}}) == {"s": []}
    assert missing({"var": "s", "in": "text"}) == {"s": []}
    assert missing({"var": "s", "not_equals": 1}) == {"s": []}


def test_values_are_named_up_to_a_limit() -> None:
    many: JsonObject = {"and": [{"var": "s", "in": list(range(40))}, {"var": "s", "in": list(range(30, 90))}]}
    assert missing(many) == {"s": [*range(50)]}
    assert missing({"var": "s", "in": list(range(900))}) == {"s": [*range(50)]}


def test_a_bare_missing_variable_would_be_satisfied_by_true() -> None:
    assert missing({"var": "ready"}) == {"ready": [True]}
    assert missing({"not": {"var": "ready"}}) == {"ready": []}


def test_only_variables_that_keep_a_condition_unknown_are_named() -> None:
    assert missing({"and": [{"var": "a"}, {"or": [{"var": "yes"}, {"var": "b"}]}]}, yes=1) == {"a": [True]}
    assert missing({"and": [{"var": "a"}, {"var": "no"}]}, no=0) == {}


def test_a_pattern_that_hits_its_limit_is_named_by_its_variable() -> None:
    with pytest.raises(CriterionError) as refused:
        decided({"var": "log.text", "matches": "^(a+)+$"}, log={"text": "a" * 40 + "b"})
    assert refused.value.field == "log.text"
    assert "20 ms" in refused.value.details


def test_numbers_are_read_without_surprises() -> None:
    assert number("9" * 5000) is None
    assert number(None) is None
    assert number("-1.5e3") == -1500.0
    assert not is_word(" NO ")


def test_a_text_is_an_expression_and_holds_where_its_value_is_truthy() -> None:
    condition = read_condition("state.n > 3 && state.name === 'x'")
    assert holds(condition, outermost({"n": 5, "name": "x"}))
    assert not holds(condition, outermost({"n": 5, "name": "y"}))
    assert holds(
        read_condition({"and": ["n > 3", {"not": "flag"}, {"or": ["flag", "list"]}]}), outermost({"n": 4, "list": []})
    )


def test_an_expression_is_never_unknown_and_asks_for_nothing() -> None:
    condition = read_condition("state.n > 3")
    assert weigh(condition, outermost({})) is False
    assert weigh(read_condition("state.n"), outermost({"n": 1})) is True
    assert gaps(condition, outermost({})) == {}
    mixed = read_condition({"and": ["state.n === undefined", {"var": "m", "equals": 1}]})
    assert weigh(mixed, outermost({})) is None
    assert gaps(mixed, outermost({})) == {"m": [1]}


def test_an_expression_without_a_value_is_an_error_that_says_what_was_undefined() -> None:
    for text in ("state.gone.x > 3", "state.gone.x"):
        with pytest.raises(CriterionError) as refused:
            holds(read_condition({"not": text}), outermost({}))
        assert refused.value.field == text
        assert refused.value.details.startswith("state.gone is undefined")
        assert "Mend the expression" in refused.value.message()
