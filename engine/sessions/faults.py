"""Why a step failed, while it is being decided: raised where it is found out, caught where its onError is looked up.

Above: storing, answering, failing, onward. Below: engine.errors.
"""

from engine.errors import ArgumentError, CriterionError


class StepFault(Exception):  # noqa: N818 - no programming error: a step that failed, in the words of its document
    """A step cannot be done: what kind of error, and why, in words that stay when the session is looked at later."""

    def __init__(self, error_type: str, message: str) -> None:
        """Take the kind, such as UpdateError, and what was wrong."""
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message


def fault_of(error: Exception, error_type: str) -> StepFault:
    """Give an error of the engine as a fault of that type, in words that are safe to keep and to show.

    >>> fault_of(ArgumentError("context", "it is too large"), "StateError").message
    'it is too large'
    """
    if isinstance(error, StepFault):
        return error
    return StepFault(error_type, error.details if isinstance(error, ArgumentError | CriterionError) else str(error))
