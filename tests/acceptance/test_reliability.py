"""The cheap part of the reliability checks, with printed counts; `python -m tests.bench.reliability` has all of it.

Each check runs a server as a process of its own and raises AssertionError, with what it saw, where it fails.
"""

from tests.bench import ending, hostile, malformed, reliability


def test_a_thousand_malformed_lines_are_answered_without_crash_hang_or_traceback() -> None:
    said = reliability.malformed_stdio(1000)
    print(said)  # noqa: T201 - the count is part of the result
    assert said.startswith("1000 malformed lines")


def test_a_thousand_malformed_bodies_are_answered_without_crash_hang_or_traceback() -> None:
    said = reliability.malformed_http(1000)
    print(said)  # noqa: T201 - as above
    assert said.startswith("1000 malformed bodies")


def test_the_generator_gives_the_same_inputs_for_the_same_seed() -> None:
    first, again = list(malformed.inputs(7, 200)), list(malformed.inputs(7, 200))
    assert first == again
    assert first != list(malformed.inputs(8, 200))
    assert not any(b"\n" in each for each in first)


def test_two_hundred_clients_at_once_all_get_their_answers() -> None:
    said = reliability.many_clients(200)
    print(said)  # noqa: T201 - as above
    assert "1200 of 1200 answers good" in said


def test_memory_and_descriptors_stay_flat_over_a_thousand_requests() -> None:
    said = reliability.flat(1000)
    print(said)  # noqa: T201 - as above
    assert said.startswith("1000 requests")


def test_sigterm_under_load_ends_in_time_with_every_begun_answer_whole() -> None:
    said = ending.sigterm_under_load(2)
    print(said)  # noqa: T201 - as above
    assert "exit 0 each time" in said


def test_streams_closed_by_their_clients_are_cancelled_calls_and_leave_nothing_open() -> None:
    said = ending.listeners_gone(20)
    print(said)  # noqa: T201 - as above
    assert "20 calls cancelled" in said


def test_a_stdio_server_is_gone_within_a_second_of_its_killed_client() -> None:
    said = ending.client_killed(2)
    print(said)  # noqa: T201 - as above
    assert said.startswith("client killed 2 times")


def test_hostile_documents_are_refused_with_findings_and_cost_no_other() -> None:
    said = hostile.documents()
    print(said)  # noqa: T201 - as above
    assert "none accepted" in said
