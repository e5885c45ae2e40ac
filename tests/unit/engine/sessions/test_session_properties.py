"""What holds for every session: decide and evolve driven by random commands over random workflows."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine import keys
from engine.build import build
from engine.definition import LoopStep, PromptStep
from engine.errors import ArgumentError
from engine.review import review
from engine.sessions.codec import state_from, state_json
from engine.sessions.codes import hashed
from engine.sessions.commands import Command
from engine.sessions.decide import Refusal, Repeated
from engine.sessions.events import Event
from engine.sessions.evolve import fold
from engine.sessions.model import FINISHED, Approval, PhaseStatus, State, Status, WaitKind
from engine.sessions.phase_family import CompletePhase, PhaseCompleted, RetryPhase
from engine.sessions.position import (
    began_version,
    needs_confirmation,
    open_gate,
    open_step,
    phase_of,
    progress_of,
    scope_of,
    spot_of,
    valid_actions,
)
from engine.sessions.session_family import IssueCode, PauseSession, ResumeSession, RollBack, RolledBack
from engine.sessions.step_family import ReportStep, StepOpened, StepReported, VariablesAwaited
from engine.variables import outermost
from schema.values import JsonObject
from tests.unit.engine.any_flow import branching_flows, contexts, flows
from tests.unit.engine.flows import walked
from tests.unit.engine.sessions.any_session import documents
from tests.unit.engine.sessions.play import APPROVE, OVERRIDE, PLAIN, REJECT, VERIFIED, Play
from tests.unit.engine.test_walk_properties import MOST, expected

CODE, SALT = "ABCD2345", "0a" * 16
HASH = hashed(CODE, SALT)
COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
ASKING: tuple[Command, ...] = (PauseSession(""), ResumeSession())
NUMBERS = st.integers(-1, 9)
EVIDENCE: st.SearchStrategy[JsonObject] = st.sampled_from([{"ok": True}, {"summary": "all"}, {}, {"ok": "yes"}])
APPROVALS = st.sampled_from([None, None, APPROVE, REJECT, OVERRIDE, Approval("override", "", "agent")])
CODES = st.sampled_from([None, CODE, "WRONG234"])


def actions(play: Play) -> dict[str, Callable[[], Command]]:
    """Give the command behind each acting action of aos_workflow."""
    state = play.state
    phase = state.phases[-1].number if state.phases else state.phase
    version = began_version(state, phase)
    return {
        "pause": lambda: PauseSession(""),
        "resume": ResumeSession,
        "retry_phase": lambda: RetryPhase(state.phase, reset_evidence=False),
        "complete_phase": lambda: CompletePhase(state.phase, {"ok": True, "summary": "x"}),
        "rollback": lambda: RollBack(version or 0, phase, fold(play.log[: version or 0]), "on purpose"),
    }


class Sessions(RuleBasedStateMachine):
    """Commands in any order; whatever happens, the invariants hold."""

    play: Play
    sent: list[Command]

    @initialize(document=documents(), context=contexts, is_verified=st.sampled_from([False, False, True]))
    def begin(self, document: JsonObject, context: JsonObject, is_verified: bool) -> None:
        assert review(document).is_valid
        self.play = Play(build(document), context, VERIFIED if is_verified else PLAIN)
        self.sent = []
        self.finished: dict[int, bool] = {}

    def send(self, command: Command) -> None:
        play = self.play
        before = play.state
        try:
            events = play.do(command)
        except ArgumentError:
            return
        self.sent.append(command)
        event(type(play.last).__name__ if not events else type(events[0]).__name__)
        if not events:
            assert play.state is before
        if isinstance(play.last, Repeated):
            assert play.last.version <= before.version
            play.at(play.last.version)
        if isinstance(play.last, Refusal):
            self.follow(play.last)
        self.check_order(events)
        self.check_word(before, events)

    def check_word(self, before: State, events: tuple[Event, ...]) -> None:
        """Nothing that needs a person is accepted without one, nor on an agent's word where that counts for nothing."""
        play = self.play
        for each in events:
            if isinstance(each, StepReported | PhaseCompleted):
                word = each.approval
                assert word is None or word.decision in ("approve", "override")
                assert word is None or word.how == "code" or not play.policy.verified
                assert word is not None or not needs_confirmation(before, play.workflow)

    def follow(self, refusal: Refusal) -> None:
        """Make the call a refusal names: it works."""
        play = self.play
        assert refusal.message
        assert not refusal.message.endswith(".")
        assert refusal.valid_actions == valid_actions(play.state)
        assert refusal.open == ((play.key,) if play.state.status in ("running", "waiting") else ())
        remedy = refusal.remedy
        if remedy.tool == "workflow_next":
            assert remedy.arguments == {"sessionId": "wf_test"}
            return
        assert remedy.tool == "aos_workflow"
        action = str(remedy.arguments["action"])
        assert action in refusal.valid_actions
        if not action.startswith("get_"):
            command = actions(play)[action]()
            assert not isinstance(play.decide(command), Refusal)

    def check_order(self, events: tuple[Event, ...]) -> None:
        """No step is handed out while another one is open."""
        opened = [each for each in events if isinstance(each, StepOpened | VariablesAwaited)]
        assert len(opened) <= 1
        if opened and not isinstance(events[0], RolledBack):
            assert opened[0].key == self.play.key
            assert type(events[0]).__name__ in (
                "SessionStarted", "StepReported", "VariablesGiven", "PhaseCompleted", "ConditionDecided"
            )  # fmt: skip

    @rule(evidence=EVIDENCE, context=st.just({}) | contexts, approval=APPROVALS, code=CODES)
    def report(self, evidence: JsonObject, context: JsonObject, approval: Approval | None, code: str | None) -> None:
        self.send(ReportStep(self.play.key, "done", evidence, context, approval, code))

    @rule(output=st.sampled_from([None, "", "not yet", "done"]), key=st.sampled_from(["", "no", "gate:1", "step-1"]))
    def report_badly(self, output: str | None, key: str) -> None:
        self.send(ReportStep(key or self.play.key, output, None, {}))

    @rule()
    def report_well(self) -> None:
        context: JsonObject = {"plan": {}, "on": True, "size": "large", "count": 2, "files": [1], "gone": 1}
        self.send(ReportStep(self.play.key, "done", {"ok": True, "summary": "x"}, context, APPROVE))

    @rule()
    def say_it_again(self) -> None:
        if self.sent:
            self.send(self.sent[-1])

    @rule(number=NUMBERS, evidence=EVIDENCE, approval=APPROVALS, code=CODES)
    def complete_any(self, number: int, evidence: JsonObject, approval: Approval | None, code: str | None) -> None:
        self.send(CompletePhase(number, evidence, approval, code))

    @rule(evidence=EVIDENCE)
    def complete(self, evidence: JsonObject) -> None:
        self.send(CompletePhase(self.play.state.phase, evidence, OVERRIDE))

    @rule(number=NUMBERS, reset=st.booleans())
    def retry(self, number: int, reset: bool) -> None:
        self.send(RetryPhase(number, reset))

    @rule(command=st.sampled_from(ASKING))
    def pause_or_resume(self, command: Command) -> None:
        self.send(command)

    @rule(number=NUMBERS, reason=st.sampled_from(["", "on purpose"]))
    def roll_back(self, number: int, reason: str) -> None:
        version = began_version(self.play.state, number)
        restored = None if version is None else self.play.at(version)
        self.finished = {} if version is not None else self.finished
        self.send(RollBack(version or 0, number, restored, reason))

    @precondition(lambda self: self.play.policy.verified)
    @rule()
    def issue_code(self) -> None:
        self.send(IssueCode(SALT, HASH))

    @rule(seconds=st.sampled_from([1.0, 700.0]))
    def wait(self, seconds: float) -> None:
        self.play.now += seconds

    @invariant()
    def replay_gives_the_live_state(self) -> None:
        play = self.play
        assert fold(play.log) == play.state
        assert state_from(state_json(play.state)) == play.state

    @invariant()
    def the_position_is_valid(self) -> None:
        play, state = self.play, self.play.state
        if state.status is Status.COMPLETED:
            assert (state.position, state.frames, state.waiting) == ("", (), None)
            assert progress_of(state, play.workflow) == (state.done, state.done)
            return
        assert state.waiting is not None
        assert state.waiting.key == state.position
        assert (state.status is Status.WAITING) <= (state.waiting.kind is not WaitKind.REPORT)
        phase = phase_of(play.workflow, state.phase)
        assert state.phases[-1].number == state.phase
        spot = spot_of(state, play.workflow)
        if spot is None:
            assert keys.unmarked(state.position) == keys.gate(phase.number)
            assert open_gate(state, play.workflow) == phase.gate
            return
        assert phase.first <= spot.indexes[0] < phase.end
        frames = "/".join(f"{frame.loop}@{frame.number}" for frame in state.frames[: len(spot.loops)])
        assert keys.unmarked(state.position) == keys.instance(frames, spot.step.id)
        assert len(state.frames) <= len(spot.loops) + isinstance(spot.step, LoopStep)
        assert (open_step(state, play.workflow) is None) == (state.waiting.kind is WaitKind.VARIABLE)
        scope_of(state, play.workflow)

    @invariant()
    def no_finished_phase_is_lost(self) -> None:
        state = self.play.state
        done = {each.number: True for each in state.phases if each.status is PhaseStatus.COMPLETED}
        assert set(self.finished) <= set(done)
        self.finished = done
        numbers = [each.number for each in state.phases]
        assert sorted(set(numbers) | set(state.skipped)) == sorted(numbers + list(state.skipped))
        if state.status in FINISHED and state.status is Status.COMPLETED:
            assert len(numbers) + len(state.skipped) == len(self.play.workflow.phases)
        for each in state.history:
            assert (each.completed_at is None) == (each.status == "active")
            assert each.active_seconds is None or 0 <= each.active_seconds <= self.play.now

    @invariant()
    def every_valid_action_is_not_refused_for_the_status(self) -> None:
        play = self.play
        for action in valid_actions(play.state):
            if action in ("pause", "resume", "retry_phase", "rollback"):
                assert not isinstance(play.decide(actions(play)[action]()), Refusal), action

    @invariant()
    def every_prompt_that_counts_is_counted(self) -> None:
        state = self.play.state
        done, total = progress_of(state, self.play.workflow)
        assert total is None or done <= total
        prompts = [key for key in state.reports if not keys.is_gate(key)]
        steps = [self.play.workflow.places[keys.unmarked(key).rpartition("::")[2]].step for key in prompts]
        assert done <= sum(isinstance(step, PromptStep) for step in steps)


