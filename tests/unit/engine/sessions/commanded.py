"""A session of play whose commands a test claims and finishes; no program runs.

Above: the tests of effects. Below: clocked.
"""

from typing import Final

from engine.definition import Workflow
from engine.sessions.effect_decisions import open_effects
from engine.sessions.effect_family import ClaimEffect, FinishEffect
from engine.sessions.effect_model import CommandOutcome, CommandRules
from engine.sessions.events import Event
from engine.sessions.model import Effect
from engine.sessions.refusals import Policy, Refusal
from engine.sessions.session_family import StartSession
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import BEGAN, Clocked, flow

PROJECT: Final = "project"
RULES: Final = CommandRules(
    why_not="",
    kinds={"test": PROJECT},
    sources=frozenset((PROJECT,)),
    programs=frozenset(("tool", "git")),
    lines=frozenset((PROJECT,)),
    workspace="/w",
)
"""Rules that let the sessions of these tests run `tool` and `git`, and shell lines."""
LEASE: Final = 100.0
"""Seconds of a claim."""


def command(step_id: str = "run-it", /, run: Json = "tool", **keys: Json) -> JsonObject:
    """Give a command step."""
    return {"id": step_id, "type": "command", "run": run, **keys}


def line(text: str, step_id: str = "run-it", /, **keys: Json) -> JsonObject:
    """Give a command step with a shell line, as importers write it."""
    return {"id": step_id, "type": "command", "shellLine": text, **keys}


def ended(exit_code: int | None = 0, stdout: str = "", stderr: str = "", *, timed_out: bool = False) -> CommandOutcome:
    """Give the outcome of a command that ran."""
    return CommandOutcome(exit_code, stdout, stderr, timed_out=timed_out, duration=0.5, fault="")


class Commanded(Clocked):
    """A session that may run commands."""

    def __init__(
        self,
        *steps: JsonObject,
        rules: CommandRules = RULES,
        sources: tuple[str, ...] = (PROJECT,),
        workflow: Workflow | None = None,
        given: JsonObject | None = None,
        **root: Json,
    ) -> None:
        self.workflow = workflow or flow(*steps, **root)
        self.policy = Policy(strict_gates=False, verified=False, commands=rules)
        self.now = BEGAN
        self.log: list[tuple[Event, float]] = []
        self.last = ()
        self._state = None
        begun = StartSession("wf_test", "1.0.0", "0" * 64, "", "/w", {}, {}, inputs=given or {}, sources=sources)
        self.do(begun)

    @property
    def effect(self) -> Effect:
        """The one effect that waits to be claimed or counted."""
        (found,) = open_effects(self.state)
        return found.effect

    @property
    def open(self) -> list[str]:
        """The ids of the effects that wait to be claimed or counted."""
        return [each.id for each in open_effects(self.state)]

    def claim(self, effect_id: str = "", node: str = "one") -> tuple[Event, ...]:
        """Take an effect, the open one unless it is named."""
        return self.do(ClaimEffect(effect_id or self.open[0], node, self.now + LEASE))

    def finish(
        self, outcome: CommandOutcome | None = None, effect_id: str = "", node: str = "one"
    ) -> tuple[Event, ...]:
        """Say what became of an effect, that of the open step unless it is named."""
        return self.do(FinishEffect(effect_id or self.key, node, outcome or ended()))

    def ran(self, outcome: CommandOutcome | None = None, effect_id: str = "") -> tuple[Event, ...]:
        """Take an effect and say what became of it."""
        effect_id = effect_id or self.open[0]
        return (*self.claim(effect_id), *self.finish(outcome, effect_id))

    @property
    def is_refused(self) -> bool:
        """Whether the last command made no sense."""
        return isinstance(self.last, Refusal)
