"""The literal tuple of all tools of the product.

Above: server.compose. Below: the tool files.
"""

from typing import Literal

from engine.clock import Clock
from engine.definition import Workflows
from engine.library import Library
from engine.runner import Runner
from tools import (
    aos_workflow,
    workflow_get,
    workflow_list,
    workflow_next,
    workflow_session,
    workflow_validate,
)
from tools.contract import Tool

Reveal = Literal["steps", "nothing"]


def tools(library: Library, reveal: Reveal, runner: Runner, clock: Clock, workflows: Workflows) -> tuple[Tool, ...]:
    """Give every tool over this library and these sessions, in the order tools/list shows them.

    `workflows`: the same library, perhaps through a faster way to single entries.
    """
    return (
        workflow_list.make(library),
        workflow_get.make(library, reveal),
        workflow_next.make(workflows, runner),
        workflow_validate.make(library),
        aos_workflow.make(runner, library, clock),
        workflow_session.make(runner, clock),
    )
