"""`doctor --actions`: every action of aos_workflow and three whole workflows, tried against a running server.

Above: verbs.doctor. Below: http.client (one connection, direct JSON-RPC); doctor_report shows what came of it.
What is started is deleted at the end; nothing in the server's workspace is touched.
"""

import json
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from engine.clock import Clock
from schema.values import Json, JsonObject

SECONDS: Final = 15.0  # one answer may take that long before the server counts as hanging
MAX_PHASES: Final = 200  # phases walked of one workflow
LIST_MS, START_MS, ANY_MS = 100.0, 500.0, 200.0  # the targets of the sources, in milliseconds
TARGETS: Final[Mapping[str, float]] = MappingProxyType(
    {"list_workflows": LIST_MS, "start": START_MS, "complete_phase": START_MS}
)
WALKED: Final = ("test_generation_v3", "spec_creation_v1", "documentation-update")
TARGET_FILE: Final = "doctor-trial.txt"  # only named, never written
WORDS: Final[Mapping[str, Json]] = MappingProxyType(
    {"boolean": True, "integer": 1, "number": 1, "string": "tried by doctor", "object": {"tried": True}, "array": ["x"]}
)


class Tried(NamedTuple):
    """One action tried: whether its answer was right, how long it took against its target, what was wrong."""

    action: str
    ok: bool
    ms: float
    target_ms: float
    issue: str

    @property
    def slow(self) -> bool:
        """Whether a right answer took longer than its target."""
        return self.ok and self.ms > self.target_ms


class Walked(NamedTuple):
    """One workflow walked to its end, or as far as it went."""

    workflow: str
    ok: bool
    phases: int
    issue: str


class UnreachableError(Exception):
    """The server does not answer as one of ours; the text says why."""


class Server:
    """A server's direct JSON-RPC address."""

    def __init__(self, url: str, token: str | None, clock: Clock) -> None:
        """`url` is the base, such as http://127.0.0.1:8000; `token` is sent as bearer where there is one."""
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            port = parts.port
        except ValueError:
            raise UnreachableError("it is no http address") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UnreachableError("it is no http address")
        make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = make(parts.hostname, port, timeout=SECONDS)
        self._path = parts.path.removesuffix("/") + "/rpc"
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._clock = clock

    def call(self, method: str, params: JsonObject) -> tuple[JsonObject, float]:
        """Call a method; gives its result and the milliseconds it took. Raises UnreachableError."""
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        began = self._clock.monotonic()
        try:
            self._connection.request("POST", self._path, json.dumps(message), self._headers)
            response = self._connection.getresponse()
            body, status = response.read(), response.status
            answer = json.loads(body)
        except (OSError, HTTPException, ValueError) as error:
            raise UnreachableError(f"it does not answer as a workflowlookup server ({type(error).__name__})") from None
        took = (self._clock.monotonic() - began) * 1000
        result = answer.get("result") if isinstance(answer, dict) else None
        if isinstance(result, dict):
            return result, took
        refused = answer.get("error") if isinstance(answer, dict) else None
        told = refused.get("message") if isinstance(refused, dict) else f"HTTP status {status}"
        raise UnreachableError(str(told))

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def act(self, action: str, **arguments: Json) -> tuple[JsonObject, float]:
        """Call one action of aos_workflow."""
        return self.call("aos_workflow", {"action": action, **arguments})


