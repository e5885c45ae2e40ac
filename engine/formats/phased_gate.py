"""gate-definition.yaml -> a native gate; whatever cannot be honoured is a critical finding, never a gate that passes.

Above: phased. Below: phased_validators, schema.source. Pure. Lambda texts are Python of somebody else: they are never
evaluated nor guessed at; validators are known by their names.
"""

from typing import Final

from engine.formats.phased_report import Report, quoted
from engine.formats.phased_validators import native_validator
from schema import source
from schema.source import SourceDocument
from schema.values import Json, JsonObject, pointer

GATE_KEYS: Final = ("checkpoint", "evidence_schema", "validators", "cross_field_validation", "rules")
CHECKPOINT_KEYS: Final = ("strict", "allow_override", "max_attempts")
FIELD_KEYS: Final = ("type", "required", "description", "example", "validator", "validator_params", "validators")
RULE_KEYS: Final = ("expression", "message")
TYPES: Final = {"boolean": "boolean", "integer": "integer", "number": "number", "string": "string", "object": "object",
                "array": "array", "list": "array", "dict": "object"}  # fmt: skip
_RULES_ADVICE: Final = "write what it demands under `rules` as {expression, message}; its only name is `evidence`"
_KEYS_ADVICE: Final = "remove it or correct its spelling; known are {known}"


def read_gate_file(content: bytes, file: str, report: Report, *, may_be_empty: bool = False) -> JsonObject | None:
    """Give the native gate; None (and critical findings) where the file is no gate definition.

    `may_be_empty`: the gate of dynamic phases, whose fields come from tasks.md, may declare none itself.
    """
    parsed = source.read(content, source.Syntax.YAML)
    report.foreign(file, parsed.findings)
    if parsed.findings:
        return None
    if len(parsed.documents) != 1 or not isinstance(parsed.documents[0].value, dict):
        report.critical(file, "gate-shape", "this is no gate definition", "write checkpoint and evidence_schema")
        return None
    return _Reader(parsed.documents[0], file, report).gate(parsed.documents[0].value, may_be_empty=may_be_empty)


