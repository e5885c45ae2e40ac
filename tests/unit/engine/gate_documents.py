"""Gates as documents have them, made short, and verdicts on evidence."""

from engine.gates import Verdict, examine, read_gate
from schema.values import Json, JsonObject


def field(kind: str, *validators: JsonObject, **more: Json) -> JsonObject:
    """Give a field of a gate; `more` are its other keys."""
    return {"type": kind, "validators": list(validators), **more}


def named(name: str, **params: Json) -> JsonObject:
    """Give a validator."""
    return {"name": name, "params": params}


def gate(*rules: str, strict: bool = True, **fields: Json) -> JsonObject:
    """Give a gate with these rules and fields."""
    listed: list[Json] = [{"expression": rule, "message": f"Not so: {rule}"} for rule in rules]
    return {"strict": strict, "evidence": fields, "rules": listed}


def verdict(document: JsonObject, evidence: Json, *, strict_gates: bool = False) -> Verdict:
    """Hold evidence against the gate of a document."""
    return examine(read_gate(document), evidence, strict_gates=strict_gates)


def passes(document: JsonObject, evidence: Json) -> bool:
    """Tell whether a gate lets evidence pass."""
    return verdict(document, evidence).passed
