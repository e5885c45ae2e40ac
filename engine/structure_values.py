"""Values of the automation language: checks and defaults of inputs and questions, answers' schemas, commands, joins.

Above: structure_automation. Below: check_model, gate_fields, build_values, structure_rules, schema.check.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from engine.budget import size_of
from engine.build_values import Reading, checks, words
from engine.check_model import KIND_OF_TYPE, canonical
from engine.checks import CHECKS
from engine.definition import Field, Slot, Template, Validator
from engine.gate_fields import asked, cut, judge
from engine.structure_rules import Report
from engine.structure_sites import Site, items, mapping, mappings
from engine.template import as_text
from engine.updates import LARGEST, is_exact
from engine.verdict_work import WorkLeft
from schema.check import BadSchemaError, compile_foreign
from schema.values import Json, JsonObject, pointer

DEFAULT_WORK: Final = 2_000_000
"""Units of work (engine.verdict_work) that trying a document's defaults may take; those beyond it are not tried."""
_SHELL: Final = frozenset(("|", "||", "&&", "&", ";", ">", ">>", "<", "2>&1", "2>", "$(", "`"))
_KINDS: Final = {"choice": None, "json": None}
_READING: Final = Reading(is_scripted=False, retries=0)


class _Asked(NamedTuple):
    """Something with a type, checks and maybe a default: an input or a question, with its pointer."""

    pointer: str
    kind: str | None
    document: JsonObject


def check_numbers(document: JsonObject, report: Report) -> None:
    """Report every integer that JavaScript does not hold exactly: no expression could read it."""
    waiting: list[tuple[str, Json]] = [(pointer((key,)), part) for key, part in document.items() if key != "extra"]
    while waiting:
        where, part = waiting.pop()
        if isinstance(part, list):
            waiting.extend((f"{where}/{index}", each) for index, each in enumerate(part))
        elif isinstance(part, dict):
            waiting.extend((where + pointer((key,)), each) for key, each in part.items())
        elif isinstance(part, int) and not is_exact(part):
            report.add("large-integer", where, f"{part} is beyond {LARGEST:,}", "put it in quotes, as text")


def check_values(document: JsonObject, sites: list[Site], report: Report) -> None:
    """Report checks that cannot be made, defaults that fail them, unsound schemas, commands that cannot run."""
    work = WorkLeft(DEFAULT_WORK)
    for each in _inputs(document):
        _check_asked(each, work, report)
    for name, task in mapping(document.get("tasks")).items():
        _check_expect(mapping(task), pointer(("tasks", name)), report)
    for site in sites:
        for each in _questions(site):
            _check_asked(each, work, report)
        _check_names(site, report)
        _check_expect(site.step, site.pointer, report)
        if site.step.get("type") == "command" and "run" in site.step:
            _check_command(site, report)
        if site.step.get("type") == "parallel":
            _check_join(site, report)


def _inputs(document: JsonObject) -> Iterator[_Asked]:
    holders = {"": document, **{pointer(("tasks", name)): mapping(task) for name, task in _tasks(document)}}
    for where, holder in holders.items():
        for name, each in mapping(holder.get("inputs")).items():
            declared = mapping(each)
            yield _Asked(where + pointer(("inputs", name)), str(declared["type"]), declared)


