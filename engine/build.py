"""A document the schema accepted -> a Workflow.

Above: engine.library, tools. Below: definition, conditions, criteria, template.
A body given as an id takes the sibling out of the sequence: it runs only inside the loop. The tasks of all phases in
order are the workflow's steps. Documents with a critical finding are never built: engine.structure has then named the
unknown or circular reference.
"""

from itertools import chain
from typing import NamedTuple

from engine import template
from engine.conditions import read_condition
from engine.criteria import read_criteria
from engine.definition import (
    Condition,
    Level,
    LoopKind,
    LoopStep,
    Negation,
    Phase,
    Place,
    PromptStep,
    Step,
    Template,
    Workflow,
)
from engine.gates import LENIENT, read_gate
from engine.passes import plain_from
from engine.structure_rules import is_strict
from engine.variables import loose_path
from schema.values import Json, JsonObject

DEFAULT_ITERATION_VAR = "currentIteration"
DEFAULT_ITEM_VAR = "currentItem"
DEFAULT_INDEX_VAR = "currentIndex"


def build(document: JsonObject) -> Workflow:
    """Make the workflow of a native document without critical findings.

    >>> document = {"id": "greet", "name": "Greet", "steps": [{"id": "hello", "title": "Hello", "prompt": "Say it."}]}
    >>> list(build(document).places)
    ['hello']
    """
    documents = _objects(document.get("phases"))
    phases = _phases(documents) if documents else _singles(_Builder().sequence(_objects(document["steps"])))
    steps = phases.steps
    places: dict[str, Place] = {}
    _index(_Around((), (), (), None), steps, places)
    prompts = (place.step for place in places.values() if isinstance(place.step, PromptStep))
    produced = {step.id: step.produces for step in prompts if step.produces}
    return Workflow(
        id=str(document["id"]),
        name=str(document["name"]),
        steps=steps,
        places=places,
        is_strict=is_strict(document),
        produced=produced,
        phases=phases.phases,
        is_phased=bool(documents),
        plain_from=plain_from(steps),
    )


class _Phases(NamedTuple):
    """The top level of a workflow: its steps, and the phases that cover them."""

    steps: tuple[Step, ...]
    phases: tuple[Phase, ...]


def _phases(documents: list[JsonObject]) -> _Phases:
    """Build the phases a document has; ids are unique over all of them."""
    builder = _Builder()
    sequences = [builder.sequence(_objects(document["tasks"])) for document in documents]
    phases: list[Phase] = []
    first = 0
    for document, steps in zip(documents, sequences, strict=True):
        phases.append(_phase(document, first, first + len(steps)))
        first += len(steps)
    return _Phases(tuple(chain.from_iterable(sequences)), tuple(phases))


def _phase(document: JsonObject, first: int, end: int) -> Phase:
    gate = document.get("gate")
    return Phase(
        number=_whole(document["number"]),
        title=str(document["title"]),
        purpose=str(document.get("purpose", "")),
        first=first,
        end=end,
        gate=read_gate(gate) if isinstance(gate, dict) else LENIENT,
        shown=document,
    )


def _singles(steps: tuple[Step, ...]) -> _Phases:
    return _Phases(steps, tuple(_single(number, step) for number, step in enumerate(steps, 1)))


def _single(number: int, step: Step) -> Phase:
    """Read one top-level step as a phase."""
    gate = step.gate if isinstance(step, PromptStep) and step.gate is not None else LENIENT
    return Phase(number, step.title, "", number - 1, number, gate, {})


def body_references(documents: list[JsonObject]) -> set[str]:
    """Name the steps of a sequence that run only as the body of a loop beside them."""
    return {body for document in documents if isinstance(body := document.get("body"), str)}


def loop_names(loop: JsonObject) -> tuple[str, str, str]:
    """Give the names of a loop's variables: iteration, item, index."""
    return (
        str(loop.get("iterationVar") or DEFAULT_ITERATION_VAR),
        str(loop.get("itemVar") or DEFAULT_ITEM_VAR),
        str(loop.get("indexVar") or DEFAULT_INDEX_VAR),
    )