class Trial:
    """Tries everything once; `tried` and `walked` grow."""

    def __init__(self, server: Server) -> None:
        """Take the server."""
        self._server = server
        self._session = ""
        self.tried: list[Tried] = []
        self.walked: list[Walked] = []

    def run(self) -> None:
        """Try every action, then walk the workflows. Raises UnreachableError where there is no server at all."""
        self._server.act(
            "list_workflows"
        )  # the first list after a start reads every file; the target is for the others
        listed = self._try("list_workflows", lambda answer: isinstance(answer.get("workflows"), list))
        known = [str(row.get("workflow_type")) for row in _objects(listed.get("workflows")) if row.get("valid")]
        started = self._try(
            "start",
            lambda answer: "phase_content" in answer,
            workflow_type=WALKED[0] if WALKED[0] in known else next(iter(known), WALKED[0]),
            target_file=TARGET_FILE,
        )
        self._session = str(started.get("session_id", ""))
        if not self._session:
            return
        self._of_session(started.get("current_phase", 1))
        for workflow in WALKED:
            absent = Walked(workflow, ok=False, phases=0, issue="this server does not have it")
            self.walked.append(self._walk(workflow) if workflow in known else absent)

    def _of_session(self, phase: Json) -> None:
        """Try what needs a session: a gate refused and retried, a rollback from the next phase, and its end."""
        self._try("get_phase", lambda answer: answer.get("current_phase") == phase)
        self._try("get_task", lambda answer: "task_content" in answer, phase=phase, task_number=1)
        self._try("get_state", lambda answer: answer.get("session_status") == "active")
        self._try("pause", lambda answer: answer.get("paused") is True, checkpoint_note="tried by doctor")
        content = self._try("resume", lambda answer: answer.get("resumed") is True).get("phase_content")
        self._try("complete_phase", lambda answer: answer.get("checkpoint_passed") is False, phase=phase, evidence={})
        self._try("get_errors", lambda answer: answer.get("error_count") == 1)
        self._try("retry_phase", lambda answer: answer.get("retrying") is True, phase=phase)
        evidence = evidence_for(content if isinstance(content, dict) else {})
        self._try("complete_phase", lambda a: a.get("checkpoint_passed") is True, phase=phase, evidence=evidence)
        self._try("rollback", lambda answer: answer.get("rolled_back") is True, to_phase=phase)
        self._try("list_sessions", lambda answer: isinstance(answer.get("counts"), dict), limit=10)
        self._try("get_session", lambda answer: "session" in answer)
        self._try("delete_session", lambda answer: answer.get("deleted") is True, reason="tried by doctor")

    def _try(self, action: str, right: Callable[[JsonObject], bool], **arguments: Json) -> JsonObject:
        """Try one action and note what came of it; gives the answer."""
        if action not in ("list_workflows", "start", "list_sessions"):
            arguments["session_id"] = self._session
        answer, took = self._server.act(action, **arguments)
        issue = "" if right(answer) else str(answer.get("error", "the answer lacks what it promises"))
        self.tried.append(Tried(action, not issue, took, TARGETS.get(action, ANY_MS), issue))
        return answer

    def _walk(self, workflow: str) -> Walked:
        """Walk one workflow phase by phase with evidence as its gates ask for it."""
        answer, _ = self._server.act("start", workflow_type=workflow, target_file=TARGET_FILE)
        session = answer.get("session_id")
        content, number, done = answer.get("phase_content"), answer.get("current_phase"), 0
        issue = "" if isinstance(session, str) else str(answer.get("error", "no session began"))
        while not issue and done < MAX_PHASES:
            evidence = evidence_for(content if isinstance(content, dict) else {})
            answer, _ = self._server.act("complete_phase", session_id=session, phase=number, evidence=evidence)
            if answer.get("checkpoint_passed") is not True:
                issue = str(answer.get("error", "a phase was not completed"))
                break
            done += 1
            if answer.get("workflow_complete") is True:
                break
            content = answer.get("next_phase")
            number = content.get("phase_number") if isinstance(content, dict) else None
        if isinstance(session, str):
            self._server.act("delete_session", session_id=session, reason="tried by doctor")
        return Walked(workflow, not issue, done, issue)


def evidence_for(content: JsonObject) -> JsonObject:
    """Give evidence that fits a phase's checkpoint: each field's example, or a value of its type."""
    checkpoint = content.get("checkpoint")
    fields = checkpoint.get("required_evidence") if isinstance(checkpoint, dict) else []
    return {
        str(field.get("field")): field.get("example", WORDS.get(str(field.get("type")), "tried by doctor"))
        for field in _objects(fields)
    }


def _objects(value: Json) -> list[JsonObject]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
