"""What to do about a text that is not YAML: libyaml's complaint -> a suggestion, and where what is not closed began.

Above: schema.yaml_builder. Below: nothing; libyaml's words are read as plain text.
"""

from typing import NamedTuple

TAB = "a tab; YAML is indented with spaces"
COLON = "check the indentation, or put the text in quotes if the colon belongs to it"
OTHERWISE = "check the indentation, and put text that holds : # [ ] { } or quotation marks in quotes"
UNPRINTABLE = "remove it, or write it as an escape in double quotes"
_SIGNS = frozenset("@`%&*!|>")  # characters no plain text begins with


class Complaint(NamedTuple):
    """What libyaml says: `context` (while doing what, begun at offset `begun`), and the `problem` at `offset`."""

    context: str
    begun: int | None
    problem: str
    offset: int


class Advice(NamedTuple):
    """A suggestion; with `opened` its last words are to be followed by the place of that offset."""

    suggestion: str
    opened: int | None = None


def advise(text: str, said: Complaint, innermost: int | None = None) -> Advice:
    r"""Say what to do about a complaint; `innermost` is where the last flow list or object still open begins.

    >>> advise("a: [1", Complaint("while parsing a flow sequence", 3, "did not find expected ',' or ']'", 5))
    Advice(suggestion='put a comma here, or close the [', opened=3)
    >>> advise("a:\n\tb: 1", Complaint("while scanning for the next token", 3, "found character", 3)).suggestion
    'a tab; YAML is indented with spaces'
    """
    if "tab character" in said.problem or text[said.offset : said.offset + 1] == "\t":
        return Advice(TAB)
    begun = innermost if "flow node" in said.context else said.begun
    if begun is not None:
        sign = text[begun : begun + 1]
        if "flow" in said.context and sign in ("[", "{"):
            return Advice(f"put a comma here, or close the {sign}", begun)
        if "quoted scalar" in said.context and "end of stream" in said.problem:
            return Advice(f"close the quotation mark {sign}", begun)
        if "block" in said.context and "did not find expected" in said.problem:
            return Advice("line this up with the list or object", begun)
    return Advice(_plain_advice(text, said))


def _plain_advice(text: str, said: Complaint) -> str:
    sign = text[said.offset : said.offset + 1]
    if "mapping values" in said.problem:
        return COLON
    if "cannot start any token" in said.problem and sign in _SIGNS:
        return f"put text that begins with {sign} in quotes"
    return OTHERWISE
