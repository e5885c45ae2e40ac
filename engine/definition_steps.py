"""The steps of a workflow: what an agent, a user or the server does, and what holds steps.

Above: engine.definition, which hands them on; build makes them. Below: definition_values. `title` is the step's id
where its document gives none; `run_condition` None means always; ids are unique in a document.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from engine.definition_values import (
    Backoff,
    Change,
    Condition,
    Constant,
    Criteria,
    Gate,
    InputField,
    Script,
    Strategy,
    Template,
    Value,
    VarPath,
)
from schema.values import Json, JsonObject


class OnError(NamedTuple):
    """What becomes of a step that failed: tries, then `then`, then the strategy's end."""

    strategy: Strategy
    max_retries: int
    backoff: Backoff
    fallback: Value | None
    then: tuple["Step", ...]


FAIL: Final = OnError(Strategy.FAIL, 0, Backoff(0.0, 1.0, 0.0, 0.0), None, ())
"""What holds where a document says nothing: the session fails."""


class Outcome(NamedTuple):
    """What becomes of a step's answer: a path it is stored at ("": none), updates that read `result`, its failure.

    `timeout`: seconds from its hand-out until it has failed; None = no limit of its own.
    """

    store: str
    updates: tuple[Change, ...]
    on_error: OnError
    timeout: float | None


PLAIN: Final = Outcome("", (), FAIL, None)


class PromptStep(NamedTuple):
    """A step an agent performs. `shown` is the step as its document has it; `text` is role, guidance and prompt.

    `gate` is its `evidence`. `types` are the declared types of what it produces and requires, by name. `expect`: the
    Draft 7 schema of its answer. `context`: values shown with the prompt.
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
    context: Value | None = None
    expect: JsonObject | None = None
    outcome: Outcome = PLAIN
    skippable: bool = False


class MessageStep(NamedTuple):
    """A text for the user; `long` is full, truncate or page; `format` text, markdown or code."""

    id: str
    title: str
    run_condition: Condition | None
    text: Template
    level: str
    format: str
    long: str


class InputStep(NamedTuple):
    """Answers a user gives. `is_single`: one answer, its field's name is `value`; else an object by field name.

    `max_attempts`: refused answers until the step has failed.
    """

    id: str
    title: str
    run_condition: Condition | None
    confirm: bool | Condition
    text: Template
    fields: tuple[InputField, ...]
    is_single: bool
    max_attempts: int
    outcome: Outcome
    skippable: bool = False


class CallStep(NamedTuple):
    """A tool of another MCP server that the agent calls; its parameters resolved at hand-out."""

    id: str
    title: str
    run_condition: Condition | None
    confirm: bool | Condition
    tool: str
    parameters: Value
    outcome: Outcome
    irreversible: bool = False
    skippable: bool = False


class CommandStep(NamedTuple):
    """A program the server runs: `words` are its name and arguments, each one argument whatever its values are.

    `line`: a shell line, run only where the operator allows it for the source, with the variables it names in the
    environment; "" for all native documents. `parse` is text, lines or json; `cwd` is relative to the workspace.
    """

    id: str
    title: str
    run_condition: Condition | None
    words: tuple[Template, ...]
    line: str
    cwd: Template
    env: tuple[tuple[str, Template], ...]
    parse: str
    repeatable: bool
    outcome: Outcome
    irreversible: bool = False


class SetStep(NamedTuple):
    """Updates of the state, all or none."""

    id: str
    title: str
    run_condition: Condition | None
    updates: tuple[Change, ...]
    on_error: OnError = FAIL


class Branch(NamedTuple):
    """One way of an `if`; `when` is None for its else."""

    when: Condition | None
    steps: tuple["Step", ...]


class IfStep(NamedTuple):
    """Branches of which the first whose condition holds is taken, or none."""

    id: str
    title: str
    run_condition: Condition | None
    branches: tuple[Branch, ...]


class JumpKind(StrEnum):
    """Where a jump leads: behind the innermost loop, or to its next pass."""

    BREAK = "break"
    CONTINUE = "continue"


class JumpStep(NamedTuple):
    """A break or continue."""

    id: str
    title: str
    run_condition: Condition | None
    kind: JumpKind


class Join(NamedTuple):
    """When a parallel step is done: after `needed` tasks have succeeded, None = when all have ended."""

    needed: int | None


class Part(NamedTuple):
    """One branch of a parallel step: the name of its task (Automation.tasks), and the inputs it begins with."""

    task: str
    inputs: Value


class ParallelStep(NamedTuple):
    """Tasks for sub-agents: one for each of `items` with the only part, or (items None) one for each part.

    `max_parallel`: tasks handed out at a time. `lease`: seconds without a report after which a task goes back to the
    pool; `outcome.timeout`: seconds a task may take. `outcome.store`: where the values of `collect`, read in each
    task's scope, go in item order.
    """

    id: str
    title: str
    run_condition: Condition | None
    items: Script | Constant | None
    parts: tuple[Part, ...]
    max_parallel: int
    lease: float
    join: Join
    collect: Value | None
    outcome: Outcome


class WaitStep(NamedTuple):
    """A rest: until a poll (all None), `seconds` have gone by, `until` gives true or a time that is past, a signal.

    `outcome.timeout` limits it.
    """

    id: str
    title: str
    run_condition: Condition | None
    seconds: Value | None
    until: Script | None
    signal: str
    text: Template
    outcome: Outcome
    skippable: bool = False


class WorkflowStep(NamedTuple):
    """Another workflow run as a child; `outputs` are paths of ours with values read in the child's scope.

    `isolated`: the child has a state of its own; else it shares ours.
    """

    id: str
    title: str
    run_condition: Condition | None
    workflow_id: str
    inputs: Value
    outputs: tuple[tuple[str, Value], ...]
    isolated: bool
    outcome: Outcome


class LoopKind(StrEnum):
    """How a loop decides whether there is another pass."""

    WHILE = "while"
    UNTIL = "until"
    FOR = "for"
    FOR_EACH = "forEach"


class LoopStep(NamedTuple):
    """A loop. `test` holds before each pass of a while (an until's is negated here); None for the other kinds.

    `fixed` is a for's number where it is one; else `source` names the variable that holds the number or the list, or
    `script` gives it.
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
    script: Script | None = None


Open: TypeAlias = PromptStep | InputStep | CallStep | WaitStep
"""Steps that are handed out and reported."""
Served: TypeAlias = MessageStep | CommandStep | SetStep | JumpStep | ParallelStep | WorkflowStep
"""Steps that a session carries out itself, or hands out in parts."""
Step: TypeAlias = Open | Served | IfStep | LoopStep
