"""What a refusal says in a terminal: verbs where an agent would be told of tools; and which exit code it is.

Above: verbs.group, walk_prompt, bringing. Below: engine.errors.
"""

import shlex

from engine.errors import DomainError, SessionStateError, StepNotFoundError, StoreError, WorkflowNotFoundError

NOT_THERE = 1  # what was asked for is not there, or is invalid
UNREADABLE = 3  # something cannot be read or written


def in_terminal(error: DomainError) -> str:
    """Give the message of an error for someone at a terminal.

    >>> in_terminal(WorkflowNotFoundError("nine"))
    "No workflow has the id 'nine'. `workflow-lookup list` gives the ids there are."
    """
    match error:
        case WorkflowNotFoundError():
            return error.message("`workflow-lookup list` gives the ids there are")
        case StepNotFoundError():
            return error.message(f"`workflow-lookup show {shlex.quote(error.workflow_id)}` shows its steps")
        case SessionStateError(reason="not_found"):
            return error.message("`workflow-lookup sessions list` gives the ids there are")
    return error.message()


def exit_code(error: DomainError) -> int:
    """Give the exit code of an error: a store that fails cannot be read, what is damaged for good is invalid.

    >>> exit_code(StoreError("read", "the disk reports an error")), exit_code(WorkflowNotFoundError("nine"))
    (3, 1)
    """
    is_invalid = isinstance(error, StoreError) and error.operation == "restore" and not error.retryable
    return UNREADABLE if isinstance(error, StoreError) and not is_invalid else NOT_THERE
