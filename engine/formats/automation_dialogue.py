"""Steps that a user or an agent answers: user_message, user_input, agent_prompt, agent_response, wait_step.

Above: automation_steps. Below: automation_item, automation_inputs.
"""

from typing import Final

from engine.formats.automation_inputs import from_start, validation_of
from engine.formats.automation_item import WHOLE, Item
from engine.formats.automation_parts import Part
from schema.values import Json, JsonObject

LEVELS: Final = {each: each for each in ("info", "warning", "error", "success")}
"""Kinds of messages."""
FORMATS: Final = {each: each for each in ("text", "markdown", "code")}
"""How messages are shown."""
KINDS: Final = {
    **{each: each for each in ("string", "number", "integer", "boolean", "choice", "json")},
    "select": "choice", "object": "json", "array": "json", "text": "string",
}  # fmt: skip
"""Kinds of user input; integer is new, the last four are met in the wild."""
PROMPT_TIMEOUT: Final = 300
"""Seconds an agent has for a prompt that says nothing."""
USER_INPUT: Final = "user_input"
"""Where an answer goes that nothing says a place for."""
ALONE: Final = "Give the answer this workflow waits for."
"""What an agent is told where only an answer is described."""
_ANSWER: Final = {"response": "result"}


def message(item: Item) -> JsonObject:
    """Read a user_message."""
    item.begin("message")
    item.text("message", "message")
    for key, names, table in (("level", ("message_type",), LEVELS), ("format", ("format",), FORMATS)):
        word = item.part.word(table, *names)
        if word is not None:
            item.put(key, word, names[0])
    if item.part.value.get("type") in LEVELS:
        item.put("level", item.part.take("type"), "type")
    return item.finish()


def conditional_message(item: Item) -> JsonObject:
    """Read a conditional_message of an early version: a message with a condition."""
    message(item)
    item.expression("runCondition", "condition")
    return item.finish()


def user_input(item: Item) -> JsonObject:
    """Read a user_input."""
    part = item.part
    item.begin("input")
    item.text("prompt", "prompt")
    instructions = item.texts.text(part.text("instructions"), part.at("instructions"))
    if instructions:
        item.put("prompt", f"{item.native['prompt']}\n\n{instructions}", "prompt")
    _kind(item)
    for key in ("default", "required"):
        value = part.take(key) if key == "default" else part.flag(key)
        if value is not None:
            item.put(key, item.texts.template(value, part.at(key)), key)
    rules = validation_of(part)
    if rules:
        item.put("validation", rules, "validation" if "validation" in part.value else "validation_pattern")
    attempts = part.whole("max_retries", "max_attempts")
    if attempts is not None:
        item.put("maxAttempts", max(attempts, 1), part.found("max_retries", "max_attempts"))
    item.results({"input": "result"}, WHOLE, "variable_name")
    if not item.native.keys() & {"store", "update"}:
        item.put("store", USER_INPUT, "variable_name")
    item.timeout("timeout", "timeout_seconds")
    item.failures()
    return item.finish()


def _kind(item: Item) -> None:
    """Put the kind of an answer in, and its choices."""
    kind = item.part.word(KINDS, "input_type")
    choices = item.part.take("choices")
    if isinstance(choices, str):
        choices = item.texts.expression(choices, item.part.at("choices"))
    if choices is None:
        if kind is not None:
            item.put("kind", kind, "input_type")
        return
    if kind in (None, "string", "choice"):
        item.put("kind", "choice", "input_type")
        item.put("choices", choices, "choices")
        return
    item.put("kind", kind, "input_type")
    item.part.value = {**item.part.value, "validation": _with_choices(item.part.value.get("validation"), choices)}


def _with_choices(validation: Json, choices: Json) -> Json:
    """Give the rules with the choices of an answer that is no text among them."""
    return {**validation, "choices": choices} if isinstance(validation, dict) else {"choices": choices}


def agent_prompt(item: Item, answer: Part | None = None) -> JsonObject:
    """Read an agent_prompt, together with the agent_response directly behind it."""
    part = item.part
    item.begin("prompt")
    item.needed_title()
    item.text("prompt", "prompt")
    context = part.part("context")
    if context is not None:
        item.put("context", item.texts.template(context.value, context.where), "context")
    schemas = [schema_of(part.take("expected_response"), part, "expected_response")]
    item.timeout("timeout", "timeout_seconds", otherwise=PROMPT_TIMEOUT)
    retries = part.whole("max_retries")
    item.results(_ANSWER, WHOLE, "store_response")
    item.failures()
    if answer is not None:
        schemas += _answered(item, answer)
    _expect(item, [each for each in schemas if each is not None])
    if retries is not None and "onError" not in item.native:
        item.put("onError", {"strategy": "retry", "maxRetries": retries} if retries else {"strategy": "fail"},
                 "max_retries")  # fmt: skip
    return item.finish()


