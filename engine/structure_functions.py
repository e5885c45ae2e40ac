"""Structure of functions: what a step refers to is defined where it stands, and called with what it needs.

Above: engine.structure. Below: structure_sites, structure_rules.
"""

from typing import Final

from engine.structure_rules import Report
from engine.structure_sites import Site, items, mapping
from schema.values import Json, JsonObject, pointer


def check_functions(document: JsonObject, sites: list[Site], report: Report) -> None:
    """Every function a step uses is defined by the step, a loop around it, or the workflow; arguments fit."""
    everywhere = _functions(document)
    for site in sites:
        known = everywhere
        for holder in (*site.loops, site.step):
            if "functionDefinitions" in holder:
                known = {**known, **_functions(holder)}
        for index, reference in enumerate(items(site.step.get("functionReferences"))):
            where = f"{site.pointer}/functionReferences/{index}"
            _check_defined(str(reference).removesuffix("()"), where, known, report)
        for index, call in enumerate(items(site.step.get("functionCalls"))):
            where = f"{site.pointer}/functionCalls/{index}"
            _check_call(mapping(call), where, known, report)


def _functions(holder: JsonObject) -> dict[str, JsonObject]:
    return {str(mapping(each).get("name")): mapping(each) for each in items(holder.get("functionDefinitions"))}


def _check_defined(name: str, where: str, known: dict[str, JsonObject], report: Report) -> None:
    if name not in known:
        message = f"the function {name!r} is not defined by the step, a loop around it, or the workflow"
        report.add("undefined-function", where, message, report.near(name, known))


def _check_call(call: JsonObject, where: str, known: dict[str, JsonObject], report: Report) -> None:
    name = str(call.get("name"))
    if name not in known:
        _check_defined(name, f"{where}/name", known, report)
        return
    given = mapping(call.get("args"))
    parameters = {str(mapping(each).get("name")): mapping(each) for each in items(known[name].get("parameters"))}
    for key, value in given.items():
        place = f"{where}/args{pointer([key])}"
        if key not in parameters:
            message = f"the function {name!r} has no parameter {key!r}"
            report.add("function-arguments", place, message, report.near(key, parameters))
        elif (wanted := _unfit(value, parameters[key])) is not None:
            report.add("function-arguments", place, f"the parameter {key!r} of {name!r} must be {wanted}")
    for key, parameter in parameters.items():
        if parameter.get("required") is True and "default" not in parameter and key not in given:
            report.add("function-arguments", where, f"the function {name!r} needs the argument {key!r}", f"add {key!r}")


_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def _unfit(value: Json, parameter: JsonObject) -> str | None:
    """Say what a value should be, None where it fits; text with a template may become anything."""
    if isinstance(value, str) and "{{" in value:
        return None
    kind, choices = str(parameter.get("type")), parameter.get("enum")
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return f"of type {kind}"
    return f"one of {choices}" if isinstance(choices, list) and value not in choices else None
