import pytest

from schema import suggest
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


ALIKE = [f"team-{number:04}.review-flow" for number in range(10_000)]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("team-0042.review-flowx", "team-0042.review-flow"),
        ("taem-0042.reveiw-flow", "team-0042.review-flow"),
        ("team0042.reviewflow", "team-0042.review-flow"),
        ("team-9999.review-flw", "team-9999.review-flow"),
    ],
)
def test_among_10000_alike_candidates_few_are_measured_and_the_one_that_was_meant_is_found(
    monkeypatch: pytest.MonkeyPatch, word: str, meant: str
) -> None:
    measured: list[str] = []

    def counting(left: str, right: str, limit: int) -> int:
        measured.append(right)
        return distance(left, right, limit)

    distance = suggest._distance
    monkeypatch.setattr(suggest, "_distance", counting)
    assert closest(word, ALIKE)[0] == meant
    assert len(measured) == suggest.MOST_MEASURED


def test_a_part_of_the_word_is_found_however_many_candidates_there_are() -> None:
    assert closest("1234.review", ALIKE) == ("team-1234.review-flow",)
