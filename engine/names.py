"""Names that mean something of their own and therefore cannot name a variable.

Above: structure, structure_texts. Below: structure_sites, structure_rules.
"""

from typing import Final

from engine.structure_rules import Report
from engine.structure_sites import Site, mapping

SCOPE_WORDS: Final = frozenset(("inputs", "state", "computed", "this", "global", "loop", "steps", "session"))
LOCAL_NAMES: Final = frozenset(("evidence", "value", "input", "result"))
# fmt: off
RESERVED_WORDS: Final = frozenset((
    "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do",
    "else", "enum", "export", "extends", "false", "finally", "for", "function", "if", "implements", "import",
    "in", "instanceof", "interface", "let", "new", "null", "package", "private", "protected", "public",
    "return", "static", "super", "switch", "this", "throw", "true", "try", "typeof", "undefined", "var", "void",
    "while", "with", "yield",
))
# fmt: on
"""JavaScript's reserved words; names must stay usable in expressions."""
REFUSED: Final = SCOPE_WORDS | LOCAL_NAMES | RESERVED_WORDS


def check_names(sites: list[Site], report: Report) -> None:
    """No variable is named like a scope, a local name or a reserved word."""
    for site in sites:
        named = [(f"loop/{key}", str(name)) for key, name in mapping(site.loop).items() if key.endswith("Var")]
        named += [(f"{key}/{name}", name) for key in ("produces", "requires") for name in mapping(site.step.get(key))]
        for where, name in named:
            if name in REFUSED:
                message = f"{name!r} has a meaning of its own and cannot name a variable"
                report.add("reserved-name", f"{site.pointer}/{where}", message, "choose another name")
