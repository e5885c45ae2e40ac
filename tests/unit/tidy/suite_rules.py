"""Rules about the tests themselves: no sleeping, every test can fail, every name is a sentence."""

import ast
from collections.abc import Iterator

from tests.unit.tidy.sources import FunctionNode, Module, dotted, imported_names

WORDS = 3  # the shortest sentence of outcome: who does what
CHECKERS = ("assert_", "check_")
RAISERS = frozenset({"pytest.raises", "pytest.warns", "pytest.fail"})


def sleeping_test(module: Module) -> Iterator[str]:
    """Yield every sleep in the suite; giving way once with asyncio.sleep(0) is no sleep."""
    if not module.is_test:
        return
    names = imported_names(module.tree)
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func, names)
        if name in {"time.sleep", "anyio.sleep"} or (name == "asyncio.sleep" and not _gives_way(node)):
            yield f"{module.path}:{node.lineno}: {name}: wait for the event itself, with a bound"


def _gives_way(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0


def toothless_test(module: Module) -> Iterator[str]:
    """Yield every test function that asserts nothing and so cannot fail."""
    for function in _tests(module):
        if not any(_is_assertion(node) for node in ast.walk(function)):
            yield f"{module.path}:{function.lineno}: {function.name} asserts nothing"


def _is_assertion(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func)
    return name in RAISERS or name.rpartition(".")[2].startswith(CHECKERS)


def short_test_name(module: Module) -> Iterator[str]:
    """Yield every test whose name is too short to tell the outcome."""
    for function in _tests(module):
        if len(function.name.split("_")) - 1 < WORDS:
            yield f"{module.path}:{function.lineno}: {function.name}: name the outcome in a sentence"


def _tests(module: Module) -> Iterator[FunctionNode]:
    if module.path.startswith("tests/") and module.path.rpartition("/")[2].startswith("test_"):
        yield from (function for function in module.functions() if function.name.startswith("test_"))
