"""Fixture tools that ask the client something, in one round, several questions at once, or several rounds.

Above: tests.conformance.everything. Below: tests.conformance.blocks.
"""

from collections.abc import Awaitable, Callable

import orjson

from schema.values import Json, JsonObject
from tests.conformance.blocks import NO_ARGUMENTS, failed, form, roots, said, sampling, text
from tools.contract import Answer, Ask, Call, Question, Tool

Run = Callable[[JsonObject, Call], Awaitable[Answer]]

NAME: JsonObject = {"name": {"type": "string"}}
OK: JsonObject = {"ok": {"type": "boolean"}}
CANNOT_ASK = failed("This client cannot be asked what the tool needs to know.")
OPTIONS: list[Json] = ["option1", "option2", "option3"]
DEFAULTS: JsonObject = {
    "name": {"type": "string", "description": "User name", "default": "John Doe"},
    "age": {"type": "integer", "description": "User age", "default": 30},
    "score": {"type": "number", "description": "User score", "default": 95.5},
    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    "verified": {"type": "boolean", "description": "Verification status", "default": True},
}


def titled(*titles: str) -> list[Json]:
    """Give value1.. with their titles."""
    return [{"const": f"value{number}", "title": title} for number, title in enumerate(titles, 1)]


ENUMS: JsonObject = {
    "untitledSingle": {"type": "string", "enum": OPTIONS},
    "titledSingle": {"type": "string", "oneOf": titled("First Option", "Second Option", "Third Option")},
    "legacyEnum": {
        "type": "string",
        "enum": ["opt1", "opt2", "opt3"],
        "enumNames": ["Option One", "Option Two", "Option Three"],
    },
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": OPTIONS}},
    "titledMulti": {"type": "array", "items": {"anyOf": titled("First Choice", "Second Choice", "Third Choice")}},
}


def content_of(reply: JsonObject | None) -> JsonObject:
    """Give what an elicitation's reply carries; empty when it was declined or is no reply at all."""
    content = reply.get("content") if reply else None
    return content if isinstance(content, dict) else {}


def words_of(reply: JsonObject | None) -> str:
    """Give the text of a sampling reply."""
    content = content_of(reply)
    words = content.get("text")
    return words if isinstance(words, str) else ""


def ask_once(key: str, question: Callable[[JsonObject], Question], tell: Callable[[JsonObject], str]) -> Run:
    """Make a function that asks one question and tells the reply; it asks again while the reply is missing."""

    async def run(arguments: JsonObject, call: Call) -> Answer:
        reply = call.replies.get(key)
        if reply is None:
            return Ask({key: question(arguments)}, None, CANNOT_ASK)
        return said(text(tell(reply)))

    return run


def tell_choice(reply: JsonObject) -> str:
    """Tell what the user did with the form."""
    return f"Elicitation completed: action={reply.get('action')}, content={as_json(content_of(reply))}"


def tell_user(reply: JsonObject) -> str:
    """Tell the user's response."""
    return f"User response: {as_json({'action': reply.get('action'), 'content': content_of(reply)})}"


def as_json(value: Json) -> str:
    """Print a value."""
    return orjson.dumps(value).decode()


async def answer_with_state(arguments: JsonObject, call: Call) -> Answer:
    """Ask for a confirmation and hand out a state; only the state coming back completes the call."""
    if "confirm" not in call.replies or call.state != "confirming":
        return Ask({"confirm": form("Please confirm", OK, ["ok"])}, "confirming", CANNOT_ASK)
    return said(text("state-ok"))


async def answer_many(arguments: JsonObject, call: Call) -> Answer:
    """Ask a form, a sampling and the roots at once."""
    questions = {
        "user_name": form("What is your name?", NAME, ["name"]),
        "greeting": sampling("Generate a greeting", 50),
        "client_roots": roots(),
    }
    missing = {key: question for key, question in questions.items() if key not in call.replies}
    if missing or call.state != "asked":
        return Ask(questions, "asked", CANNOT_ASK)
    name = content_of(call.replies["user_name"]).get("name")
    return said(text(f"{words_of(call.replies['greeting'])} {name}, {as_json(call.replies['client_roots'])}"))


