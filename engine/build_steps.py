"""The steps of one document: sequences, loops and branches; what other steps are is read in build_automation.

Above: build, build_tasks. Below: build_loops, build_values, build_automation, definition.
A body given as an id takes the sibling out of the sequence: it runs only inside the loop.
"""

from engine import template
from engine.build_automation import LEAVES, Common
from engine.build_loops import amount, body_references, loop_names, test
from engine.build_values import (
    Reading,
    confirm,
    mapping,
    objects,
    on_error,
    outcome,
    run_condition,
    text,
    values,
    whole,
)
from engine.conditions import read_condition
from engine.criteria import read_criteria
from engine.definition import Branch, IfStep, LoopKind, LoopStep, OnError, PromptStep, Step, Template
from engine.gates import read_gate
from schema.values import JsonObject


class StepBuilder:
    """Builds the sequences of one document; remembers the ids given, because a sibling may serve two loops."""

    def __init__(self, reading: Reading) -> None:
        """Take how the document is read."""
        self._reading = reading
        self._taken: set[str] = set()

    def sequence(self, documents: list[JsonObject], loop_id: str | None = None) -> tuple[Step, ...]:
        """Build a list of steps (a loop's body, if it has an id) without those that are a body themselves."""
        inside = body_references(documents)
        siblings = {str(document["id"]): document for document in documents}
        return tuple(self._step(each, siblings, loop_id) for each in documents if each["id"] not in inside)

    def _step(self, document: JsonObject, siblings: dict[str, JsonObject], loop_id: str | None) -> Step:
        document = self._own(document, loop_id)
        kind = str(document.get("type", "prompt"))
        if kind == "loop":
            return self._loop(document, siblings)
        if kind == "if":
            return self._if(document)
        failure = on_error(document, self._reading, self.sequence)
        if kind == "prompt":
            return prompt_step(document, failure, self._reading)
        common = Common(
            id=str(document["id"]),
            title=str(document.get("title", document["id"])),
            run_condition=run_condition(document),
            on_error=failure,
        )
        return LEAVES[kind](document, common, self._reading)

    def _own(self, document: JsonObject, loop_id: str | None) -> JsonObject:
        """Give a step that already runs in another loop an id of its own."""
        identity = str(document["id"])
        if identity in self._taken:
            identity = f"{loop_id}-{identity}"
            document = {**document, "id": identity}
        self._taken.add(identity)
        return document

    def _loop(self, document: JsonObject, siblings: dict[str, JsonObject]) -> LoopStep:
        loop, identity, body = mapping(document["loop"]), str(document["id"]), document["body"]
        if isinstance(body, str):
            steps: tuple[Step, ...] = (self._step(siblings[body], siblings, identity),)
        else:
            steps = self.sequence(objects(body), identity)
        kind = LoopKind(str(loop["type"]))
        passes = amount(kind, loop, is_scripted=self._reading.is_scripted)
        iteration_var, item_var, index_var = loop_names(loop)
        return LoopStep(
            id=identity,
            title=str(document["title"]),
            kind=kind,
            test=test(kind, loop),
            fixed=passes.fixed,
            source=passes.source,
            source_name=passes.name,
            max_iterations=whole(loop["maxIterations"]),
            iteration_var=iteration_var,
            item_var=item_var,
            index_var=index_var,
            run_condition=run_condition(document),
            confirm=confirm(document),
            body=steps,
            script=passes.script,
        )

    def _if(self, document: JsonObject) -> IfStep:
        branches = [
            Branch(read_condition(case["when"]), self.sequence(objects(case["then"])))
            for case in objects(document.get("cases"))
        ]
        if "condition" in document:
            branches.append(Branch(read_condition(document["condition"]), self.sequence(objects(document["then"]))))
        if "else" in document:
            branches.append(Branch(None, self.sequence(objects(document["else"]))))
        return IfStep(
            id=str(document["id"]),
            title=str(document.get("title", document["id"])),
            run_condition=run_condition(document),
            branches=tuple(branches),
        )


def prompt_step(document: JsonObject, failure: OnError, reading: Reading) -> PromptStep:
    """Read a prompt step."""
    criteria = document.get("validationCriteria")
    hint, evidence, expect = document.get("modelHint"), document.get("evidence"), document.get("expect")
    requires, produces = mapping(document.get("requires")), mapping(document.get("produces"))
    return PromptStep(
        id=str(document["id"]),
        title=str(document["title"]),
        text=_text(document, reading),
        run_condition=run_condition(document),
        confirm=confirm(document),
        criteria=read_criteria(criteria),
        shown_criteria=criteria if isinstance(criteria, list) else [criteria] if criteria is not None else [],
        model_hint=hint if isinstance(hint, str) else None,
        requires=tuple(requires),
        produces=tuple(produces),
        shown=document,
        gate=read_gate(evidence) if isinstance(evidence, dict) else None,
        types={name: str(kind) for name, kind in {**requires, **produces}.items()},
        irreversible=document.get("irreversible") is True,
        context=values(document["context"]) if "context" in document else None,
        expect=expect if isinstance(expect, dict) else None,
        outcome=outcome(document, failure),
        skippable=document.get("skippable") is True,
    )


def _text(document: JsonObject, reading: Reading) -> Template:
    """Put role, guidance bullets and prompt together, in that order."""
    parts: list[Template | str] = []
    if role := document.get("agentRole"):
        parts += ["Role: ", text(role, reading), "\n\n"]
    guidance = document.get("guidance")
    if isinstance(guidance, list) and guidance:
        parts.append("Guidance:\n")
        for line in guidance:
            parts += ["- ", text(line, reading), "\n"]
        parts.append("\n")
    parts.append(text(document["prompt"], reading))
    return template.join(parts)
