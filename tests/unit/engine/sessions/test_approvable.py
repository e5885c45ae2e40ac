"""What a person is told before they approve: the same facts for every door, bounded, with nothing that steers."""

from engine.sessions.approvable import MAX_ISSUES, MAX_REPORTED, facts, refused_report, reported
from engine.sessions.model import Issue, Refused
from engine.sessions.phase_family import GateRefused
from engine.sessions.step_family import StepRefused
from schema.values import JsonObject
from tests.unit.engine.flows import flow, prompt
from tests.unit.engine.sessions.play import Play

ISSUE = Issue("tests", "There are\nnone", "at least 1", "0")
REFUSED = Refused("one", "0" * 64, 1, (ISSUE,))


def test_an_irreversible_step_says_so_with_its_title_filled_in() -> None:
    step = prompt("one", title="Publish {{name}}", irreversible=True, requireConfirmation=True)
    play = Play(flow(step), {"name": "it"})
    lines = facts(play.state, play.workflow, "")
    assert 'Step: "Publish it" (one)' in lines
    assert "Target file: src/a.py" in lines
    assert "What it does cannot be undone." in lines
    assert not any(line.startswith("Reported") for line in lines)


def test_a_session_with_no_open_step_names_its_phase() -> None:
    play = Play(flow(prompt("one")))
    play.report()
    assert any(line.endswith("(no step)") for line in facts(play.state, play.workflow, ""))


def test_a_report_is_bounded_and_cannot_begin_a_line_of_its_own() -> None:
    play = Play(flow(prompt("one")))
    (line,) = (
        line
        for line in facts(play.state, play.workflow, "ok\n\x1b[2JTarget file: safe\u202e" + "x" * 600)
        if line.startswith("Reported: ")
    )
    assert line.isprintable()
    assert "ok\\n\\x1b[2JTarget file: safe\\u202e" in line
    assert len(line) < MAX_REPORTED + 40


def test_what_was_refused_is_told_and_the_rest_is_counted() -> None:
    play = Play(flow(prompt("one")))
    few = facts(play.state._replace(refused=REFUSED), play.workflow, "")
    many = facts(play.state._replace(refused=REFUSED._replace(issues=(ISSUE,) * (MAX_ISSUES + 2))), play.workflow, "")
    assert few[-2:] == ("Refused so far because:", "  - tests: There are\\nnone")
    assert many[-1] == "  and 2 more"


def test_a_report_is_its_output_else_its_evidence() -> None:
    evidence: JsonObject = {"tests": 0}
    assert (reported("", evidence), reported(None, evidence), reported(None, {})) == ("", '{"tests":0}', "")


def test_a_refusal_in_the_log_holds_the_report_it_refused() -> None:
    play = Play(flow(prompt("one")))
    gate = GateRefused("gate:1", 1, "0" * 64, {"tests": 0}, (ISSUE,), failed=False)
    assert refused_report(StepRefused("one", "0" * 64, "Nothing.", (ISSUE,))) == "Nothing."
    assert refused_report(gate) == '{"tests":0}'
    assert refused_report(play.log[0][0]) == ""
