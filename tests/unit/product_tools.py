"""The product's tools over a library, with sessions in memory.

Above: tests that look at the tools as they are listed. Below: tools.table.
"""

from pathlib import Path

from engine.clock import SystemClock
from engine.library import Library
from engine.runner import Runner, RunnerOptions
from engine.runner_model import Nobody
from engine.sessions.decide import Policy
from engine.store.memory import MemoryStore
from tools.contract import Tool
from tools.table import tools


def memory_runner(library: Library, workspace: Path | None = None) -> Runner:
    """Give a runner whose sessions live as long as the test."""
    clock = SystemClock()
    options = RunnerOptions(Policy(strict_gates=False, verified=False), workspace)
    return Runner(MemoryStore(clock), clock, library, options, Nobody())


def product_tools(library: Library) -> tuple[Tool, ...]:
    """Give all tools of the product."""
    return tools(library, "steps", memory_runner(library), SystemClock(), library)
