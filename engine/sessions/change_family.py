"""The session family, second part: what somebody changes from outside - workflow_session, timers.

Above: evolve names one function per case here; change_decisions holds the rules. Below: model, flow_family.
"""

from typing import NamedTuple

from engine.updates import Update
from schema.values import Json


class UpdateState(NamedTuple):
    """Change the state of the main run; `expected_version` None: whatever the log's version is."""

    updates: tuple[Update, ...]
    expected_version: int | None


class SendSignal(NamedTuple):
    """Send a signal to whoever waits for it."""

    name: str
    payload: Json


class SkipStep(NamedTuple):
    """Pass over the open step, which its document marks skippable."""

    key: str
    reason: str


class MakeCheckpoint(NamedTuple):
    """Name the place the session is at."""

    label: str


class CancelSession(NamedTuple):
    """End the session."""

    reason: str


class RetrySession(NamedTuple):
    """Enter a failed session again at the step that failed."""

    reason: str


class FireTimers(NamedTuple):
    """Do what is due by now."""


class SignalReceived(NamedTuple):
    """A signal came, and released the wait at `key`; `run` is the nested run it is in, "" for the main one."""

    name: str
    payload: Json
    key: str


class StepSkipped(NamedTuple):
    """The step was passed over."""

    key: str
    reason: str
    completes: int | None


class CheckpointMade(NamedTuple):
    """The place has a name; it is the version before this event."""

    label: str
    version: int


class SessionCancelled(NamedTuple):
    """The session was ended from outside."""

    reason: str


class SessionRetried(NamedTuple):
    """A failed session goes on at the step that failed."""

    key: str
    reason: str


ChangeCommand = UpdateState | SendSignal | SkipStep | MakeCheckpoint | CancelSession | RetrySession | FireTimers
ChangeEvent = SignalReceived | StepSkipped | CheckpointMade | SessionCancelled | SessionRetried