def agent_response(item: Item) -> JsonObject:
    """Read an agent_response that stands alone: a prompt for an answer of its schema."""
    item.begin("prompt")
    item.needed_title()
    item.put("prompt", ALONE, "type")
    schemas = _answer_schemas(item.part)
    item.results(_ANSWER, WHOLE, "store_response")
    item.timeout("timeout", "timeout_seconds", otherwise=PROMPT_TIMEOUT)
    item.failures()
    _expect(item, [each for each in schemas if each is not None])
    return item.finish()


def _answered(item: Item, answer: Part) -> list[JsonObject | None]:
    """Take what an agent_response says into the prompt before it; give the schemas of the answer."""
    other = Item(answer, item.id, item.run, item.texts, lambda _parts, _texts: [])
    other.results(_ANSWER, WHOLE, "store_response")
    if answer.value.get("timeout") is not None:
        other.timeout("timeout")
    other.failures()
    for key, value in other.native.items():
        item.put(key, value, "type")
    item.adopt(other)
    return _answer_schemas(answer)


def _answer_schemas(answer: Part) -> list[JsonObject | None]:
    return [schema_of(answer.take("response_schema"), answer, "response_schema"), _rules(answer)]


def _expect(item: Item, schemas: list[JsonObject]) -> None:
    """Put in what the answer has to be; where an update reads a property of it, at least an object."""
    distinct = [each for index, each in enumerate(schemas) if each not in schemas[:index]]
    reads = "{{ result." in str(item.native.get("update", "")) or "{{ result[" in str(item.native.get("update", ""))
    if not distinct and reads:
        distinct = [{"type": "object"}]
    if distinct:
        item.put("expect", distinct[0] if len(distinct) == 1 else {"allOf": [*distinct]}, "type")


def schema_of(value: Json, part: Part, key: str) -> JsonObject | None:
    """Give the schema of an answer; bare type words of properties are written out."""
    if value is None or isinstance(value, dict):
        return None if value is None else _schema(value)
    if isinstance(value, str):
        return {"type": value}
    part.notes.critical(part.at(key), "wrong-type", f"{key!r} is no schema", "write an object with type")
    return None


def _schema(value: JsonObject) -> JsonObject:
    properties = value.get("properties")
    if not isinstance(properties, dict):
        return value
    written: JsonObject = {}
    for name, each in properties.items():
        written[name] = {"type": each} if isinstance(each, str) else _schema(each) if isinstance(each, dict) else each
    return {**value, "properties": written}


def _rules(answer: Part) -> JsonObject | None:
    """Give the `validation` of an answer as a schema; a rule no schema can say is critical."""
    rules = answer.part("validation")
    if rules is None:
        return None
    schema: JsonObject = {}
    for key, value in rules.value.items():
        found = _rule(key, value)
        if found is None:
            message = f"there is no rule {key!r} for an agent's answer; unchecked it would let everything through"
            rules.notes.critical(rules.at(key), "unknown-rule", message, f"the rules are {', '.join(_RULES)}")
        else:
            schema |= found
    return schema


_RULES: Final = {
    "min_length": ("minLength", "minItems", "minProperties"), "max_length": ("maxLength", "maxItems", "maxProperties"),
    "min": ("minimum",), "max": ("maximum",), "allowed_values": ("enum",), "enum": ("enum",), "type": ("type",),
    "required": ("required",), "required_fields": ("required",), "properties": ("properties",), "pattern": ("pattern",),
}  # fmt: skip


def _rule(key: str, value: Json) -> JsonObject | None:
    if key == "pattern" and isinstance(value, str):
        value = from_start(value)
    return dict.fromkeys(_RULES[key], value) if key in _RULES else None


def wait_step(item: Item) -> JsonObject:
    """Read a wait_step: a rest until the next poll."""
    item.begin("wait")
    if item.part.value.get("message") is not None:
        item.text("message", "message")
    item.timeout("timeout_seconds", "timeout")
    item.failures()
    return item.finish()
