import pytest

from engine.definition import Slot
from engine.errors import ArgumentError
from engine.template import Filled, as_text, fill, is_closed, join, parse
from engine.template_slots import MAX_UNCLOSED
from engine.variables import outermost
from schema.values import Json


def filled(text: str, **context: Json) -> Filled:
    return fill(parse(text), outermost(context))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi {{name}}!", "Hi Ann!"),
        ("{{ name }}{{name}}", "AnnAnn"),
        ("{{list[1]}}", 2),
        ("a {{list}}", "a [1,2]"),
        ("{{list}}", [1, 2]),
        ("{{flag}} {{number}}", "true 2"),
        ("{{number}}", 2.0),
        (r"\{{name}}", "{{name}}"),
        (r"\{{name}} {{name}}", "{{name}} Ann"),
        (r"\\{{name}}", r"\{{name}}"),
        ("{{ name + 1 }}", "{{ name + 1 }}"),
        ("x {{ '}}' }} y", "x {{ '}}' }} y"),
        ('{{ list["}}"] }} {{name}}', '{{ list["}}"] }} Ann'),
        (r"{{ 'it\'s }}' }} {{name}}", r"{{ 'it\'s }}' }} Ann"),
        ("{{ {a: {}} }} {{name}}", "{{ {a: {}} }} Ann"),
        ("{{ (name }} {{name}}", "{{ (name }} Ann"),
        ("{{ user's }} and {{name}}", "{{ user's }} and Ann"),
        (r"{{ user's }} \{{name}} {{name}}", "{{ user's }} {{name}} Ann"),
        ("{{ [) ] }} {{name}}", "{{ [) ] }} Ann"),
        ("{{ ) name }} {{name}}", "{{ ) name }} Ann"),
        ("{{ } }} {{name}}", "{{ } }} Ann"),
        ("{{{name}}}", "{{{name}}}"),
        ("{{}} {{name}}", "{{}} Ann"),
        ("{{ name", "{{ name"),
        ("}} {{name}}", "}} Ann"),
        ("{ {name} }", "{ {name} }"),
        ("", ""),
        ("plain", "plain"),
        ("{{\nname\n}} x", "Ann x"),
    ],
)
def test_a_text_is_filled_in(text: str, expected: Json) -> None:
    result = filled(text, name="Ann", list=[1, 2], flag=True, number=2.0)
    assert result.value == expected
    assert type(result.value) is type(expected)


def test_what_has_no_value_stays_as_written_and_is_named_once() -> None:
    result = filled("{{ plan.size }} {{gone}} {{plan.size}} {{gone}} {{ a + b }}", gone=None)
    assert result.value == "{{ plan.size }} {{gone}} {{plan.size}} {{gone}} {{ a + b }}"
    assert result.missing == ("plan.size", "gone")
    assert filled("{{gone}}").missing == ("gone",)
    assert filled("{{ a + b }}").missing == ()


def test_neighbouring_texts_become_one_part() -> None:
    assert join(["a", parse("b{{c}}"), "d", parse("e"), parse("")]).parts == ("ab", Slot("{{c}}", ("c",)), "de")
    assert fill(join([]), outermost({})).value == ""


def test_values_stand_in_texts_as_json() -> None:
    assert as_text({"a": "ü"}) == '{"a":"ü"}'
    assert as_text(2.5) == "2.5"
    assert as_text(None) == "null"
    assert as_text(1e300) == str(int(1e300))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("{{a}}", True),
        (r"\{{", True),
        ("{{a}} {{b", False),
        ("{{", False),
        (r"\{{ {{a}} \{{", True),
        ("{{ user's }} {{a}}", False),
    ],
)
def test_an_opening_without_an_end_is_noticed(text: str, expected: bool) -> None:
    assert is_closed(text) is expected


def test_a_slot_behind_an_opening_without_an_end_is_named_when_it_has_no_value() -> None:
    assert filled("{{ user's }} and {{b}}").missing == ("b",)


def test_a_long_text_of_openings_is_given_up_after_a_few_looks() -> None:
    assert parse("{{" * 100_000).parts == ("{{" * 100_000,)
    few, many = "{{(" * (MAX_UNCLOSED - 1), "{{(" * MAX_UNCLOSED
    assert filled(few + "{{name}}", name="Ann").value == few + "Ann"
    assert filled(many + "{{name}}", name="Ann").value == many + "{{name}}"


def test_values_that_would_fill_a_text_beyond_its_limit_are_refused_before_it_is_built() -> None:
    scope = outermost({"x": "y" * 100_000})
    assert len(str(fill(parse("{{x}} and {{x}}"), scope).value)) == 200_005
    with pytest.raises(ArgumentError) as caught:
        fill(parse("{{x}} " * 1_600), scope)
    assert caught.value.path == "context"
