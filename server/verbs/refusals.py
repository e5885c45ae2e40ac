"""What a refusal says in a terminal: verbs where an agent would be told of tools.

Above: verbs.group, walk_prompt. Below: engine.errors.
"""

import shlex

from engine.errors import DomainError, StepNotFoundError, WorkflowNotFoundError


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
    return error.message()
