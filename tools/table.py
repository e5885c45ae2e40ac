"""The literal tuple of all tools of the product.

Above: server.compose. Below: the tool files.
"""

from typing import Literal

from engine.definition import Workflows
from engine.library import Library
from tools import workflow_get, workflow_list, workflow_next, workflow_validate
from tools.contract import Tool

Reveal = Literal["steps", "nothing"]


def tools(library: Library, reveal: Reveal, workflows: Workflows | None = None) -> tuple[Tool, ...]:
    """Give every tool over this library, in the order tools/list shows them.

    `workflows`: the same library through a faster way to single entries, where there is one.
    """
    return (
        workflow_list.make(library),
        workflow_get.make(library, reveal),
        workflow_next.make(workflows or library),
        workflow_validate.make(library),
    )
