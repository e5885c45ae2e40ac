"""What follows when the variables a session waited for come, in documents with steps the server carries out.

Each decision is folded from its log as well (Play.do): both must lead to the same state.
"""

from schema.values import JsonObject
from tests.unit.engine.sessions.clocked import Clocked, flow, prompt

ASKED: JsonObject = {"runCondition": {"var": "ready", "equals": 1}}
COUNT: JsonObject = {"id": "count", "type": "set", "update": [{"path": "n", "value": 1}]}


def test_variables_that_let_a_phase_be_skipped_complete_none_of_those_behind_it() -> None:
    play = Clocked(flow(prompt("ask", **ASKED), COUNT, prompt("last")))
    play.report(None, ready=2)
    assert play.key == "last"
    assert [row.status for row in play.state.history] == ["skipped", "completed", "active"]
    assert [(each.number, each.status.value) for each in play.state.phases] == [(2, "completed"), (3, "active")]


def test_a_wait_that_ends_at_once_after_its_variables_came_is_known_by_its_own_end() -> None:
    play = Clocked(flow({"id": "rest", "type": "wait", "for": 0, **ASKED}, prompt("last")))
    play.report(None, ready=1)
    assert play.key == "last"
    assert (play.state.reports["rest"].digest, play.state.reports["rest"].line) == ("", "waited: time")


def test_a_report_completes_its_own_phase_and_the_server_the_next() -> None:
    play = Clocked(flow(prompt("ask"), COUNT, prompt("last")))
    play.report()
    assert [row.status for row in play.state.history] == ["completed", "completed", "active"]