class _Builder:
    """Builds the sequences of one document; remembers the ids given, because a sibling may serve two loops."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def sequence(self, documents: list[JsonObject], loop_id: str | None = None) -> tuple[Step, ...]:
        """Build a list of steps (a loop's body, if it has an id) without those that are a body themselves."""
        inside = body_references(documents)
        siblings = {str(document["id"]): document for document in documents}
        return tuple(self._step(each, siblings, loop_id) for each in documents if each["id"] not in inside)

    def _step(self, document: JsonObject, siblings: dict[str, JsonObject], loop_id: str | None) -> Step:
        document = self._own(document, loop_id)
        return self._loop(document, siblings) if document.get("type") == "loop" else _prompt(document)

    def _own(self, document: JsonObject, loop_id: str | None) -> JsonObject:
        """Give a step that already runs in another loop an id of its own."""
        identity = str(document["id"])
        if identity in self._taken:
            identity = f"{loop_id}-{identity}"
            document = {**document, "id": identity}
        self._taken.add(identity)
        return document

    def _loop(self, document: JsonObject, siblings: dict[str, JsonObject]) -> LoopStep:
        loop, identity, body = _object(document["loop"]), str(document["id"]), document["body"]
        if isinstance(body, str):
            steps: tuple[Step, ...] = (self._step(siblings[body], siblings, identity),)
        else:
            steps = self.sequence(_objects(body), identity)
        kind = LoopKind(str(loop["type"]))
        amount = _amount(kind, loop)
        iteration_var, item_var, index_var = loop_names(loop)
        return LoopStep(
            id=identity,
            title=str(document["title"]),
            kind=kind,
            test=_test(kind, loop),
            fixed=amount.fixed,
            source=loose_path(amount.source),
            source_name=amount.source,
            max_iterations=_whole(loop["maxIterations"]),
            iteration_var=iteration_var,
            item_var=item_var,
            index_var=index_var,
            run_condition=_run_condition(document),
            confirm=_confirm(document),
            body=steps,
        )


class _Amount(NamedTuple):
    """How many passes: a `fixed` number, or the name of the variable that says so."""

    fixed: int | None
    source: str


def _amount(kind: LoopKind, loop: JsonObject) -> _Amount:
    value = loop.get("items") if kind is LoopKind.FOR_EACH else loop.get("count") if kind is LoopKind.FOR else None
    return _Amount(None, value) if isinstance(value, str) else _Amount(_whole(value), "")


def _test(kind: LoopKind, loop: JsonObject) -> Condition | None:
    if kind is LoopKind.WHILE:
        return read_condition(loop["condition"])
    return Negation(read_condition(loop["condition"])) if kind is LoopKind.UNTIL else None


def _prompt(document: JsonObject) -> PromptStep:
    criteria = document.get("validationCriteria")
    hint = document.get("modelHint")
    evidence = document.get("evidence")
    requires, produces = _object(document.get("requires")), _object(document.get("produces"))
    return PromptStep(
        id=str(document["id"]),
        title=str(document["title"]),
        text=_text(document),
        run_condition=_run_condition(document),
        confirm=_confirm(document),
        criteria=read_criteria(criteria),
        shown_criteria=criteria if isinstance(criteria, list) else [criteria] if criteria is not None else [],
        model_hint=hint if isinstance(hint, str) else None,
        requires=tuple(requires),
        produces=tuple(produces),
        shown=document,
        gate=read_gate(evidence) if isinstance(evidence, dict) else None,
        types={name: str(kind) for name, kind in {**requires, **produces}.items()},
        irreversible=document.get("irreversible") is True,
    )


def _text(document: JsonObject) -> Template:
    """Put role, guidance bullets and prompt together, in that order."""
    parts: list[Template | str] = []
    if role := document.get("agentRole"):
        parts += ["Role: ", template.parse(str(role)), "\n\n"]
    guidance = document.get("guidance")
    if isinstance(guidance, list) and guidance:
        parts.append("Guidance:\n")
        for line in guidance:
            parts += ["- ", template.parse(str(line)), "\n"]
        parts.append("\n")
    parts.append(template.parse(str(document["prompt"])))
    return template.join(parts)


def _run_condition(document: JsonObject) -> Condition | None:
    condition = document.get("runCondition")
    return read_condition(condition) if condition else None


def _confirm(document: JsonObject) -> bool | Condition:
    wanted = document.get("requireConfirmation", False)
    return wanted if isinstance(wanted, bool) else read_condition(wanted)


class _Around(NamedTuple):
    """What lies around a sequence: as in Place, and the loop whose body it is."""

    loops: tuple[LoopStep, ...]
    indexes: tuple[int, ...]
    levels: tuple[Level, ...]
    owner: LoopStep | None


def _index(around: _Around, steps: tuple[Step, ...], places: dict[str, Place]) -> None:
    for index, step in enumerate(steps):
        here = (*around.indexes, index)
        levels = (*around.levels, Level(around.owner, 0, steps, index))
        places[step.id] = Place(step, around.loops, here, levels)
        if isinstance(step, LoopStep):
            _index(_Around((*around.loops, step), here, levels, step), step.body, places)


def _whole(value: Json) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _objects(values: Json) -> list[JsonObject]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
