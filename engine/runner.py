"""The runner: load a session, decide, append at the expected version, answer only then. Reading changes nothing.

Above: tools, the CLI, server.compose. Below: engine.sessions (all rules), engine.logbook (what is stored and held),
engine.beginning. A command decided on what another process has moved is decided anew on what is new.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from engine.admission import Admission
from engine.beginning import begin
from engine.clock import Clock
from engine.errors import ConflictError, DomainError, SessionStateError
from engine.held import Held
from engine.logbook import Batch, Logbook
from engine.pinned import Pin, canonical
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
from engine.sessions.commands import Command
from engine.sessions.decide import decide
from engine.sessions.ids import new_session_id
from engine.sessions.position import began_version
from engine.sessions.refusals import Refusal, Repeated
from engine.sessions.session_family import RollBack, StartSession
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
        self._logbook = Logbook(store, observer)
        self._admission = Admission(store, options.max_active)

    @property
    def verified(self) -> bool:
        """True where a person's word counts only with a one-time code."""
        return self._options.policy.verified

    def now(self) -> float:
        """Give the time answers are made at, in seconds since 1970."""
        return self._clock.now()

    async def begin(self, workflow_id: str, target_file: str, options: JsonObject, by: str) -> Session:
        """Begin a session of a workflow (by id or alias) on a file of the workspace.

        `options.context` gives the first variables. Raises WorkflowNotFoundError, WorkflowInvalidError, ArgumentError,
        RefusedError (a path outside the workspace), SessionStateError ("limit"), StoreError.
        """
        confined(self._options.workspace, target_file, "target_file")
        entry = self._library.entry(workflow_id)
        beginning = begin(entry, options, self._options.workspace)
        command = StartSession(
            session_id=new_session_id(self._clock),
            workflow_version=entry.summary.version,
            document=beginning.pinned.hash,
            target_file=target_file,
            workspace=str(self._options.workspace or ""),
            options=options,
            variables=beginning.variables,
        )
        async with self._admission.one_more():
            pin, now = self._logbook.pins.keep(beginning.pinned, beginning.pin), self._clock.now()
            decided = decide(command, None, pin.workflow, now, self._options.policy)
            if isinstance(decided, Refusal | Repeated):  # only a session that has begun refuses to begin
                raise TypeError(type(decided).__name__)
            return await self._logbook.append(None, pin, Batch(decided, now, by, (beginning.pinned,)))

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
        is_same = entry.dynamic is not None or canonical(entry.document).hash == state.document
        return None if is_same else version

    async def perform(self, session_id: str, command: Command, by: str) -> Outcome:
        """Carry out a command; answers only after what it changed is stored. A cancelled call stores all or nothing."""

        async def given(_session: Session) -> Command:
            return command

        return await self._perform(session_id, given, by)

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

        return await self._perform(session_id, command, by)

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
        decided = decide(command, session.state, session.workflow, now, self._options.policy)
        if isinstance(decided, Refusal):
            return Declined(session, decided)
        if isinstance(decided, Repeated):
            return Again(await self._logbook.back_at(session, decided.version))
        if not decided:
            return Performed(session, ())
        pin = Pin(session.document, session.workflow)
        return Performed(await self._logbook.append(held, pin, Batch(decided, now, by)), decided)


_RETRY: Final = "Call again"