async def answer_in_rounds(arguments: JsonObject, call: Call) -> Answer:
    """Ask for a name, then for a colour, then answer; the state says which round it is and keeps the name."""
    state = call.state if isinstance(call.state, dict) else {}
    if state.get("round") == 2 and "step2" in call.replies:
        return said(text(f"{state.get('name')} likes {content_of(call.replies['step2']).get('color')}"))
    if state.get("round") == 1 and "step1" in call.replies:
        name = content_of(call.replies["step1"]).get("name")
        color = form("Step 2: What is your favorite color?", {"color": {"type": "string"}}, ["color"])
        return Ask({"step2": color}, {"round": 2, "name": name}, CANNOT_ASK)
    return Ask({"step1": form("Step 1: What is your name?", NAME, ["name"])}, {"round": 1}, CANNOT_ASK)


async def answer_what_is_possible(arguments: JsonObject, call: Call) -> Answer:
    """Ask a form and a sampling; the server leaves out what the client did not declare, one reply is enough."""
    if call.replies:
        return said(text(f"replied: {', '.join(sorted(call.replies))}"))
    questions = {"user_name": form("What is your name?", NAME, ["name"]), "greeting": sampling("Generate a greeting")}
    return Ask(questions, None, CANNOT_ASK)


def one_argument(name: str, description: str) -> JsonObject:
    """Give the schema of a tool with one required string."""
    properties: JsonObject = {name: {"type": "string", "description": description}}
    return {"type": "object", "properties": properties, "required": [name], "additionalProperties": False}


USER: JsonObject = {
    "username": {"type": "string", "description": "User's response"},
    "email": {"type": "string", "description": "User's email address"},
}


def legacy_tools() -> tuple[Tool, ...]:
    """Make the tools the scenarios up to 2025-11-25 call."""
    ask_model = ask_once(
        "answer",
        lambda arguments: sampling(str(arguments["prompt"])),
        lambda reply: f"LLM response: {words_of(reply)}",
    )
    ask_user = ask_once(
        "answer", lambda arguments: form(str(arguments["message"]), USER, ["username", "email"]), tell_user
    )
    defaults = ask_once("answer", lambda _: form("Please review the defaults.", DEFAULTS, []), tell_choice)
    enums = ask_once("answer", lambda _: form("Please choose.", ENUMS, []), tell_choice)
    prompt = one_argument("prompt", "The prompt to send to the model.")
    message = one_argument("message", "The message to show the user.")
    none = NO_ARGUMENTS
    return (
        Tool("test_sampling", "Sampling", "Asks the client's model.", prompt, run_waiting=ask_model),
        Tool("test_elicitation", "Elicitation", "Asks the user.", message, run_waiting=ask_user),
        Tool("test_elicitation_sep1034_defaults", "Defaults", "Asks with default values.", none, run_waiting=defaults),
        Tool("test_elicitation_sep1330_enums", "Enums", "Asks with every kind of choice.", none, run_waiting=enums),
    )


def round_tools() -> tuple[Tool, ...]:
    """Make the tools the 2026-07-28 scenarios call in rounds."""
    name_form = form("What is your name?", NAME, ["name"])
    greet = ask_once("user_name", lambda _: name_form, lambda reply: f"Hello, {content_of(reply).get('name')}!")
    capital = ask_once("capital_question", lambda _: sampling("What is the capital of France?"), words_of)
    list_roots = ask_once("client_roots", lambda _: roots(), lambda reply: f"Roots: {as_json(reply)}")
    confirm = ask_once("confirm", lambda _: form("Please confirm", OK, ["ok"]), tell_choice)
    runs = {
        "test_input_required_result_elicitation": ("Asks for a name.", greet),
        "test_input_required_result_sampling": ("Asks the client's model for a capital.", capital),
        "test_input_required_result_list_roots": ("Asks for the roots.", list_roots),
        "test_input_required_result_request_state": ("Asks and checks its state.", answer_with_state),
        "test_input_required_result_multiple_inputs": ("Asks three questions at once.", answer_many),
        "test_input_required_result_multi_round": ("Asks in two rounds.", answer_in_rounds),
        "test_input_required_result_tampered_state": ("Asks with a signed state.", answer_with_state),
        "test_input_required_result_capabilities": ("Asks what the client can answer.", answer_what_is_possible),
        "test_streaming_elicitation": ("Asks, whatever the stream.", confirm),
    }
    return tuple(
        Tool(name, name.replace("_", " "), description, NO_ARGUMENTS, run_waiting=run)
        for name, (description, run) in runs.items()
    )
