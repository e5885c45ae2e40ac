"""Domain errors: what a caller asked for that cannot be done, in the engine's own words.

Above: tools raise them, server.wire_errors turns each into code, message and data, once.
Below: schema.finding. They know nothing of JSON-RPC. An error's docstring is its user message: it says what to do next.
"""

import inspect
from typing import Final

from schema.finding import Finding
from schema.values import JsonObject

MEND_OR_SHORTEN: Final = "Mend it in the workflow's file, or send a shorter text"
MAX_ECHO: Final = 80
"""Code points of a caller's own text that an error repeats; ids have 64."""


def cut(text: str) -> str:
    """Shorten a caller's text for an error that repeats it.

    >>> cut("x" * 100)[-3:], len(cut("x" * 100)), cut("short")
    ('xx…', 80, 'short')
    """
    return text if len(text) <= MAX_ECHO else text[: MAX_ECHO - 1] + "…"


class DomainError(Exception):
    """Base of every refusal a caller can act on; `data()` holds the facts a program reads."""

    advice = ""

    def message(self, advice: str = "") -> str:
        """Give the user message: the class's docstring, filled with the facts of this error.

        `advice` stands in for the error's own, which speaks of tools, where a caller has other means.
        """
        text = " ".join(inspect.cleandoc(type(self).__doc__ or "").split())
        return text.format(**{**vars(self), "advice": advice or self.advice})

    def data(self) -> JsonObject:
        """Give the facts as a JSON object."""
        raise NotImplementedError


class WorkflowNotFoundError(DomainError):
    """No workflow has the id '{workflow_id}'{hint}. {advice}."""

    advice = "workflow_list gives the ids there are"

    def __init__(self, workflow_id: str, closest: tuple[str, ...] = ()) -> None:
        """Name the id that was asked for and the closest ids there are, best first."""
        super().__init__(cut(workflow_id))
        self.workflow_id = cut(workflow_id)
        self.closest = closest
        self.hint = f" (did you mean {' or '.join(repr(c) for c in closest)}?)" if closest else ""

    def data(self) -> JsonObject:
        """Give `workflowId` and, where there are any, the `closest` ids."""
        answer: JsonObject = {"workflowId": self.workflow_id}
        if self.closest:
            answer["closest"] = list(self.closest)
        return answer


class WorkflowInvalidError(DomainError):
    """The workflow '{workflow_id}' is invalid and cannot be used: {details}. Mend its file; the next call sees it."""

    def __init__(self, workflow_id: str, findings: tuple[Finding, ...]) -> None:
        """Take every finding of the document, the most severe first."""
        super().__init__(workflow_id)
        self.workflow_id = workflow_id
        self.findings = findings
        self.details = findings[0].message if findings else "it could not be read"

    def data(self) -> JsonObject:
        """Give `workflowId`, `details` (the first finding) and all `findings`."""
        return {
            "workflowId": self.workflow_id,
            "details": self.details,
            "findings": [finding.as_json() for finding in self.findings],
        }


class StepNotFoundError(DomainError):
    """The workflow '{workflow_id}' has no step '{step_id}'{reason}. {advice}."""

    advice = "Send a stepKey as workflow_next gave it"

    def __init__(self, step_id: str, workflow_id: str, reason: str = "") -> None:
        """Name the step (an id or a stepKey) and the workflow; `reason` says more, e.g. which part of a key is off."""
        super().__init__(cut(step_id))
        self.step_id = cut(step_id)
        self.workflow_id = cut(workflow_id)
        self.reason = f" ({reason})" if reason else ""

    def data(self) -> JsonObject:
        """Give `stepId` and `workflowId`."""
        return {"stepId": self.step_id, "workflowId": self.workflow_id}


class CriterionError(DomainError):
    """The criterion at '{field}' cannot be evaluated: {details}. {advice}."""

    def __init__(self, field: str, details: str, advice: str = MEND_OR_SHORTEN) -> None:
        """`field` is the criterion's pointer or name; `details` says which limit was hit, `advice` what to do."""
        super().__init__(field)
        self.field = field
        self.details = details
        self.advice = advice

    def data(self) -> JsonObject:
        """Give `field` and `details`."""
        return {"field": self.field, "details": self.details}


class RefusedError(DomainError):
    """Refused for safety: {details}."""

    def __init__(self, action: str, details: str) -> None:
        """Take `action` (reveal, path, size or url) and `details`: what to do instead, without a full stop."""
        super().__init__(action)
        self.action = action
        self.details = details

    def data(self) -> JsonObject:
        """Give `action`."""
        return {"action": self.action}


class ArgumentError(DomainError):
    """Invalid argument '{path}': {details}."""

    def __init__(self, path: str, details: str) -> None:
        """`path` names the argument (completedSteps/3); `details` says what is right, without a full stop."""
        super().__init__(cut(path))
        self.path = cut(path)
        self.details = details

    def data(self) -> JsonObject:
        """Give `details` and `path`."""
        return {"details": self.details, "path": self.path}


class SessionStateError(DomainError):
    """{details}. {advice}."""

    def __init__(
        self, reason: str, session_id: str, details: str, advice: str, facts: JsonObject | None = None
    ) -> None:
        """Take `reason` (not_found, not_open, conflict, paused, finished, limit), words, the next call, further facts.

        `facts`: stepKey, open, actualVersion, as far as they apply.
        """
        super().__init__(reason)
        self.reason = reason
        self.session_id = cut(session_id)
        self.details = details
        self.advice = advice
        self.facts = facts or {}

    def data(self) -> JsonObject:
        """Give `sessionId`, `reason` and the further facts."""
        return {"sessionId": self.session_id, "reason": self.reason, **self.facts}


class StoreError(DomainError):
    """The session store could not {operation}: {details}. {advice}."""

    advice = "Nothing was changed; call again later"

    def __init__(self, operation: str, details: str, *, retryable: bool = True, advice: str = "") -> None:
        """`operation` is open, append, read, list, delete or backup; `details` never holds the driver's own text."""
        super().__init__(operation)
        self.operation = operation
        self.details = details
        self.retryable = retryable
        self.advice = advice or self.advice

    def data(self) -> JsonObject:
        """Give `operation` and `retryable`."""
        return {"operation": self.operation, "retryable": self.retryable}


class ConflictError(Exception):
    """An append expected another version than the log has; `actual` is the log's. The runner decides anew."""

    def __init__(self, actual: int) -> None:
        """Take the version the log really has."""
        super().__init__(actual)
        self.actual = actual
