"""The runner: load a session, decide, append at the expected version, carry out effects, answer only then.

Above: tools, the CLI, engine.clockwork, server.compose. Below: engine.sessions (all rules), engine.logbook (what is
stored and held), engine.runner_effects, engine.beginning. A command decided on what another process has moved is
decided anew on what is new. Reading changes nothing.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from engine.admission import Admission
from engine.beginning import Terms, begin
from engine.clock import Clock
from engine.command_seal import Sealed, policy_for, seal_of
from engine.errors import ConflictError, DomainError, SessionStateError
from engine.held import Held
from engine.logbook import Batch, Logbook
from engine.pinned import Pin, canonical, with_children
from engine.runner_effects import Doing, Effects
from engine.runner_model import (
    Again,
    Declined,
    Entries,
    Nobody,
    Observer,
    Outcome,
    Performed,
    Recorded,
    RunnerOptions,
    Session,
)
from engine.sessions.change_family import FireTimers
from engine.sessions.commands import Command
from engine.sessions.decide import decide
from engine.sessions.effect_decisions import open_effects
from engine.sessions.ids import new_session_id
from engine.sessions.position import began_version
from engine.sessions.refusals import Refusal, Repeated
from engine.sessions.restoring import version_of
from engine.sessions.session_family import RollBack, StartSession
from engine.shell_lines import hand_over
from engine.store.port import Store
from engine.workspace import confined
from schema.values import JsonObject

__all__ = [
    "Again",
    "Declined",
    "Nobody",
    "Observer",
    "Outcome",
    "Performed",
    "Recorded",
    "Runner",
    "RunnerOptions",
    "Session",
]

MAX_TRIES: Final = 64
"""Times a command is decided anew because others were quicker: more than there are reports on one session at once."""

CommandOf = Callable[[Session], Awaitable[Command]]
Alarm = Callable[[float], None]
BY: Final = "server"
"""Who does what is due, as logs name it."""


class Runner:
    """Runs sessions on one store, which is opened and closed by whoever made it."""

    def __init__(
        self, store: Store, clock: Clock, library: Entries, options: RunnerOptions, observer: Observer
    ) -> None:
        """`library` gives the workflows new sessions begin with."""
        self.store = store
        self._clock = clock
        self._library = library
        self._options = options
        self._logbook = Logbook(store, observer, self._changed)
        self._effects = Effects(Doing(self.session, self._commanded), options.performer, clock, options.trouble)
        self._alarm: Alarm | None = None
        self._vouching: bytes | None = None
        self._admission = Admission(store, options.max_active)

    @property
    def verified(self) -> bool:
        """True where a person's word counts only with a one-time code."""
        return self._options.policy.verified

    def now(self) -> float:
        """Give the time answers are made at, in seconds since 1970."""
        return self._clock.now()

    async def begin(
        self, workflow_id: str, target_file: str, options: JsonObject, by: str, inputs: JsonObject | None = None
    ) -> Session:
        """Begin a session of a workflow (by id or alias) on a file of the workspace ("" = none).

        `options.context` gives the first variables. Raises WorkflowNotFoundError, WorkflowInvalidError, ArgumentError
        (options, inputs/NAME), RefusedError (a path outside the workspace), SessionStateError ("limit"), StoreError.
        """
        if target_file:
            confined(self._options.workspace, target_file, "target_file")
        entry = self._library.entry(workflow_id)
        terms = Terms(self._library, self._options.workspace, self._options.policy.commands)
        beginning = begin(entry, options, terms)
        session_id, document = new_session_id(self._clock), beginning.pinned.hash
        sealed = Sealed(session_id, document, beginning.children, beginning.sources, self._workspace)
        command = StartSession(
            session_id=session_id,
            workflow_version=entry.summary.version,
            document=document,
            target_file=target_file,
            workspace=self._workspace,
            options=options,
            variables=beginning.variables,
            inputs=inputs or {},
            children=beginning.children,
            sources=beginning.sources,
            seal=seal_of(await self._key(), sealed) if beginning.sources else "",
        )
        async with self._admission.one_more():
            kept, now = self._logbook.pins.keep(beginning.pinned, beginning.pin), self._clock.now()
            pin = with_children(kept, beginning.workflows)
            decided = decide(command, None, pin.workflow, now, self._options.policy)
            if isinstance(decided, Refusal | Repeated):  # only a session that has begun refuses to begin
                raise TypeError(type(decided).__name__)
            session = await self._logbook.append(None, pin, Batch(decided, now, by, beginning.documents))
        return await self._effects.settle(session)

    async def session(self, session_id: str) -> Session:
        """Give a session as it is now, by its id or by the id it was imported from; changes nothing.

        SessionStateError ("not_found") where there is none.
        """
        return (await self._logbook.fresh(session_id)).session

    async def at(self, session_id: str, version: int) -> Session:
        """Give a session as it was at a version of its log, 1 or later."""
        return await self._logbook.back_at(await self.session(session_id), version)

    async def log(self, session_id: str) -> tuple[Recorded, ...]:
        """Give everything that happened in a session, in order."""
        return await self._logbook.log(session_id)

    def newer_version(self, session: Session) -> str | None:
        """Give the version of the workflow as it is now, where it is another document than the session runs on."""
        state = session.state
        try:
            entry = self._library.entry(state.workflow_id)
        except DomainError:
            return None
        version = entry.summary.version
        if version != state.workflow_version:
            return version
        if entry.dynamic is not None or canonical(entry.document).hash == state.document:
            return None
        return None if canonical(hand_over(entry.document)).hash == state.document else version

    async def perform(self, session_id: str, command: Command, by: str) -> Outcome:
        """Carry out a command, and the effects it leads to; answers only after what changed is stored.

        A cancelled call stores all or nothing of the command; effects under way go on without it.
        """
        return await self._settled(await self._commanded(session_id, command, by))

    async def tick(self, session_id: str, may_wait: Callable[[], bool] = lambda: True) -> Session:
        """Do what is due in a session by now: timers, and then, where `may_wait` says so, commands nobody has taken.

        A session that runs commands in another workspace is left to the servers of that one.
        """
        session = await self.session(session_id)
        if session.state.sources and session.state.workspace != self._workspace:
            return session
        session = (await self._commanded(session.state.session_id, FireTimers(), BY)).session
        return await self._effects.settle(session) if open_effects(session.state) and may_wait() else session

    def listen(self, alarm: Alarm | None) -> None:
        """Have somebody told when a session is due that this process changed (seconds since 1970); None: nobody."""
        self._alarm = alarm

    async def close(self) -> None:
        """End the commands under way; what became of them is stored."""
        await self._effects.close()

    async def delete(self, session_id: str, reason: str, by: str) -> bool:
        """Delete a session, by its id or the id it was imported from; False where there is none.

        That it was deleted, by whom and why, stays in the store's audit log.
        """
        return await self._logbook.delete(session_id, self._clock.now(), by, reason)

    async def roll_back(self, session_id: str, to_phase: int, reason: str, by: str) -> Outcome:
        """Go back to the version with which a phase began; `reason` says why."""

        async def command(session: Session) -> Command:
            version = began_version(session.state, to_phase)
            if version is None:
                return RollBack(session.state.version, to_phase, None, reason)
            restored = await self._logbook.back_at(session, version)
            return RollBack(version, to_phase, restored.state, reason)

        return await self._settled(await self._perform(session_id, command, by))

    async def restore(self, session_id: str, to_version: int | None, label: str, reason: str, by: str) -> Outcome:
        """Go back to a version of the log, or (None) to the newest checkpoint with a label; `reason` says why.

        A version at which the session was on its way stands for the rest before it: what it was about to do is not in
        the log, so nothing could go on from there without leaving something out.
        """

        async def command(session: Session) -> Command:
            state = session.state
            version = version_of(state, label) if to_version is None else to_version
            if version is None or not 0 < version < state.version:
                return RollBack(version or 0, None, None, reason, label)
            restored = (await self._logbook.rested_at(session, version)).state
            return RollBack(restored.version, None, restored, reason, label)

        return await self._settled(await self._perform(session_id, command, by))

    async def _settled(self, outcome: Outcome) -> Outcome:
        """Carry out the effects that are open after a command, and give its outcome with the session after them."""
        if isinstance(outcome, Performed) and open_effects(outcome.session.state):
            return outcome._replace(session=await self._effects.settle(outcome.session))
        return outcome

    async def _commanded(self, session_id: str, command: Command, by: str) -> Outcome:
        """Carry out a command, and nothing that follows from it."""

        async def given(_session: Session) -> Command:
            return command

        return await self._perform(session_id, given, by)

    async def _perform(self, session_id: str, command_of: CommandOf, by: str) -> Outcome:
        """Decide on what is held, where that is enough; what does not take effect is decided on what is stored now."""
        held = self._logbook.held(session_id)
        is_fresh = held is None
        for _ in range(MAX_TRIES):
            held = held or await self._logbook.fresh(session_id)
            try:
                outcome = await self._tried(held, await command_of(held.session), by)
                if is_fresh or (isinstance(outcome, Performed) and outcome.events):
                    return outcome
            except ConflictError:
                pass
            except DomainError:
                if is_fresh:
                    raise
            held, is_fresh = None, True
        raise SessionStateError("conflict", session_id, "Others changed this session all the while", _RETRY)

    async def _tried(self, held: Held, command: Command, by: str) -> Outcome:
        """Decide once and store what was decided; ConflictError where the log has moved."""
        session = held.session
        now = max(self._clock.now(), session.state.updated_at)  # a clock that stepped back does not bend the log
        policy = self._options.policy
        if session.state.sources and not policy.commands.why_not:
            policy = policy_for(policy, await self._key(), session.state)
        decided = decide(command, session.state, session.workflow, now, policy)
        if isinstance(decided, Refusal):
            return Declined(session, decided)
        if isinstance(decided, Repeated):
            return Again(await self._logbook.back_at(session, decided.version))
        if not decided:
            return Performed(session, ())
        pin = Pin(session.document, session.workflow)
        return Performed(await self._logbook.append(held, pin, Batch(decided, now, by)), decided)

    @property
    def _workspace(self) -> str:
        return str(self._options.workspace or "")

    async def _key(self) -> bytes:
        """Give what vouches for sessions that run commands; asked for once."""
        if self._vouching is None:
            self._vouching = await self._options.key()
        return self._vouching

    def _changed(self, session: Session, due_at: float | None) -> None:
        """Tell those who look after what happens behind everybody's back."""
        self._effects.changed(session)
        if due_at is not None and self._alarm is not None:
            self._alarm(due_at)


_RETRY: Final = "Call again"
