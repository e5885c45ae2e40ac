"""A text as a syntax tree: parsed as the one expression it must be, and the words for where it is not.

Above: expression_proof. Below: tree-sitter with its JavaScript grammar (loaded late).
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_EXPRESSION: Final = 4096
"""Code points of an expression; the longest ones met have some hundred."""


class FaultError(Exception):
    """What keeps a text from being an expression that may run."""

    def __init__(self, node: "Node | None", words: str) -> None:
        super().__init__(words)
        self.node = node
        self.words = words


def parsed(text: str) -> "Node":
    """Give the tree of the one expression a text is; FaultError where it is none."""
    if len(text) > MAX_EXPRESSION:
        raise FaultError(None, f"it is longer than {MAX_EXPRESSION:,} characters")
    if not text.strip() or "\0" in text:
        raise FaultError(None, "it is not exactly one expression")
    try:
        source = f"(\n{text}\n)".encode()
    except UnicodeEncodeError:
        raise FaultError(None, "it has half of a surrogate pair in it") from None
    return _only(_parser().parse(source).root_node)


@lru_cache(maxsize=1)
def _parser() -> "Parser":
    import tree_sitter_javascript  # noqa: PLC0415 - loaded with the first expression
    from tree_sitter import Language, Parser  # noqa: PLC0415 - as above

    return Parser(Language(tree_sitter_javascript.language()))


def _only(root: "Node") -> "Node":
    """Give the one expression the wrapper holds."""
    statements = root.named_children
    wrapper = statements[0].named_children if len(statements) == 1 else []
    is_whole = len(wrapper) == 1 and wrapper[0].type == "parenthesized_expression"
    if root.has_error or not is_whole or wrapper[0].byte_range != root.byte_range:
        raise FaultError(_first_error(root), "it is not exactly one expression")
    return wrapper[0]


def _first_error(root: "Node") -> "Node | None":
    """Give the first place where the grammar failed; None where the text is sound and yet not one expression."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            return node
        waiting.extend(child for child in reversed(node.children) if child.has_error or child.is_missing)
    return None


def text_of(node: "Node") -> str:
    """Give the text of a node."""
    return (node.text or b"").decode()


def place_of(text: str, node: "Node | None") -> str:
    """Say where in the text a node begins; a place in the wrapper is moved into the text."""
    row, column = (node.start_point.row - 1, node.start_point.column) if node is not None else (0, 0)
    lines = text.split("\n")
    if not 0 <= row < len(lines):
        row, column = len(lines) - 1, len(lines[-1].encode(errors="replace"))
    before = lines[row].encode(errors="replace")[:column].decode(errors="replace")
    return f" (line {row + 1}, column {len(before) + 1})"