def _tasks(document: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    yield from ((name, mapping(task)) for name, task in mapping(document.get("tasks")).items())


def _questions(site: Site) -> Iterator[_Asked]:
    if site.step.get("type") != "input":
        return
    fields = mappings(site.step.get("fields"))
    places = [(f"{site.pointer}/fields/{index}", field) for index, field in enumerate(fields)]
    for where, question in places or [(site.pointer, site.step)]:
        kind = str(question.get("kind", "string"))
        yield _Asked(where, _KINDS.get(kind, kind), question)


def _check_asked(each: _Asked, work: WorkLeft, report: Report) -> None:
    """See that each check of a validation can be made on values of that type, and that the default passes them."""
    validation = mapping(each.document.get("validation"))
    found = checks(validation)
    is_sound = True
    for key, validator in zip((key for key in validation if key not in ("expression", "message")), found, strict=True):
        where = f"{each.pointer}/validation/{key}"
        is_sound = _check_validator(validator, each.kind, where, report) and is_sound
    default = each.document.get("default")
    if not is_sound or default is None or _is_filled(default):
        return
    if each.kind is None:
        _check_chosen(each, default, report)
        return
    field = Field(
        "the default", each.kind, required=True, description="", example=None, has_example=False, validators=found
    )
    judged = judge(asked(field), default, size_of(default), work)
    if judged.wrong:
        message = f"the default does not pass its own checks: {cut(' '.join(judged.wrong))}"
        report.add("bad-default", f"{each.pointer}/default", message, "give a value that passes")


def _is_filled(value: Json) -> bool:
    """Tell whether a value may have a `{{ }}` in it, so that it is not known before a session runs."""
    return "{{" in (value if isinstance(value, str) else repr(value))


def _check_chosen(each: _Asked, default: Json, report: Report) -> None:
    """See that the default of a question with choices is one of them, as an answer is."""
    choices = each.document.get("choices")
    if not isinstance(choices, list) or _is_filled(choices):
        return
    if as_text(default).strip().lower() not in {as_text(choice).strip().lower() for choice in choices}:
        message = "the default is none of the choices"
        report.add("bad-default", f"{each.pointer}/default", message, "give one of the choices")


def _check_validator(validator: Validator, kind: str | None, where: str, report: Report) -> bool:
    check = CHECKS[validator.check]
    if kind is not None and KIND_OF_TYPE[kind] not in check.takes:
        types = " or ".join(each for each, of in KIND_OF_TYPE.items() if of in check.takes)
        message = f"this looks at values of type {types}, never of type {kind}"
        report.add("validator-type", where, message, "use a key that fits the type")
        return False
    params = canonical(check, validator.params)
    if isinstance(params, dict):
        return True
    for fault in params:
        report.add("validator-params", where, fault.message)
    return False


def _check_names(site: Site, report: Report) -> None:
    seen: set[str] = set()
    for index, field in enumerate(mappings(site.step.get("fields"))):
        name = str(field["name"])
        if name in seen:
            message = f"the question has two fields named {name!r}"
            report.add("duplicate-field", f"{site.pointer}/fields/{index}/name", message, "give each a name of its own")
        seen.add(name)


def _check_expect(holder: JsonObject, where: str, report: Report) -> None:
    expect = holder.get("expect")
    if not isinstance(expect, dict) or report.is_full("bad-schema"):
        return
    try:
        compile_foreign(expect)
    except BadSchemaError as error:
        for each in error.violations:
            report.add("bad-schema", f"{where}/expect{each.pointer}", each.message, each.suggestion)


def _check_command(site: Site, report: Report) -> None:
    where = f"{site.pointer}/run"
    try:
        found = words(site.step["run"], _READING)
    except ValueError:
        message = "the command cannot be split into words: a quotation mark does not close"
        report.add("bad-command", where, message, "close it, or write the words as a list")
        return
    program = found[0] if found else Template(())
    if not program.parts:
        report.add("bad-command", where, "the command names no program", "write the program as the first word")
    elif any(isinstance(part, Slot) for part in program.parts):
        message = "the program of a command cannot come from a template"
        report.add("bad-command", where, message, "name the program; its arguments may hold {{ }}")
    for word in found[1:]:
        if len(word.parts) == 1 and word.parts[0] in _SHELL:
            message = f"no shell runs this: {word.parts[0]} is given to the program as an argument"
            report.add("shell-syntax", where, message, "make a step of each command")
            return


def _check_join(site: Site, report: Report) -> None:
    join, values = site.step.get("join"), site.step.get("items", site.step.get("branches"))
    if isinstance(join, int) and isinstance(values, list) and join > len(items(values)):
        message = f"join waits for {join} successes of {len(values)} tasks"
        report.add("join-too-many", f"{site.pointer}/join", message, f"write at most {len(values)}")
