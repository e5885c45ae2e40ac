"""Fixture prompts, resources, completions, and the news of changed lists.

Above: tests.conformance.everything. Below: tests.conformance.blocks and asking_tools.
"""

import re
from collections.abc import Callable

import orjson

from schema.values import Json, JsonObject
from tests.conformance.asking_tools import CANNOT_ASK, content_of
from tests.conformance.blocks import NO_ARGUMENTS, RED_PIXEL_PNG, embedded, form, image, said, text
from tools.contract import Answer, Ask, Call, Done, Prompt, PromptArgument, Resource, Tool

TEMPLATE = re.compile(r"test://template/([^/]+)/data")
ITEM_TEMPLATE = "test://template/{id}/data"


def messages(*content: JsonObject) -> Done:
    """Give a prompt's messages, all from the user."""
    said_by_user: list[Json] = [{"role": "user", "content": block} for block in content]
    return Done({"messages": said_by_user})


def simple(arguments: JsonObject, call: Call) -> Answer:
    """Render the prompt without arguments."""
    return messages(text("This is a simple prompt for testing."))


def with_arguments(arguments: JsonObject, call: Call) -> Answer:
    """Render both arguments."""
    return messages(text(f"Prompt with arguments: arg1='{arguments['arg1']}', arg2='{arguments['arg2']}'"))


def with_resource(arguments: JsonObject, call: Call) -> Answer:
    """Embed a resource under the URI the caller names."""
    resource = embedded(str(arguments["resourceUri"]), "text/plain", "Embedded resource content for testing.")
    return messages(resource, text("Please process the embedded resource above."))


def with_image(arguments: JsonObject, call: Call) -> Answer:
    """Render an image and a text."""
    return messages(image(), text("Please analyze the image above."))


def asking(arguments: JsonObject, call: Call) -> Answer:
    """Ask for the context before rendering it."""
    reply = call.replies.get("user_context")
    if reply is None:
        properties: JsonObject = {"context": {"type": "string"}}
        question = form("What context should the prompt use?", properties, ["context"])
        return Ask({"user_context": question}, None, CANNOT_ASK)
    return messages(text(f"Use this context: {content_of(reply).get('context')}"))


def prompt(name: str, description: str, get: Callable[[JsonObject, Call], Answer], *arguments: str) -> Prompt:
    """Make a prompt whose arguments are all required."""
    described = tuple(PromptArgument(argument, f"The argument {argument}.", required=True) for argument in arguments)
    return Prompt(name, name.replace("_", " "), description, described, get)


class FixturePrompts:
    """The prompts; one of them comes and goes with `toggle`."""

    def __init__(self) -> None:
        """Start without the coming and going one."""
        self._fixed = (
            prompt("test_simple_prompt", "No arguments.", simple),
            prompt("test_prompt_with_arguments", "Two arguments.", with_arguments, "arg1", "arg2"),
            prompt("test_prompt_with_embedded_resource", "Embeds a resource.", with_resource, "resourceUri"),
            prompt("test_prompt_with_image", "Carries an image.", with_image),
            prompt("test_input_required_result_prompt", "Asks first.", asking),
        )
        self._guest = prompt("test_guest_prompt", "Comes and goes.", simple)
        self._guest_is_here = False

    def toggle(self) -> None:
        """Let the guest come or go."""
        self._guest_is_here = not self._guest_is_here

    def all(self) -> tuple[Prompt, ...]:
        """Give the prompts there are now."""
        return (*self._fixed, self._guest) if self._guest_is_here else self._fixed

    def find(self, name: str) -> Prompt | None:
        """Give the prompt of that name, or None."""
        return next((one for one in self.all() if one.name == name), None)


def contents(uri: str, mime_type: str, key: str, value: str) -> Done:
    """Give a resource's contents: `key` is text or blob."""
    return Done({"contents": [{"uri": uri, "mimeType": mime_type, key: value}]})


class FixtureResources:
    """A text, an image, one to subscribe to, and a template."""

    def all(self) -> tuple[Resource, ...]:
        """Give the concrete resources."""
        return (
            Resource("test://static-text", "static-text", "Text", "A text that never changes.", "text/plain"),
            Resource("test://static-binary", "static-binary", "Image", "An image that never changes.", "image/png"),
            Resource("test://watched-resource", "watched", "Watched", "A text to subscribe to.", "text/plain"),
        )

    def templates(self) -> tuple[Resource, ...]:
        """Give the template."""
        return (Resource(ITEM_TEMPLATE, "template", "Template", "Data by id.", "application/json"),)

    def tells_news(self, uri: str) -> bool:
        """Tell whether it is one of these."""
        return any(uri == one.uri for one in self.all()) or TEMPLATE.fullmatch(uri) is not None

    async def read(self, uri: str, call: Call) -> Answer | None:
        """Read any of them."""
        if uri == "test://static-text":
            return contents(uri, "text/plain", "text", "This is the content of the static text resource.")
        if uri == "test://static-binary":
            return contents(uri, "image/png", "blob", RED_PIXEL_PNG)
        if uri == "test://watched-resource":
            return contents(uri, "text/plain", "text", "Watched resource content.")
        found = TEMPLATE.fullmatch(uri)
        if found is None:
            return None
        data: JsonObject = {"id": found[1], "templateTest": True, "data": f"Data for ID: {found[1]}"}
        return contents(uri, "application/json", "text", orjson.dumps(data).decode())


class FixtureCompleter:
    """Completes the prompt arguments from a short list of places."""

    def complete(
        self,
        ref: JsonObject,
        argument: str,
        value: str,
    ) -> tuple[str, ...] | None:
        """Give the places that begin with `value`; None for an unknown prompt or template."""
        known = ref.get("name") == "test_prompt_with_arguments" or ref.get("uri") == ITEM_TEMPLATE
        if not known:
            return None
        return tuple(place for place in ("paris", "park", "party", "test") if place.startswith(value))


class FixtureChanges:
    """Tells of changes when a trigger tool is called."""

    kinds = frozenset({"tools", "prompts"})

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._listeners: list[Callable[[str], None]] = []

    def watch(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Add a listener; the function given back takes it away."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, kind: str) -> None:
        """Tell every listener."""
        for listener in tuple(self._listeners):
            listener(kind)


def trigger_tools(prompts: FixturePrompts, changes: FixtureChanges) -> tuple[Tool, Tool]:
    """Make the tools that announce a change; the one for prompts really makes one."""

    def tools_changed(arguments: JsonObject, call: Call) -> Done:
        changes.tell("tools")
        return said(text("Told of changed tools."))

    def prompts_changed(arguments: JsonObject, call: Call) -> Done:
        prompts.toggle()
        changes.tell("prompts")
        return said(text("Told of changed prompts."))

    none = NO_ARGUMENTS
    return (
        Tool("test_trigger_tool_change", "Tool change", "Tells that the tools changed.", none, run=tools_changed),
        Tool("test_trigger_prompt_change", "Prompt change", "Lets a prompt come or go.", none, run=prompts_changed),
    )
