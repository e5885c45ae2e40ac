"""What the rules look at: the files git knows (or would add), parsed once.

Above: every rule module beside this one. Below: git and the standard library.
"""

import ast
import io
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]
PRODUCT = ("server/", "tools/", "engine/", "schema/", "workflowlookup.py")
GIT_SECONDS = 30  # listing a few hundred files takes milliseconds; a hung git must not hang the tests

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Comment(NamedTuple):
    """One comment of a Python file: its line (1-based) and its text, the # included."""

    line: int
    text: str


class Module(NamedTuple):
    """One Python file: path relative to the root with forward slashes, text, syntax tree, comments."""

    path: str
    text: str
    tree: ast.Module
    comments: tuple[Comment, ...]

    @property
    def is_product(self) -> bool:
        """Whether the file ships in the wheel."""
        return self.path.startswith(PRODUCT)

    @property
    def is_test(self) -> bool:
        """Whether the file belongs to the test suite proper: benches and the conformance fixtures do not."""
        return self.path.startswith("tests/") and not self.path.startswith(("tests/bench/", "tests/conformance/"))

    def functions(self) -> Iterator[FunctionNode]:
        """Every function and method, nested ones included."""
        for node in ast.walk(self.tree):
            if isinstance(node, FunctionNode):
                yield node


def parse(path: str, text: str) -> Module:
    """Parse one Python file.

    >>> parse("engine/x.py", "a = 1  # why").comments
    (Comment(line=1, text='# why'),)
    """
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = tuple(Comment(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT)
    return Module(path, text, ast.parse(text), comments)


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Return what each imported local name stands for, dotted.

    >>> imported_names(ast.parse("import os.path as p, time; from datetime import datetime as d"))
    {'p': 'os.path', 'time': 'time', 'd': 'datetime.datetime'}
    """
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                names[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def dotted(node: ast.expr, names: dict[str, str]) -> str:
    """Return the full dotted name an expression stands for, or "" when it is no plain name.

    >>> dotted(ast.parse("d.now", mode="eval").body, {"d": "datetime.datetime"})
    'datetime.datetime.now'
    """
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value, names)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


@cache
def tracked_paths() -> tuple[str, ...]:
    """Every file git tracks or would add, relative to the root; files already deleted are left out."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=GIT_SECONDS).stdout
    names = {name for name in listing.decode().split("\0") if name}
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


@cache
def python_modules() -> tuple[Module, ...]:
    """Every tracked Python file, parsed."""
    paths = (path for path in tracked_paths() if path.endswith(".py"))
    return tuple(parse(path, (ROOT / path).read_text(encoding="utf-8")) for path in paths)


@cache
def text_files() -> tuple[tuple[str, str], ...]:
    """Every tracked file that is UTF-8 text: (path, text)."""
    found: list[tuple[str, str]] = []
    for path in tracked_paths():
        try:
            found.append((path, (ROOT / path).read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return tuple(found)
