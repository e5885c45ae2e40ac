"""Shell lines with values, as real shells read them: whatever a value is, it stays one text."""

import subprocess
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sessions.effect_lines import UnquotableError, bound
from engine.template import parse

BOUND_S: Final = 30
PLACES: Final = (
    "printf %s {{ x }}",
    'printf %s "{{ x }}"',
    "printf %s '{{ x }}'",
    "printf %s a\\'{{ x }}",
    'printf %s "a\\"{{ x }}"',
    "printf %s 'a\\'{{ x }}",
)
"""Lines with one value, in every kind of quotes; those with escapes write something before it."""
BEFORE: Final = ("", "", "", "a'", 'a"', "a\\")
HOSTILE: Final = (
    "$(echo no)",
    "`echo no`",
    "'; echo no; '",
    '"; echo no; "',
    "*",
    "a  b",
    "\\",
    "",
    "-n",
    "${HOME}",
    "\n",
)


def shown(line: str, value: str) -> str:
    """Run a line with a value, and give what it writes."""
    text, slots = bound(parse(line))
    env = {name: value for name, _ in slots}
    said = subprocess.run(["/bin/sh", "-c", text], env=env, capture_output=True, timeout=BOUND_S, check=True)
    return said.stdout.decode()


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_one_text_in_every_kind_of_quotes(value: str) -> None:
    assert [shown(line, value) for line in PLACES] == [before + value for before in BEFORE]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20), st.sampled_from(range(len(PLACES))))
def test_any_value_is_one_text(value: str, place: int) -> None:
    assert shown(PLACES[place], value) == BEFORE[place] + value


NESTED: Final = (
    'printf %s "$(printf %s "{{ x }}"; echo .)"',
    "printf %s \"$(printf %s '{{ x }}'; echo .)\"",
    'printf %s "$(printf %s {{ x }}; echo .)"',
    'printf "%s." "{{ x }}" # it is \'quoted\'',
    "true # it's said\nprintf %s. {{ x }}",
    "(printf %s. {{ x }})",
    "printf %s a\\ #'{{ x }}'.",
    "case {{ x }} in no) ;; *) printf %s. {{ x }};; esac",
)
"""Lines whose quotes lie in one another, or are none; each writes a dot behind the value."""


@pytest.mark.parametrize("line", NESTED)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_one_text_in_quotes_within_quotes_and_behind_comments(line: str, value: str) -> None:
    assert shown(line, value).removeprefix("a #") == value + "."


@pytest.mark.parametrize(
    "line",
    [
        "cat <<END\n{{ x }}\nEND",
        "cat <<'END'\n{{ x }}\nEND",
        "echo `printf %s {{ x }}`",
        "echo $(( {{ x }} + 1 ))",
        'echo "$(({{ x }}))"',
        "echo ${HOME:-{{ x }}}",
        "echo ${HOME:-'a'} {{ x }}",
        "echo $'a' {{ x }}",
        "echo $(case a in a) echo b;; esac) {{ x }}",
    ],
)
def test_where_nobody_can_tell_what_a_shell_makes_of_a_value_there_is_no_line(line: str) -> None:
    with pytest.raises(UnquotableError):
        bound(parse(line))


def test_each_slot_has_a_variable_of_its_own() -> None:
    text, slots = bound(parse("a {{ x }} b {{ y.z }}"))
    assert text == 'a "${WF_1}" b "${WF_2}"'
    assert [(name, value.parts[0]) for name, value in slots] == [
        ("WF_1", parse("{{ x }}").parts[0]),
        ("WF_2", parse("{{ y.z }}").parts[0]),
    ]


def test_a_line_without_slots_is_not_touched() -> None:
    assert bound(parse("ls 'it''s' | wc")) == ("ls 'it''s' | wc", ())
