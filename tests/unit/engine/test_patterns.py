import gc
import threading
import time

import pytest

from engine.patterns import PatternError, fault, matches

BOMB = ("^(a+)+$", "", "a" * 40 + "b")


@pytest.mark.parametrize(
    ("pattern", "flags", "text", "expected"),
    [
        ("b", "", "abc", True),
        ("^B$", "i", "b", True),
        ("^a$", "", "a\n", False),
        ("^b$", "m", "a\nb", True),
        (r"\d", "", "٣", False),
        (r"\w", "", "é", False),
        (r"\p{L}", "u", "é", True),
        ("^.$", "", "😀", False),
        ("^.$", "u", "😀", True),
        ("(?<=a)b", "", "ab", True),
        ("a", "g", "a", True),
        ("a", "y", "ba", False),
        ("a\0b", "", "xa\0b", True),
        ("^$", "", "", True),
        (r"\ud800", "", "x\ud800", True),
        ("x", "", "\udfff x", True),
        ('"\\); throw 1; //', "", "a", False),
    ],
)
def test_patterns_mean_what_ecmascript_says(pattern: str, flags: str, text: str, expected: bool) -> None:
    assert matches(pattern, flags, text) is expected
    assert matches(pattern, flags, text) is expected


def test_a_match_beyond_its_time_is_stopped_and_the_next_one_works() -> None:
    started = time.thread_time()
    with pytest.raises(PatternError, match="more than 20 ms"):
        matches(*BOMB)
    assert time.thread_time() - started < 1
    assert matches("a+", "", "xaa")


def test_a_pattern_beyond_its_memory_is_refused_and_the_next_one_works() -> None:
    assert "memory" in str(fault("(?:" * 2000 + "a" + ")" * 2000))
    assert "memory" in str(fault(r"\p{L}" * 1600, "iu"))
    assert matches("a", "", "a")


@pytest.mark.parametrize(("pattern", "flags"), [("(", ""), ("a", "q"), ("a", "gg"), ("a{2,1}", ""), (r"\p{X}", "u")])
def test_what_is_no_regular_expression_is_said_to_be_none(pattern: str, flags: str) -> None:
    assert "not a regular expression" in str(fault(pattern, flags))
    with pytest.raises(PatternError):
        matches(pattern, flags, "a")


def test_a_pattern_that_takes_long_to_compile_is_refused_unread() -> None:
    assert "longer than 8192" in str(fault("a|" * 5000))
    assert fault("a|" * 4000) is None


def test_more_patterns_than_are_kept_still_work() -> None:
    assert all(matches(f"^{number}$", "", str(number)) for number in range(600))


def test_each_thread_has_an_interpreter_of_its_own() -> None:
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(matches("a", "", "a"))) for _ in range(3)]
    for thread in threads:
        thread.start()
        thread.join(timeout=10)
    gc.collect()
    assert found == [True, True, True]
