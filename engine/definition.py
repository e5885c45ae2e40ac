"""A workflow as typed, frozen values: what the schema accepted, ready to be walked.

Above: walk, guidance, sessions read these values; build makes them. Below: definition_values and definition_steps, all
handed on from here. Everything is a NamedTuple: cheap to make, impossible to change.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from engine.definition_steps import (
    FAIL,
    PLAIN,
    Branch,
    CallStep,
    CommandStep,
    IfStep,
    InputStep,
    Join,
    JumpKind,
    JumpStep,
    LoopKind,
    LoopStep,
    MessageStep,
    OnError,
    Open,
    Outcome,
    ParallelStep,
    Part,
    PromptStep,
    Served,
    SetStep,
    Step,
    WaitStep,
    WorkflowStep,
)
from engine.definition_values import (
    AllOf,
    AnyOf,
    Backoff,
    Change,
    Comparison,
    Computed,
    Condition,
    Constant,
    Criteria,
    Declared,
    ErrorPolicy,
    EveryRule,
    Field,
    Gate,
    GateRule,
    InputField,
    ListOf,
    Negation,
    NoRule,
    ObjectOf,
    Operation,
    Rule,
    Script,
    Slot,
    SomeRule,
    Strategy,
    Template,
    Validator,
    Value,
    VarPath,
)
from schema.values import JsonObject

__all__ = [
    "FAIL",
    "PLAIN",
    "AllOf",
    "AnyOf",
    "Backoff",
    "Branch",
    "CallStep",
    "Change",
    "CommandStep",
    "Comparison",
    "Computed",
    "Condition",
    "Constant",
    "Criteria",
    "Declared",
    "ErrorPolicy",
    "EveryRule",
    "Field",
    "Gate",
    "GateRule",
    "IfStep",
    "InputField",
    "InputStep",
    "Join",
    "JumpKind",
    "JumpStep",
    "ListOf",
    "LoopKind",
    "LoopStep",
    "MessageStep",
    "Negation",
    "NoRule",
    "ObjectOf",
    "OnError",
    "Open",
    "Operation",
    "Outcome",
    "ParallelStep",
    "Part",
    "PromptStep",
    "Rule",
    "Script",
    "Served",
    "SetStep",
    "Slot",
    "SomeRule",
    "Step",
    "Strategy",
    "Template",
    "Validator",
    "Value",
    "VarPath",
    "WaitStep",
    "WorkflowStep",
]


class Level(NamedTuple):
    """One sequence on the way to a step: its `steps`, the index `at` which the way leads on.

    `owner`: the step whose body, branch or `then` it is, None for the top level; `branch` counts an if's from 0.
    """

    owner: Step | None
    branch: int
    steps: tuple[Step, ...]
    at: int


class Place(NamedTuple):
    """Where a step stands: the loops around it, outermost first, and its index in each sequence on the way.

    `indexes`: one for each loop and one more; what lies in branches is counted on in document order within them.
    `levels`: every sequence on the way, branches included, outermost first; the last one holds the step.
    """

    step: Step
    loops: tuple[LoopStep, ...]
    indexes: tuple[int, ...]
    levels: tuple[Level, ...]


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


class TaskDefinition(NamedTuple):
    """What a sub-agent is given: a workflow of its own, with inputs and state that no other task sees."""

    name: str
    description: str
    workflow: "Workflow"


class Automation(NamedTuple):
    """What a workflow declares for its sessions: inputs, initial state, computed fields in dependency order, tasks.

    `timeout`: seconds a session may take, None = any. `kept`: ids of the steps whose output expressions read, as
    steps["id"].output.
    """

    inputs: tuple[Declared, ...]
    state: JsonObject
    computed: tuple[Computed, ...]
    timeout: float | None
    tasks: Mapping[str, TaskDefinition]
    kept: frozenset[str]


NO_CHILDREN: Final[Mapping[str, "Workflow"]] = MappingProxyType({})


class Workflow(NamedTuple):
    """A whole workflow; `places` finds every step by id, those in loops included, in document order.

    `is_strict`: it declares schemaVersion 1.0.0 or later; older documents may give scope words another meaning.
    `produced`: the variables that steps produce, by step id; steps that produce none are left out. `phases` cover
    `steps` without gap, in order; `is_phased`: the document itself has them. `plain_from`: the index in `steps` from
    which on all are prompts without conditions, so that counting them takes no walk. `automation`: None where the
    document uses none of its keys. `children`: by id the workflows that `workflow` steps enter, those of children
    included; a session's runner fills it in from what is pinned.
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
    automation: Automation | None = None
    children: Mapping[str, "Workflow"] = NO_CHILDREN


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
