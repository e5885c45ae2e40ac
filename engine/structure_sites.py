"""Where the steps of a document stand: pointers, and the loops around each - also around a body given as an id.

Above: the structure checks. Below: schema.values. Works on documents the schema accepted, sound or not in structure.
"""

from typing import Final, NamedTuple

from schema.values import Json, JsonObject, pointer

MAX_NESTING: Final = 32
"""Loops within loops; more passes than one call looks at lie far below."""


class Site(NamedTuple):
    """A step: its pointer, the step itself, the loop steps around it (outermost first), the list it stands in.

    `task`: the task for sub-agents it belongs to; "" for the steps of the workflow itself.
    """

    pointer: str
    step: JsonObject
    loops: tuple[JsonObject, ...]
    siblings: tuple[JsonObject, ...]
    task: str = ""

    @property
    def id(self) -> str:
        """The step's id."""
        return str(self.step["id"])

    @property
    def loop(self) -> JsonObject | None:
        """The `loop` object of a loop step."""
        return mapping(self.step.get("loop")) if self.step.get("type") == "loop" else None


def sites(document: JsonObject) -> list[Site]:
    """Give every step of a document, a step before those inside it; those of tasks for sub-agents at the end.

    >>> body = [{"id": "in"}]
    >>> [(site.pointer, len(site.loops)) for site in sites({"steps": [{"id": "l", "type": "loop", "body": body}]})]
    [('/steps/0', 0), ('/steps/0/body/0', 1)]
    """
    found: list[Site] = []
    for where, steps in sequences(document):
        _collect(found, steps, where, _OUTSIDE)
    for name, task in mapping(document.get("tasks")).items():
        where = pointer(("tasks", name, "steps"))
        _collect(found, mappings(mapping(task).get("steps")), where, _Inside((), name))
    return found


def sequences(document: JsonObject) -> tuple[tuple[str, tuple[JsonObject, ...]], ...]:
    """Give the top-level lists of steps with their pointers: `steps`, or the tasks of each phase, in order.

    >>> [where for where, _ in sequences({"phases": [{"tasks": []}, {"tasks": []}]})]
    ['/phases/0/tasks', '/phases/1/tasks']
    """
    if "phases" not in document:
        return (("/steps", mappings(document.get("steps"))),)
    phases = enumerate(mappings(document["phases"]))
    return tuple((f"/phases/{index}/tasks", mappings(phase.get("tasks"))) for index, phase in phases)


class _Inside(NamedTuple):
    """What a list of steps stands in: loops, and a task for sub-agents ("" = none)."""

    loops: tuple[JsonObject, ...]
    task: str


_OUTSIDE: Final = _Inside((), "")


def _collect(found: list[Site], steps: tuple[JsonObject, ...], where: str, inside: _Inside) -> None:
    loops_here = [step for step in steps if "body" in step]
    users = {str(step["body"]): step for step in reversed(loops_here) if isinstance(step["body"], str)}
    for index, step in enumerate(steps):
        around = (*inside.loops, *_users_of(step, users)) if users else inside.loops
        found.append(Site(f"{where}/{index}", step, around, steps, inside.task))
        if not HOLDING.isdisjoint(step):
            for key, inner in branches(step):
                within = (*around, step) if key == "body" else around
                _collect(found, inner, f"{where}/{index}/{key}", _Inside(within, inside.task))


HOLDING: Final = frozenset(("body", "then", "else", "cases", "onError"))
"""Keys of a step under which others stand."""


def branches(step: JsonObject) -> tuple[tuple[str, tuple[JsonObject, ...]], ...]:
    """Give the lists of steps inside a step with the pointers below it, in the order in which they may run.

    >>> branches({"cases": [{"then": []}], "else": []})
    (('cases/0/then', ()), ('else', ()))
    """
    found = [(key, step[key]) for key in ("body", "then") if isinstance(step.get(key), list)]
    found += [(f"cases/{index}/then", case["then"]) for index, case in enumerate(mappings(step.get("cases")))]
    found += [("else", step["else"])] if "else" in step else []
    failing = mapping(step.get("onError"))
    found += [("onError/then", failing["then"])] if "then" in failing else []
    return tuple((key, mappings(steps)) for key, steps in found)


def _users_of(step: JsonObject, users: dict[str, JsonObject]) -> tuple[JsonObject, ...]:
    """Give the loops of the same sequence that a step is the body of, outermost first; circles are cut."""
    chain: dict[str, JsonObject] = {}
    user = users.get(str(step["id"]))
    while user is not None and user is not step and str(user["id"]) not in chain and len(chain) <= MAX_NESTING:
        chain[str(user["id"])] = user
        user = users.get(str(user["id"]))
    return tuple(reversed(chain.values()))


def mapping(value: Json) -> JsonObject:
    """Give an object, the empty one for anything else."""
    return value if isinstance(value, dict) else {}


def mappings(value: Json) -> tuple[JsonObject, ...]:
    """Give the objects of a list, in order; none for anything else."""
    return tuple([item for item in value if isinstance(item, dict)]) if isinstance(value, list) else ()


def items(value: Json) -> list[Json]:
    """Give a list, the empty one for anything else."""
    return value if isinstance(value, list) else []
