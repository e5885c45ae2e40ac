"""The words the proof of expressions goes by: which kinds of syntax may run, which names are JavaScript's own.

Above: expression_proof. Below: nothing.
"""

from typing import Final

# fmt: off
BUILT_IN: Final = frozenset((
    "Object", "Array", "String", "Number", "Boolean", "Math", "JSON", "RegExp", "Map", "Set", "isNaN", "isFinite",
    "parseInt", "parseFloat", "Infinity", "NaN", "undefined",
))
"""Names of JavaScript's own that every expression may use."""
ALLOWED: Final = frozenset((
    "parenthesized_expression", "identifier", "property_identifier", "shorthand_property_identifier", "number",
    "string", "string_fragment", "escape_sequence", "template_string", "template_substitution", "regex",
    "regex_pattern", "regex_flags", "true", "false", "null", "undefined", "array", "object", "pair",
    "computed_property_name",
    "spread_element", "member_expression", "subscript_expression", "optional_chain", "call_expression", "arguments",
    "binary_expression", "unary_expression", "ternary_expression", "arrow_function", "new_expression",
))
"""Kinds of syntax of which an expression is made: values, operators, calls, arrow functions."""
STATEMENTS: Final = frozenset((
    "statement_block", "lexical_declaration", "variable_declarator", "if_statement", "else_clause",
    "return_statement", "expression_statement", "this", "comment",
))
"""What scripts may have besides: arrow functions of const, let, if and return; this; comments."""
PATTERNS: Final = frozenset((
    "identifier", "formal_parameters", "array_pattern", "object_pattern", "pair_pattern", "rest_pattern",
    "assignment_pattern", "object_assignment_pattern", "shorthand_property_identifier_pattern",
))
"""Kinds of syntax that give names to what an arrow function or a declaration is given."""
REFUSED_PROPERTIES: Final = frozenset((
    "constructor", "__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__",
))
"""Properties that lead to what makes values or code."""
RESERVED: Final = frozenset((
    "arguments", "await", "enum", "implements", "interface", "let", "package", "private", "protected", "public",
    "static", "yield",
))
"""Words that JavaScript reads as names in some places and refuses in ours."""
# fmt: on
WORDS: Final = frozenset(
    (
        "property_identifier",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
        "string_fragment",
    )
)
"""Kinds of syntax whose text is a property."""
NAMES: Final = frozenset(("identifier", *WORDS)) - {"string_fragment"}
"""Kinds of syntax whose text is a name, of a variable or a property."""
CLOCK: Final = "Date"
"""JavaScript's clock; scripts have that of their session."""
ABSENT: Final = {
    CLOCK: "Date is not there: an expression gives the same answer at any time",
    "eval": "eval is not there: an expression cannot make code",
    "Function": "Function is not there: an expression cannot make code",
}
"""Names that other programs have, and why they are not here."""
CALLED: Final = {
    "assignment_expression": "an assignment",
    "augmented_assignment_expression": "an assignment",
    "update_expression": "++ or --",
    "function_expression": "a function with statements",
    "generator_function": "a function with statements",
    "statement_block": "a function with statements",
    "method_definition": "a function with statements",
    "sequence_expression": "a comma between expressions",
    "await_expression": "await",
    "yield_expression": "yield",
    "this": "this",
    "super": "super",
    "for_statement": "a loop",
    "for_in_statement": "a loop",
    "while_statement": "a loop",
    "do_statement": "a loop",
    "throw_statement": "throw",
    "try_statement": "try",
    "variable_declaration": "var",
    "function_declaration": "a function with a name",
    "class_declaration": "a class",
    "import": "import",
    "meta_property": "import or new.target",
    "class": "a class",
    "comment": "a comment",
    "html_comment": "a comment",
}
"""What people call a kind of syntax that is refused."""
