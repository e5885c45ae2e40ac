"""The runner's plain values: a session as tools see it, what became of a command, and who looks on.

Above: engine.runner (makes them), tools, server.metrics. Below: engine.sessions, engine.library_model.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

from engine.definition import Workflow
from engine.library_model import Entry
from engine.sessions.effect_model import CommandOutcome
from engine.sessions.events import Event
from engine.sessions.model import Effect, State
from engine.sessions.refusals import Policy, Refusal
from schema.values import JsonObject


class Session(NamedTuple):
    """A session at one version: its state, and the pinned document with the definition built from it."""

    state: State
    workflow: Workflow
    document: JsonObject


class Performed(NamedTuple):
    """A command took effect: the session after it, and the events it gave (none: there was nothing to do)."""

    session: Session
    events: tuple[Event, ...]


class Declined(NamedTuple):
    """A command makes no sense now: the session as it is, and why."""

    session: Session
    refusal: Refusal


class Again(NamedTuple):
    """The same report as before: nothing changed; the session as it was when the report was recorded."""

    session: Session


Outcome: TypeAlias = Performed | Declined | Again


class Recorded(NamedTuple):
    """An event of a log: its number, when (seconds since 1970), by whom, and what happened."""

    seq: int
    at: float
    by: str
    event: Event


class Performer(Protocol):
    """Who runs commands: engine.command_run."""

    async def run(self, effect: Effect) -> CommandOutcome:
        """Run a command to its end and give what became of it; cancelled, it leaves nothing running."""
        ...


class NoPerformer:
    """Runs nothing: what stands in where no command is allowed."""

    async def run(self, effect: Effect) -> CommandOutcome:
        """Say that nothing was run."""
        fault = f"this server runs no commands, so not that of {effect.key}"
        return CommandOutcome(None, "", "", timed_out=False, duration=0.0, fault=fault)


async def no_key() -> bytes:
    """Give no key: no session may run commands."""
    return b""


def unheard(_session_id: str, _error: BaseException) -> None:
    """Take no note of an error."""


class RunnerOptions(NamedTuple):
    """What the operator decides: the rules sessions are held to, the workspace, how many may be active at once.

    `performer`: who runs commands. `key` gives what vouches for sessions that may run them (b"": none may). `trouble`
    hears of errors nobody waits for: the session's id and the error.
    """

    policy: Policy
    workspace: Path | None = None
    max_active: int = 1000
    performer: Performer = NoPerformer()
    key: Callable[[], Awaitable[bytes]] = no_key
    trouble: Callable[[str, BaseException], None] = unheard


class Observer(Protocol):
    """Who wants to know what sessions do: metrics."""

    def recorded(self, workflow_id: str, events: tuple[Event, ...]) -> None:
        """Take note of events of a session of that workflow; they are stored."""
        ...


class Nobody:
    """The observer that looks away."""

    def recorded(self, workflow_id: str, events: tuple[Event, ...]) -> None:
        """Take note of nothing."""


class Entries(Protocol):
    """Where sessions find workflows: engine.library."""

    def entry(self, workflow_id: str) -> Entry:
        """Give one valid workflow; raises WorkflowNotFoundError or WorkflowInvalidError."""
        ...
