"""A document the schema accepted -> a Workflow.

Above: engine.library, tools. Below: build_steps, build_phases, build_places, build_tasks, definition.
The tasks of all phases in order are the workflow's steps. Documents with a critical finding are never built:
engine.structure has then named the unknown or circular reference.
"""

from engine.automation_use import uses_automation
from engine.build_phases import phases, singles
from engine.build_places import places, produced
from engine.build_steps import StepBuilder
from engine.build_tasks import automation
from engine.build_values import RETRIES, Reading, mapping, objects, whole
from engine.definition import Workflow
from engine.passes import plain_from
from engine.structure_rules import is_strict
from schema.values import JsonObject


def build(document: JsonObject) -> Workflow:
    """Make the workflow of a native document without critical findings.

    >>> document = {"id": "greet", "name": "Greet", "steps": [{"id": "hello", "title": "Hello", "prompt": "Say it."}]}
    >>> list(build(document).places)
    ['hello']
    """
    reading = read_as(document)
    builder = StepBuilder(reading)
    documents = objects(document.get("phases"))
    if documents:
        whole_of = phases((each, builder.sequence(objects(each["tasks"]))) for each in documents)
    else:
        whole_of = singles(builder.sequence(objects(document["steps"])))
    found = places(whole_of.steps)
    return Workflow(
        id=str(document["id"]),
        name=str(document["name"]),
        steps=whole_of.steps,
        places=found,
        is_strict=is_strict(document),
        produced=produced(found),
        phases=whole_of.phases,
        is_phased=bool(documents),
        plain_from=plain_from(whole_of.steps),
        automation=automation(document, found, reading) if reading.is_scripted else None,
    )


def read_as(document: JsonObject) -> Reading:
    """Tell how the texts and retries of a document are read."""
    retries = mapping(document.get("config")).get("maxRetries", RETRIES)
    return Reading(uses_automation(document), whole(retries))
