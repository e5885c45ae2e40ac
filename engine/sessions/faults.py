"""Why a step failed, while it is being decided: raised where it is found out, caught where its onError is looked up.

Above: storing, answering, failing, onward. Below: nothing.
"""


class StepFault(Exception):  # noqa: N818 - no programming error: a step that failed, in the words of its document
    """A step cannot be done: what kind of error, and why, in words that stay when the session is looked at later."""

    def __init__(self, error_type: str, message: str) -> None:
        """Take the kind, such as UpdateError, and what was wrong."""
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message
