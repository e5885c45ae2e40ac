"""Rules about size, names and docstrings; each yields one line of text per breach."""

import ast
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.unit.tidy.sources import FunctionNode, Module

FILE_LINES = 300  # what one sitting can hold
FUNCTION_LINES = 40  # one screen
PARAMETERS = 6
DOCSTRING_LINES = 8  # what it is, what is above, what is below
REFUSED_SUFFIXES = ("Manager", "Handler", "Helper", "Util", "Utils", "Base", "Enhanced", "Advanced")
REFUSED_FILES = frozenset({"utils", "util", "common", "helpers", "helper", "misc", "shared"})
FOLDERS = frozenset({".ci", "server", "tools", "engine", "schema", "workflows", "spec", "tests"})
ROOT_FILES = frozenset(
    {
        ".gitignore", ".pre-commit-hooks.yaml",
        "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md",
        "pyproject.toml", "requirements.txt", "requirements-build.txt", "requirements-dev.txt", "workflowlookup.py",
    }
)  # fmt: skip


def stray_paths(paths: tuple[str, ...]) -> Iterator[str]:
    """Yield the files that lie at a place the map does not know."""
    for path in paths:
        folder, slash, _ = path.partition("/")
        if slash and folder not in FOLDERS:
            yield f"{path}: no top-level folder {folder}/ is on the map"
        elif not slash and path not in ROOT_FILES:
            yield f"{path}: no such file belongs at the top level"


def long_file(module: Module) -> Iterator[str]:
    """Yield the file when it has more lines than one sitting holds."""
    lines = module.text.count("\n")
    if lines > FILE_LINES:
        yield f"{module.path}: {lines} lines, at most {FILE_LINES}: split it by concept"


def long_function(module: Module) -> Iterator[str]:
    """Yield every function longer than a screen, its docstring counted."""
    for function in module.functions():
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > FUNCTION_LINES:
            yield f"{module.path}:{function.lineno}: {function.name} has {lines} lines, at most {FUNCTION_LINES}"


def many_parameters(module: Module) -> Iterator[str]:
    """Yield every function with too many parameters; self and cls do not count."""
    for function in module.functions():
        count = len(_parameters(function))
        if count > PARAMETERS:
            yield f"{module.path}:{function.lineno}: {function.name} takes {count} parameters, at most {PARAMETERS}"


def _parameters(function: FunctionNode) -> list[str]:
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    starred = [extra for extra in (arguments.vararg, arguments.kwarg) if extra]
    return [argument.arg for argument in (*plain, *starred) if argument.arg not in {"self", "cls"}]


def refused_class_name(module: Module) -> Iterator[str]:
    """Yield every class whose name ends in a word that says nothing."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith(REFUSED_SUFFIXES):
            yield f"{module.path}:{node.lineno}: class {node.name}: name it after what it does"


def refused_file_name(module: Module) -> Iterator[str]:
    """Yield the file when it, or a folder above it, is named like a drawer or like the standard library."""
    path = PurePosixPath(module.path)
    for name in (path.stem, *path.parts[:-1]):
        if name in REFUSED_FILES:
            yield f"{module.path}: {name} is a drawer, not a concept"
        if name in sys.stdlib_module_names:
            yield f"{module.path}: {name} is a module of the standard library"


def module_docstring(module: Module) -> Iterator[str]:
    """Yield a product module without a docstring, or with one too long to be read first."""
    if not module.is_product:
        return
    docstring = ast.get_docstring(module.tree)
    if not docstring:
        yield f"{module.path}: a module docstring says what it is, what is above it, what is below it"
    elif len(docstring.splitlines()) > DOCSTRING_LINES:
        yield f"{module.path}: the module docstring has more than {DOCSTRING_LINES} lines"
