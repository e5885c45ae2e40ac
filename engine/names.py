"""Names that mean something of their own and therefore cannot name a variable.

Above: structure, structure_texts, structure_automation. Below: structure_sites, structure_rules, scopes, scripts.
"""

from typing import Final

from engine.scopes import SCOPE_WORDS
from engine.scripts import LOCAL_NAMES
from engine.structure_rules import Report
from engine.structure_sites import Site, mapping, mappings
from schema.values import JsonObject, pointer

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
            _check_name(name, f"{site.pointer}/{where}", report)


def check_declared(document: JsonObject, sites: list[Site], report: Report) -> None:
    """No input, state, computed field or field of a question has such a name; none has the name of another."""
    holders = {"": document}
    holders |= {pointer(("tasks", name)): mapping(task) for name, task in mapping(document.get("tasks")).items()}
    for where, holder in holders.items():
        known: dict[str, str] = {}
        for kind in ("inputs", "state", "computed"):
            for name in mapping(holder.get(kind)):
                _check_name(name, where + pointer((kind, name)), report)
                if known.setdefault(name, kind) != kind:
                    message = f"{name!r} stands under {known[name]} too; the bare name means only one of them"
                    report.add("same-name", where + pointer((kind, name)), message, "give one of them another name")
    for site in sites:
        for index, field in enumerate(mappings(site.step.get("fields"))):
            _check_name(str(field["name"]), f"{site.pointer}/fields/{index}/name", report)


def _check_name(name: str, where: str, report: Report) -> None:
    if name in REFUSED:
        message = f"{name!r} has a meaning of its own and cannot name a variable"
        report.add("reserved-name", where, message, "choose another name")
