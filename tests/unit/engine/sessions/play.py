"""One session driven by decide and evolve, as a runner would: every event travels as JSON on its way.

Above: the tests of engine.sessions. Below: decide, evolve, codec.
"""

from engine import keys
from engine.build import build
from engine.definition import Workflow
from engine.sessions.codec import decode, encode
from engine.sessions.commands import Command
from engine.sessions.decide import Decided, Policy, Refusal, Repeated, decide
from engine.sessions.draft import Drafted
from engine.sessions.events import Event
from engine.sessions.evolve import evolve, fold
from engine.sessions.model import Approval, State
from engine.sessions.phase_family import CompletePhase, RetryPhase
from engine.sessions.position import began_version
from engine.sessions.session_family import PauseSession, ResumeSession, RollBack, StartSession
from engine.sessions.step_family import ReportStep
from schema.values import JsonObject

PLAIN = Policy(strict_gates=False, verified=False)
STRICT = Policy(strict_gates=True, verified=False)
VERIFIED = Policy(strict_gates=False, verified=True)
APPROVE = Approval("approve", "", "agent")
REJECT = Approval("reject", "not like this", "agent")
OVERRIDE = Approval("override", "known and accepted", "agent")


def start(variables: JsonObject | None = None) -> StartSession:
    """Give the command that begins a session."""
    return StartSession("wf_test", "1.0.0", "0" * 64, "src/a.py", "/w", {}, variables or {})


class Play:
    """A session under way: its state, its log, and a clock the test moves."""

    def __init__(
        self, workflow: Workflow | JsonObject, variables: JsonObject | None = None, policy: Policy = PLAIN
    ) -> None:
        self.workflow = workflow if isinstance(workflow, Workflow) else build(workflow)
        self.policy = policy
        self.now = 1000.0
        self.log: list[tuple[Event, float]] = []
        self.last: Decided = ()
        self._state: State | None = None
        self.do(start(variables))

    @property
    def state(self) -> State:
        """The state now."""
        assert self._state is not None
        return self._state

    @property
    def key(self) -> str:
        """The open stepKey."""
        return self.state.position

    @property
    def refusal(self) -> Refusal:
        """The refusal the last command met."""
        assert isinstance(self.last, Refusal), self.last
        return self.last

    @property
    def repeated(self) -> int:
        """The version the last command was answered at before."""
        assert isinstance(self.last, Repeated), self.last
        return self.last.version

    def decide(self, command: Command) -> Decided:
        """Decide without acting."""
        return decide(command, self._state, self.workflow, self.now, self.policy)

    def do(self, command: Command) -> tuple[Event, ...]:
        """Decide and act; gives the events, none where the command was refused or repeated."""
        self.last = self.decide(command)
        if isinstance(self.last, Refusal | Repeated):
            return ()
        for event in self.last:
            again = decode(*encode(event))
            assert again == event
            self._state = evolve(self._state, again, self.now)
            self.log.append((again, self.now))
        assert self.state.version == len(self.log)
        if isinstance(self.last, Drafted) and self.last.after is not None:
            assert self.last.after == self.state
        return self.last

    def report(
        self,
        output: str | None = "done",
        key: str | None = None,
        evidence: JsonObject | None = None,
        approval: Approval | None = None,
        code: str | None = None,
        **context: object,
    ) -> tuple[Event, ...]:
        """Report the open step, or another."""
        given: JsonObject = dict(context)  # type: ignore[arg-type] # keyword arguments of a test are JSON
        return self.do(ReportStep(self.key if key is None else key, output, evidence, given, approval, code))

    def complete(
        self, evidence: JsonObject | None = None, number: int | None = None, approval: Approval | None = None
    ) -> tuple[Event, ...]:
        """Complete a phase, the current one unless it is named."""
        shown: JsonObject = {"summary": "done"} if evidence is None else evidence
        return self.do(CompletePhase(self.state.phase if number is None else number, shown, approval))

    def pause(self, note: str = "") -> tuple[Event, ...]:
        return self.do(PauseSession(note))

    def resume(self) -> tuple[Event, ...]:
        return self.do(ResumeSession())

    def retry(self, number: int | None = None, *, reset: bool = False) -> tuple[Event, ...]:
        return self.do(RetryPhase(self.state.phase if number is None else number, reset))

    def roll_back(self, number: int, reason: str = "") -> tuple[Event, ...]:
        version = began_version(self.state, number)
        restored = None if version is None else fold(self.log[:version])
        return self.do(RollBack(version or 0, number, restored, reason))

    def at(self, version: int) -> State:
        """Give the state as it was."""
        return fold(self.log[:version])

    def walk(self, most: int = 500) -> list[str]:
        """Report whatever is open until nothing is, or no report is taken; gives the keys."""
        found: list[str] = []
        while self.key and not keys.is_gate(self.key) and len(found) < most:
            key, done = self.key, self.state.done
            self.report()
            if self.state.done == done:
                break
            found.append(key)
        return found

    def names(self) -> list[str]:
        """Name the events so far."""
        return [type(event).__name__ for event, _ in self.log]
