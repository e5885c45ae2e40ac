"""Rules about comments and plain text: exemptions carry a reason, nothing is left to do, no place is named."""

import ast
import re
from collections.abc import Iterator

from tests.unit.tidy.sources import FunctionNode, Module

COMPLEXITY_CODES = ("C901", "PLR0911", "PLR0912")  # complexity, returns, branches: what a pure dispatch may exceed
REASON = r"[^\w#]+\S+(?:\s+\S+)+"  # at least two words after the directive
NOQA = re.compile(r"#\s*(?:ruff:\s*)?noqa\b", re.IGNORECASE)
NOQA_WITH_REASON = re.compile(rf"#\s*(?:ruff:\s*)?noqa:\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*{REASON}")
IGNORE = re.compile(r"#\s*type:\s*ignore")
IGNORE_WITH_REASON = re.compile(rf"#\s*type:\s*ignore\[[\w, -]+\]\s*#{REASON}")
PRAGMA = re.compile(r"#\s*pragma:")
PRAGMA_WITH_REASON = re.compile(rf"#\s*pragma:\s*no (?:cover|branch){REASON}")
WHOLE_FILE = re.compile(r"#\s*(?:ruff|flake8|mypy|pylint):")
WHOLE_FILE_WITH_REASON = re.compile(rf"#\s*ruff:\s*noqa:\s*[A-Z]+\d+{REASON}")
LEFT_OVER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
REGISTRIES = re.compile(
    r"\b(?:py" r"pi\.org|pythonhos" r"ted\.org|np" r"mjs\.(?:org|com)|crates" r"\.io|deb\." r"debian\.org)\b"
)
MACHINE_PATHS = re.compile(r"(?<![\w.~}>)-])/(?:ho" r"me|wo" r"rk|ro" r"ot)/")
DIRECTIVES = (
    (WHOLE_FILE, WHOLE_FILE_WITH_REASON, "a whole file may only say `ruff: noqa: CODE - the reason in words`"),
    (NOQA, NOQA_WITH_REASON, "write `noqa: CODE - the reason in words`"),
    (IGNORE, IGNORE_WITH_REASON, "write `type: ignore[code]  # the reason in words`"),
    (PRAGMA, PRAGMA_WITH_REASON, "write `pragma: no cover - the reason in words`"),
)


def bare_exemption(module: Module) -> Iterator[str]:
    """Yield every directive that switches a checker off without saying why."""
    for comment in module.comments:
        for directive, sound, advice in DIRECTIVES:
            if directive.search(comment.text) and not sound.search(comment.text):
                yield f"{module.path}:{comment.line}: {advice}"


def complexity_exemption(module: Module) -> Iterator[str]:
    """Yield every complexity exemption that is not on the first line of a pure dispatch."""
    exempt = {comment.line for comment in module.comments if _names_complexity(comment.text)}
    pure = {function.lineno for function in module.functions() if is_pure_dispatch(function)}
    for line in sorted(exempt - pure):
        yield f"{module.path}:{line}: only one match of single calls that ends in assert_never may be exempt"


def _names_complexity(comment: str) -> bool:
    return bool(NOQA.search(comment)) and any(code in comment for code in COMPLEXITY_CODES)


def is_pure_dispatch(function: FunctionNode) -> bool:
    r"""Whether a function is nothing but one match in which every case is a single call, ending in assert_never.

    >>> source = "def f(x):\n  match x:\n    case 1: return g(x)\n    case _: assert_never(x)"
    >>> is_pure_dispatch(ast.parse(source).body[0])
    True
    """
    body = function.body[1:] if ast.get_docstring(function) else function.body
    match body:
        case [ast.Match(cases=cases)] if len(cases) > 1:
            calls = [_single_call(case.body) for case in cases]
            return all(calls) and calls[-1] == "assert_never"
        case _:
            return False


def _single_call(body: list[ast.stmt]) -> str:
    """Return the name of the one function a case calls, or "" when it does anything else."""
    match body:
        case [ast.Return(value=ast.Call() as call) | ast.Expr(value=ast.Call() as call)]:
            return ast.unparse(call.func)
        case [
            ast.Return(value=ast.Await(value=ast.Call() as call)) | ast.Expr(value=ast.Await(value=ast.Call() as call))
        ]:
            return ast.unparse(call.func)
        case _:
            return ""


def left_over_mark(path: str, text: str) -> Iterator[str]:
    """Yield every mark that says the work is not finished."""
    yield from _matches(LEFT_OVER, path, text, "finish it or file an issue")


def registry_host(path: str, text: str) -> Iterator[str]:
    """Yield every host of a package registry: which registry a machine uses is the machine's business."""
    yield from _matches(REGISTRIES, path, text, "no registry host in a tracked file")


def machine_path(path: str, text: str) -> Iterator[str]:
    """Yield every absolute path that exists on one machine only."""
    yield from _matches(MACHINE_PATHS, path, text, "no path of one machine in a tracked file")


def _matches(pattern: re.Pattern[str], path: str, text: str, advice: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if pattern.search(line):
            yield f"{path}:{number}: {advice}: {line.strip()[:80]}"
