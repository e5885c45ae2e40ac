"""A workflow as typed, frozen values: what the schema accepted, ready to be walked.

Above: walk, guidance, conditions and criteria read these values; build makes them.
Below: schema.values. Everything is a NamedTuple: cheap to make, impossible to change.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias

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


class AllOf(NamedTuple):
    """True when every part is; with no parts: true."""

    parts: tuple["Condition", ...]


class AnyOf(NamedTuple):
    """True when at least one part is; with no parts: false."""

    parts: tuple["Condition", ...]


class Negation(NamedTuple):
    """True when its part is not."""

    part: "Condition"


Condition: TypeAlias = Comparison | AllOf | AnyOf | Negation


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
    """A `{{ ... }}` in a text: `written` with its braces; `path` is None where it is not a dotted path."""

    written: str
    path: VarPath | None


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


class PromptStep(NamedTuple):
    """A step an agent performs. `shown` is the step as its document has it; `text` is role, guidance and prompt.

    `gate` is its `evidence`. `types` are the declared types of what it produces and requires, by name.
    """

    id: str
    title: str
    text: Template
    run_condition: Condition | None
    confirm: bool | Condition
    criteria: Criteria | None
    shown_criteria: list[Json]
    model_hint: str | None
    requires: tuple[str, ...]
    produces: tuple[str, ...]
    shown: JsonObject
    gate: Gate | None
    types: Mapping[str, str]
    irreversible: bool


class LoopKind(StrEnum):
    """How a loop decides whether there is another pass."""

    WHILE = "while"
    UNTIL = "until"
    FOR = "for"
    FOR_EACH = "forEach"


class LoopStep(NamedTuple):
    """A loop. `test` holds before each pass of a while (an until's is negated here); None for the other kinds.

    `fixed` is a for's number where it is one; else `source` names the variable that holds the number or the list.
    """

    id: str
    title: str
    kind: LoopKind
    test: Condition | None
    fixed: int | None
    source: VarPath
    source_name: str
    max_iterations: int
    iteration_var: str
    item_var: str
    index_var: str
    run_condition: Condition | None
    confirm: bool | Condition
    body: tuple["Step", ...]


Step: TypeAlias = PromptStep | LoopStep


class Place(NamedTuple):
    """Where a step stands: the loops around it, outermost first, and its index in each sequence on the way."""

    step: Step
    loops: tuple[LoopStep, ...]
    indexes: tuple[int, ...]


class Phase(NamedTuple):
    """A group of steps with a gate: steps[first:end] of the workflow's top level.

    In a workflow without phases each top-level step is one: numbers from 1, its gate the step's own. `shown` is the
    phase as its document has it ({} where the document has none).
    """

    number: int
    title: str
    purpose: str
    first: int
    end: int
    gate: Gate
    shown: JsonObject


class Workflow(NamedTuple):
    """A whole workflow; `places` finds every step by id, those in loops included, in document order.

    `is_strict`: it declares schemaVersion 1.0.0 or later; older documents may give scope words another meaning.
    `produced`: the variables that steps produce, by step id; steps that produce none are left out. `phases` cover
    `steps` without gap, in order; `is_phased`: the document itself has them. `plain_from`: the index in `steps` from
    which on all are prompts without conditions, so that counting them takes no walk.
    """

    id: str
    name: str
    steps: tuple[Step, ...]
    places: Mapping[str, Place]
    is_strict: bool
    produced: Mapping[str, tuple[str, ...]]
    phases: tuple[Phase, ...]
    is_phased: bool
    plain_from: int


class WorkflowEntry(Protocol):
    """A workflow that may be used, as a library hands it out."""

    @property
    def workflow(self) -> Workflow:
        """The workflow as typed values."""
        ...

    @property
    def session_option(self) -> str:
        """The session option that names where further phases come from; "" where the workflow is all there is."""
        ...


class Workflows(Protocol):
    """Where tools find workflows: engine.library, or a dictionary in a test."""

    def entry(self, workflow_id: str) -> WorkflowEntry:
        """Give the workflow of that id; raises WorkflowNotFoundError or WorkflowInvalidError."""
        ...
