"""Generators of workflow documents: the shapes the original's schemas 0.0.1, 0.1.0 and 0.2.0 accepted, and today's.

Above: the property tests of the schema. Below: hypothesis.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from hypothesis import strategies as st

from schema.values import Json, JsonObject

Values: TypeAlias = st.SearchStrategy[Json]
Documents: TypeAlias = st.SearchStrategy[JsonObject]
IDENTIFIER = r"[a-zA-Z_][a-zA-Z0-9_]{0,8}"


def text(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(
        st.characters(categories=["L", "M", "N", "P", "S", "Z", "Cc", "Cf", "Co", "Cn"]),
        min_size=least,
        max_size=min(most, least + 12),
    )


def scalars() -> Values:
    numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    return st.none() | st.booleans() | numbers | text(0, 5)


def values() -> Values:
    def nest(inner: Values) -> Values:
        return st.lists(inner, max_size=3) | st.dictionaries(text(0, 5), inner, max_size=3)

    return st.recursive(scalars(), nest, max_leaves=4)


def numbers(least: float, most: float) -> Values:
    whole = st.integers(int(least), int(most))
    return whole | st.floats(least, most, allow_nan=False, allow_infinity=False)


def record(required: Mapping[str, st.SearchStrategy[Any]], optional: Mapping[str, st.SearchStrategy[Any]]) -> Documents:
    return st.fixed_dictionaries(dict(required), optional=dict(optional))


def step_ids() -> st.SearchStrategy[str]:
    return st.from_regex(r"[a-z0-9-]{3,12}", fullmatch=True)


def workflow_ids() -> st.SearchStrategy[str]:
    return st.from_regex(r"[a-z0-9_-]{3,12}(\.[a-z0-9_-]{1,12})?", fullmatch=True)


def identifiers() -> st.SearchStrategy[str]:
    return st.from_regex(IDENTIFIER, fullmatch=True)


def versions() -> st.SearchStrategy[str]:
    return st.sampled_from(["0.0.1", "0.1.0", "1.2.3", "0.0.1-alpha.1", "1.0.0-rc.1+build.5", "10.20.30+x-y"])


def conditions() -> Documents:
    comparisons: dict[str, st.SearchStrategy[Any]] = {"var": text(0, 9), "equals": values(), "not_equals": values()}
    comparisons |= {name: numbers(-1e9, 1e9) for name in ("gt", "gte", "lt", "lte")}
    leaf = record({}, comparisons)

    def nest(inner: Documents) -> Documents:
        return record({}, {"var": text(0, 9), "and": st.lists(inner, max_size=2), "or": st.lists(inner), "not": inner})

    return st.recursive(leaf, nest, max_leaves=3)


def rules() -> Documents:
    kinds = st.sampled_from(["contains", "regex", "length", "schema"])
    extras: dict[str, st.SearchStrategy[Any]] = {
        "value": text(0, 9), "pattern": text(0, 9), "flags": st.just("i"), "condition": conditions(),
        "min": numbers(-5, 500), "max": numbers(0, 500), "schema": st.dictionaries(text(0, 5), values(), max_size=2),
    }  # fmt: skip
    return record({"type": kinds, "message": text(0, 20)}, extras)


def criteria() -> st.SearchStrategy[Any]:
    def compose(inner: Documents) -> Documents:
        several = st.lists(inner, min_size=1, max_size=2)
        return record({"and": several}, {}) | record({"or": several}, {}) | record({"not": inner}, {})

    composition = compose(st.recursive(rules(), compose, max_leaves=3))
    return st.lists(rules(), max_size=2) | composition


def functions() -> st.SearchStrategy[Any]:
    parameter = record(
        {"name": identifiers(), "type": st.sampled_from(["string", "number", "boolean", "array", "object"])},
        {
            "required": st.booleans(), "description": text(0, 20), "default": values(),
            "enum": st.lists(text(0, 5) | st.booleans() | numbers(0, 9), min_size=1, max_size=3),
        },
    )  # fmt: skip
    definition = record(
        {"name": identifiers(), "definition": text(0, 30)},
        {"parameters": st.lists(parameter, max_size=2), "scope": st.sampled_from(["workflow", "loop", "step"])},
    )
    return st.lists(definition, max_size=2, unique_by=lambda each: str(each["name"]))


def prompt_steps(*, with_functions: bool) -> Documents:
    optional: dict[str, st.SearchStrategy[Any]] = {
        "agentRole": text(10, 1024), "guidance": st.lists(text(0, 30), max_size=3), "askForFiles": st.booleans(),
        "hasValidation": st.booleans(), "requireConfirmation": st.booleans() | conditions(),
        "runCondition": conditions(), "validationCriteria": criteria(),
    }  # fmt: skip
    if with_functions:
        call = record({"name": identifiers(), "args": st.dictionaries(text(0, 5), values(), max_size=2)}, {})
        optional["functionDefinitions"] = functions()
        optional["functionCalls"] = st.lists(call, max_size=2)
        optional["functionReferences"] = st.lists(identifiers().map(lambda name: f"{name}()"), max_size=2)
    return record({"id": step_ids(), "title": text(1, 128), "prompt": text(1, 8192)}, optional)


def loops() -> Documents:
    names: dict[str, st.SearchStrategy[Any]] = {
        "iterationVar": identifiers(), "itemVar": identifiers(), "indexVar": identifiers(),
    }  # fmt: skip
    limit = numbers(1, 1000)
    tested = st.sampled_from(["while", "until"])
    count = numbers(0, 1000) | identifiers()
    return (
        record({"type": tested, "maxIterations": limit, "condition": conditions()}, names)
        | record({"type": st.just("for"), "maxIterations": limit, "count": count}, names)
        | record({"type": st.just("forEach"), "maxIterations": limit, "items": identifiers()}, names)
    )


def loop_steps(*, with_functions: bool) -> Documents:
    inner = prompt_steps(with_functions=with_functions)
    optional: dict[str, st.SearchStrategy[Any]] = {
        "runCondition": conditions(),
        "requireConfirmation": st.booleans() | conditions(),
    }
    if with_functions:
        optional["functionDefinitions"] = functions()
    body = step_ids() | st.lists(inner, min_size=1, max_size=2)
    required = {"id": step_ids(), "type": st.just("loop"), "title": text(1, 128), "loop": loops(), "body": body}
    return record(required, optional)


def _root(steps: Documents, *, versionless: bool, with_functions: bool) -> Documents:
    lines = st.lists(text(1, 256), max_size=3, unique=True)
    required: dict[str, st.SearchStrategy[Any]] = {
        "id": workflow_ids(), "name": text(1, 128), "description": text(1, 512),
        "steps": st.lists(steps, min_size=1, max_size=2),
    }  # fmt: skip
    optional: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(
        ("preconditions", "clarificationPrompts", "metaGuidance"), lines
    )
    (optional if versionless else required)["version"] = versions()
    if with_functions:
        optional["functionDefinitions"] = functions()
    return record(required, optional)


def version_0_0_1() -> Documents:
    return _root(prompt_steps(with_functions=False), versionless=True, with_functions=False)


def version_0_1_0() -> Documents:
    steps = prompt_steps(with_functions=False) | loop_steps(with_functions=False)
    return _root(steps, versionless=False, with_functions=False)


def version_0_2_0() -> Documents:
    steps = prompt_steps(with_functions=True) | loop_steps(with_functions=True)
    return _root(steps, versionless=False, with_functions=True)


def gates() -> Documents:
    validator = record({"name": identifiers()}, {"params": st.dictionaries(text(1, 5), values(), max_size=2)})
    field = record(
        {"type": st.sampled_from(["boolean", "integer", "number", "string", "object", "array"])},
        {
            "required": st.booleans(), "description": text(0, 20), "example": values(),
            "validators": st.lists(validator, max_size=2),
        },
    )  # fmt: skip
    rule = record({"expression": text(1, 20), "message": text(1, 20)}, {})
    optional: dict[str, st.SearchStrategy[Any]] = {
        "strict": st.booleans(), "allowOverride": st.booleans(), "maxAttempts": st.integers(1, 1000),
        "rules": st.lists(rule, max_size=2),
    }  # fmt: skip
    names = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_-]{0,8}", fullmatch=True)
    return record({"evidence": st.dictionaries(names, field, max_size=2)}, optional)


def phased() -> Documents:
    prompt = record(
        {"id": step_ids(), "title": text(1, 128), "prompt": text(1, 65_536)},
        {
            "evidence": gates(), "estimatedDuration": text(1, 128), "produces": st.just({"a": "string"}),
            "artifacts": st.lists(text(1, 1024), max_size=2, unique=True), "irreversible": st.booleans(),
        },
    )  # fmt: skip
    inner: Documents = record({"id": step_ids(), "title": text(1, 128), "prompt": text(1, 8192)}, {"evidence": gates()})
    rounds: Documents = st.just({"type": "for", "count": 2, "maxIterations": 3})
    body = step_ids() | st.lists(inner, min_size=1, max_size=2)
    loop = record({"id": step_ids(), "type": st.just("loop"), "title": text(1, 128), "loop": rounds, "body": body}, {})
    phase = record(
        {"number": st.integers(0, 9), "title": text(1, 128), "tasks": st.lists(prompt | loop, max_size=2)},
        {
            "purpose": text(1, 65_536), "gate": gates(), "skippable": st.booleans(), "requiresRestart": st.booleans(),
        },
    )  # fmt: skip
    required: dict[str, st.SearchStrategy[Any]] = {
        "id": workflow_ids(), "name": text(1, 128), "description": text(1, 512), "version": versions(),
        "phases": st.lists(phase, min_size=1, max_size=2),
    }  # fmt: skip
    optional: dict[str, st.SearchStrategy[Any]] = {
        "schemaVersion": st.just("1.1.0"), "aliases": st.lists(workflow_ids(), max_size=2, unique=True),
        "estimatedDuration": text(1, 128), "extra": st.dictionaries(text(0, 5), values(), max_size=2),
    }  # fmt: skip
    return record(required, optional)


def originals() -> Documents:
    return version_0_0_1() | version_0_1_0() | version_0_2_0()