class _Reader:
    """One pass over one gate file."""

    def __init__(self, document: SourceDocument, file: str, report: Report) -> None:
        self._locate = document.locate
        self._file = file
        self._report = report

    def gate(self, value: JsonObject, *, may_be_empty: bool) -> JsonObject:
        """Give the native gate of the whole file."""
        self._known_keys(value, GATE_KEYS, ())
        checkpoint = self._section(value, "checkpoint")
        fields = self._section(value, "evidence_schema")
        gate: JsonObject = {"strict": self._flag(checkpoint, "strict", ("checkpoint",), otherwise=False)}
        gate["allowOverride"] = self._flag(checkpoint, "allow_override", ("checkpoint",), otherwise=True)
        self._known_keys(checkpoint, CHECKPOINT_KEYS, ("checkpoint",))
        if "max_attempts" in checkpoint:
            gate["maxAttempts"] = checkpoint["max_attempts"]
        if not fields and not may_be_empty:
            self._wrong("no evidence field is declared, so this gate would ask for nothing", ("evidence_schema",))
        gate["evidence"] = {name: self._field(name, each) for name, each in fields.items()}
        self._lambdas(value)
        self._cross_rules(value)
        if "rules" in value:
            gate["rules"] = self._rules(value["rules"])
        return gate

    def _section(self, value: JsonObject, key: str) -> JsonObject:
        """Give a required section; an absent or misshapen one is a finding."""
        section = value.get(key)
        if isinstance(section, dict):
            return section
        said = "must be an object" if key in value else "is missing"
        self._wrong(f"the section {key} {said}", (key,), f"add the section {key}")
        return {}

    def _flag(self, holder: JsonObject, key: str, where: tuple[str, ...], *, otherwise: bool) -> bool:
        value = holder.get(key, otherwise)
        if not isinstance(value, bool):
            self._wrong(f"{key} must be true or false", (*where, key))
            return True
        return value

    def _field(self, name: str, value: Json) -> JsonObject:
        where = ("evidence_schema", name)
        if not isinstance(value, dict):
            self._wrong("a field must be an object with a type", where)
            return {"type": "string", "required": True, "description": name}
        self._known_keys(value, FIELD_KEYS, where)
        kind = TYPES.get(str(value.get("type")))
        if kind is None:
            self._wrong(f"type must be one of {', '.join(TYPES)}", (*where, "type"))
        description = value.get("description", name)
        if not isinstance(description, str):
            self._wrong("description must be text", (*where, "description"))
        field: JsonObject = {
            "type": kind or "string",
            "required": self._flag(value, "required", where, otherwise=False),
        }
        field["description"] = str(description) or name
        if "example" in value:
            field["example"] = value["example"]
        validators = [*self._named(value, where), *self._own(value, where)]
        return {**field, "validators": validators} if validators else field

    def _named(self, value: JsonObject, where: tuple[str, ...]) -> list[Json]:
        """Give the one validator of the foreign spelling: a name, with its parameters beside it."""
        params = value.get("validator_params", {})
        if "validator" not in value:
            if "validator_params" in value:
                self._wrong("validator_params without a validator", (*where, "validator_params"))
            return []
        name = value["validator"]
        if not isinstance(name, str) or not isinstance(params, dict):
            self._wrong("validator must be a name and validator_params an object", (*where, "validator"))
            return []
        native = native_validator(name, params)
        if isinstance(native, str):
            self._wrong(native, (*where, "validator"))
            return []
        return [native]

    def _own(self, value: JsonObject, where: tuple[str, ...]) -> list[Json]:
        """Give validators in our own spelling as they stand; the schema and the gate's own checks judge them."""
        validators = value.get("validators", [])
        if not isinstance(validators, list):
            self._wrong("validators must be a list of {name, params}", (*where, "validators"))
            return []
        return validators

    def _lambdas(self, value: JsonObject) -> None:
        """Look at the names of the validators section; its texts are not read."""
        section = value.get("validators", {})
        if not isinstance(section, dict):
            self._wrong("the section validators must be an object", ("validators",))
            return
        for name in section:
            said = native_validator(name, None)
            if isinstance(said, str):
                self._wrong(said, ("validators", name))

    def _cross_rules(self, value: JsonObject) -> None:
        """Refuse Python rules over several fields, naming each by its message."""
        rules = value.get("cross_field_validation", [])
        if not isinstance(rules, list):
            self._wrong("cross_field_validation must be a list", ("cross_field_validation",), _RULES_ADVICE)
            return
        for index, rule in enumerate(rules):
            told = rule.get("error_message") if isinstance(rule, dict) else None
            name = f" ({quoted(told)})" if isinstance(told, str) else ""
            self._wrong(f"a rule in Python is not evaluated{name}", ("cross_field_validation", index), _RULES_ADVICE)

    def _rules(self, value: Json) -> list[Json]:
        if not isinstance(value, list):
            self._wrong("rules must be a list of {expression, message}", ("rules",))
            return []
        for index, rule in enumerate(value):
            if isinstance(rule, dict):
                self._known_keys(rule, RULE_KEYS, ("rules", index))
        return value

    def _known_keys(self, value: JsonObject, known: tuple[str, ...], where: tuple[str | int, ...]) -> None:
        for key in value:
            if key not in known:
                advice = _KEYS_ADVICE.format(known=", ".join(known))
                self._wrong(f"the key {quoted(key)} is not known here", (*where, key), advice)

    def _wrong(self, message: str, where: tuple[str | int, ...], advice: str = "mend the gate definition") -> None:
        line = self._locate(pointer(where))[0]
        self._report.critical(self._file, "gate-definition", message, advice, line)
