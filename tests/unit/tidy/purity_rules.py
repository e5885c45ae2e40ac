"""Rules about what code may reach for: clocks, randomness, the environment, any exception, any type."""

import ast
from collections.abc import Iterator

from tests.unit.tidy.sources import Module, dotted, imported_names

CLOCK = "engine/clock.py"
SETTINGS = "server/settings.py"
# Beside jsonrpcserver, jsonschema and structlog, whose own signatures say Any.
UNTYPED_SEAMS = frozenset({"server/dispatch.py", "schema/check.py", "schema/explain.py", "server/logs.py"})
RIMS = frozenset({"server/dispatch.py", "engine/runner.py"})
ENVIRONMENT = ("os.environ", "os.environb", "os.getenv")
IMPURE = (
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "time.time", "time.time_ns",
    "uuid.uuid1", "uuid.uuid4", "random", "secrets", "os.urandom",
)  # fmt: skip


def impure_call(module: Module) -> Iterator[str]:
    """Yield every reach for wall clock, randomness or environment outside the two places that may."""
    if not module.is_product:
        return
    names = imported_names(module.tree)
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Name | ast.Attribute):
            continue
        name = dotted(node, names)
        if name in IMPURE and module.path != CLOCK:
            yield f"{module.path}:{node.lineno}: {name}: take it as a parameter, or ask {CLOCK}"
        elif name in ENVIRONMENT and module.path != SETTINGS:
            yield f"{module.path}:{node.lineno}: {name}: only {SETTINGS} reads the environment"


def impure_import(module: Module) -> Iterator[str]:
    """Yield names pulled out of the refused modules, so that `from random import choice` is seen as well."""
    if not module.is_product or module.path == CLOCK:
        return
    for local, full in imported_names(module.tree).items():
        if full.startswith(("random.", "secrets.")):
            yield f"{module.path}: {local} comes from {full}: randomness is a parameter"


def broad_except(module: Module) -> Iterator[str]:
    """Yield every clause that catches anything, outside the two rims."""
    if not module.is_product or module.path in RIMS:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and _catches_anything(node.type):
            yield f"{module.path}:{node.lineno}: only {' and '.join(sorted(RIMS))} catch anything"


def _catches_anything(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    if isinstance(caught, ast.Tuple):
        return any(_catches_anything(element) for element in caught.elts)
    return isinstance(caught, ast.Name) and caught.id in {"Exception", "BaseException"}


def any_import(module: Module) -> Iterator[str]:
    """Yield a product module that uses Any; only the seams to untyped libraries may."""
    if not module.is_product or module.path in UNTYPED_SEAMS:
        return
    names = imported_names(module.tree)
    named = (node for node in ast.walk(module.tree) if isinstance(node, ast.Name | ast.Attribute))
    lines = sorted(node.lineno for node in named if dotted(node, names) == "typing.Any")
    if lines:
        yield f"{module.path}:{lines[0]}: Any: use schema.values.Json, object or a type of its own"
