"""The values a workflow is made of below its steps: conditions, criteria, templates, updates, fields, gates.

Above: engine.definition, which hands them on; build and its readers make them. Below: schema.values. Everything is a
NamedTuple: cheap to make, impossible to change.
"""

from enum import StrEnum
from typing import NamedTuple, TypeAlias

from schema.values import Json, JsonObject

VarPath: TypeAlias = tuple[str, ...]
"""A variable: its name, then property names and list indexes (as decimal text)."""


class Comparison(NamedTuple):
    """One operator applied to one variable; `name` is the variable as its author wrote it, `weight` the operand's size.

    The size is counted as engine.budget counts it.
    """

    path: VarPath
    name: str
    operator: str
    operand: Json
    weight: int


class Script(NamedTuple):
    """An expression: its text, and the chains of names it reads, such as ("state", "total").

    `path`: the variable where the expression is nothing but a dotted path, so that no JavaScript need run; else None.
    As a condition it holds where its value is truthy in JavaScript.
    """

    text: str
    chains: tuple[tuple[str, ...], ...]
    path: VarPath | None


class AllOf(NamedTuple):
    """True when every part is; with no parts: true."""

    parts: tuple["Condition", ...]


class AnyOf(NamedTuple):
    """True when at least one part is; with no parts: false."""

    parts: tuple["Condition", ...]


class Negation(NamedTuple):
    """True when its part is not."""

    part: "Condition"


Condition: TypeAlias = Comparison | Script | AllOf | AnyOf | Negation


class Rule(NamedTuple):
    """One check of an output: the check's name in engine.checks, its parameters, the author's message.

    `field` is the rule's JSON Pointer below the step. The rule is skipped where `condition` is false.
    """

    check: str
    params: JsonObject
    message: str
    field: str
    condition: Condition | None


class EveryRule(NamedTuple):
    """Holds when all parts hold (`and`, and the plain list)."""

    parts: tuple["Criteria", ...]


class SomeRule(NamedTuple):
    """Holds when at least one part holds (`or`)."""

    parts: tuple["Criteria", ...]


class NoRule(NamedTuple):
    """Holds when its part does not (`not`)."""

    part: "Criteria"


Criteria: TypeAlias = Rule | EveryRule | SomeRule | NoRule


class Slot(NamedTuple):
    """A `{{ ... }}` in a text: `written` with its braces; `path` is None where it is not a dotted path.

    `script`: the expression, in documents that use automation keys; None elsewhere and where there is a path.
    """

    written: str
    path: VarPath | None
    script: Script | None = None


class Template(NamedTuple):
    """A text with slots; a template without slots is one plain part or none."""

    parts: tuple[str | Slot, ...]


class Validator(NamedTuple):
    """One check of an evidence field: the check's name in engine.checks, its parameters."""

    check: str
    params: JsonObject


class Field(NamedTuple):
    """One field of evidence a gate asks for; `type` is a JSON type's name. `has_example` tells null from no example."""

    name: str
    type: str
    required: bool
    description: str
    example: Json
    has_example: bool
    validators: tuple[Validator, ...]


class GateRule(NamedTuple):
    """A rule over several fields: an expression whose only name is `evidence`, and the author's message."""

    expression: str
    message: str


class Gate(NamedTuple):
    """What must be shown before a phase or step counts.

    Where `strict` is false findings are warnings. `max_attempts`: failed attempts until the session fails, None =
    no limit. `is_own`: the document has it; the gate that stands in for a missing one is lenient, wanting `summary`.
    """

    strict: bool
    allow_override: bool
    max_attempts: int | None
    fields: tuple[Field, ...]
    rules: tuple[GateRule, ...]
    is_own: bool


class Constant(NamedTuple):
    """A value without templates."""

    value: Json


class ListOf(NamedTuple):
    """A list in which something is a template."""

    items: tuple["Value", ...]


class ObjectOf(NamedTuple):
    """An object in which something is a template; keys are never templates."""

    members: tuple[tuple[str, "Value"], ...]


Value: TypeAlias = Constant | Template | ListOf | ObjectOf


class Operation(StrEnum):
    """What an update does at its path."""

    SET = "set"
    APPEND = "append"
    INCREMENT = "increment"
    DECREMENT = "decrement"
    MULTIPLY = "multiply"
    MERGE = "merge"
    REMOVE = "remove"


class Change(NamedTuple):
    """An update as a document has it: `path` as written (engine.updates reads it), `value` still with templates."""

    path: str
    operation: Operation
    value: Value


class Strategy(StrEnum):
    """What becomes of a step that failed."""

    FAIL = "fail"
    CONTINUE = "continue"
    RETRY = "retry"
    FALLBACK = "fallback"


class Backoff(NamedTuple):
    """Waits between tries, in seconds: the first, the factor from one to the next, the longest.

    `jitter`: the share, 0 to 1, by which a wait may be shorter; drawn from session, step and try, never at random.
    """

    initial: float
    factor: float
    longest: float
    jitter: float


class InputField(NamedTuple):
    """One thing asked of a user: `kind` is string, number, integer, boolean, choice or json.

    `choices`: the list, or what gives it; None for other kinds. `rule`: an expression with the local name `value`.
    `visible_when`: asked only where it holds. `message`: the author's words for a wrong answer, "" for ours.
    """

    name: str
    kind: str
    prompt: str
    choices: Value | None
    default: Value | None
    required: bool
    checks: tuple[Validator, ...]
    rule: Script | None
    visible_when: Condition | None
    message: str


class Declared(NamedTuple):
    """An input a session, child or task begins with: `kind` string, number, integer, boolean, object or array.

    `rule`: an expression with the local name `value`.
    """

    name: str
    kind: str
    description: str
    required: bool
    default: Json
    has_default: bool
    checks: tuple[Validator, ...]
    rule: Script | None


class ErrorPolicy(StrEnum):
    """What becomes of a computed field whose expression fails."""

    FALLBACK = "fallback"
    PROPAGATE = "propagate"
    IGNORE = "ignore"


class Computed(NamedTuple):
    """A computed field: `sources` are what `input` is made of; the fields of a workflow stand in dependency order.

    `reads`: the names (computed.x, inputs.x, state.x; this.x stands for all three) whose change makes it anew.
    """

    name: str
    sources: tuple[VarPath, ...]
    is_single: bool
    script: Script
    reads: frozenset[str]
    on_error: ErrorPolicy
    fallback: Json