TestSessions = Sessions.TestCase
TestSessions.settings = settings(COMMON, max_examples=60, stateful_step_count=40)


@pytest.mark.requirement("SESS-8")
@settings(COMMON, max_examples=200)
@given(flows() | branching_flows(), contexts)
def test_the_durable_walk_goes_where_the_stateless_one_goes(flow: JsonObject, context: JsonObject) -> None:
    workflow = build(flow)
    play = Play(workflow, context)
    found = play.walk(MOST)
    if play.state.status is Status.COMPLETED:
        whole = walked(workflow, context, MOST)
        assert found == whole.keys
        assert whole.last.is_complete
        event("to the end")
    else:
        waits = play.state.waiting is not None and play.state.waiting.kind is WaitKind.VARIABLE
        assert waits or (workflow.automation is not None and play.state.status is Status.FAILED)
        assert found == list(expected(workflow.steps, "", outermost(context)))[: len(found)]
        event("waits")


@settings(COMMON, max_examples=100)
@given(flows() | branching_flows(), contexts)
def test_the_total_is_what_the_walk_comes_to(flow: JsonObject, context: JsonObject) -> None:
    play = Play(build(flow), context)
    totals = set()
    while play.key and play.state.waiting is not None and play.state.waiting.kind is WaitKind.REPORT:
        totals.add(progress_of(play.state, play.workflow)[1])
        play.report()
    if play.state.status is Status.COMPLETED:
        assert totals - {None} <= {play.state.done}
