import time

import pytest

from schema.suggest import closest, did_you_mean

KEYS = ["id", "title", "prompt", "guidance", "agentRole", "runCondition", "requireConfirmation", "validationCriteria"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("promt", "prompt"),
        ("prmopt", "prompt"),
        ("Title", "title"),
        ("agent_role", "agentRole"),
        ("runcondition", "runCondition"),
        ("requireConfirmtion", "requireConfirmation"),
        ("guidence", "guidance"),
        ("validation", "validationCriteria"),
    ],
)
def test_typing_slip_finds_the_word_that_was_meant(word: str, meant: str) -> None:
    assert closest(word, KEYS)[0] == meant


@pytest.mark.parametrize("word", ["", "---", "zzzzzz", "x" * 65])
def test_word_that_is_near_nothing_suggests_nothing(word: str) -> None:
    assert closest(word, KEYS) == ()
    assert did_you_mean(word, KEYS) is None


def test_nearest_comes_first_and_no_more_than_asked_for() -> None:
    assert closest("step-1", ["step-2", "step-1a", "step_1", "step-12"], 2) == ("step_1", "step-12")


def test_several_near_words_are_all_named() -> None:
    assert did_you_mean("vr", ["var", "or"]) == "did you mean 'or' or 'var'?"


def test_word_of_the_same_letters_but_far_away_is_not_near() -> None:
    assert closest("abcdef", ["fedcba"]) == ()


def test_10000_candidates_are_searched_without_a_noticeable_wait() -> None:
    candidates = [f"workflow-{number}-{number % 97}" for number in range(10_000)]
    start = time.process_time()
    assert closest("workflow-42-4", candidates)
    assert time.process_time() - start < 5
