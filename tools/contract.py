"""The contract between tools and whoever calls them: what goes in, what comes out.

Above: server.methods runs tools, prompts and resource reads through these types only; tests/conformance registers its
fixtures with them. Below: the tool files. A capability returns `Done` (an answer) or `Ask` (questions first).
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from schema.values import Json, JsonObject
from tools.arguments import BadArguments

READ_ONLY: JsonObject = {
    "readOnlyHint": True,
    "destructiveHint": False,
    "idempotentHint": True,
    "openWorldHint": False,
}
"""Annotations of a tool that only reads."""

NO_REPLIES: Mapping[str, JsonObject] = MappingProxyType({})


class Done(NamedTuple):
    """An answer.

    `value`: the plain object (direct result and MCP `structuredContent`); None where only `content` speaks.
    `content`: MCP content blocks; empty = one text block with `value` as compact JSON.
    `failed`: the MCP `isError` flag.
    """

    value: JsonObject | None
    content: tuple[JsonObject, ...] = ()
    failed: bool = False


class Question(NamedTuple):
    """One request to the client: `method` (elicitation/create, sampling/createMessage, roots/list) and its params."""

    method: str
    params: JsonObject


class Ask(NamedTuple):
    """Questions to put before there is an answer.

    `questions` by key; `state` comes back unchanged with the replies; `otherwise` is the answer for a client that
    cannot be asked. The function runs again with `call.replies` {key: the client's result} and `call.state`.
    """

    questions: Mapping[str, Question]
    state: Json
    otherwise: Done


Answer = Done | Ask


class Call(Protocol):
    """What a running capability may use besides its arguments."""

    @property
    def replies(self) -> Mapping[str, JsonObject]:
        """The client's results by question key; empty on the first run."""
        ...

    @property
    def state(self) -> Json:
        """What the Ask before this run carried; None on the first run."""
        ...

    @property
    def over_mcp(self) -> bool:
        """True when the caller speaks MCP, False for direct JSON-RPC."""
        ...

    @property
    def client_capabilities(self) -> JsonObject:
        """The capabilities the client declared for this call."""
        ...

    async def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Report progress; nothing happens when the caller did not ask for it."""
        ...

    async def log(self, level: str, data: Json, logger: str | None = None) -> None:
        """Send a log message to the client at a syslog level, if it wants that level."""
        ...

    async def notify(self, method: str, params: JsonObject) -> None:
        """Send any other notification of this call to the client."""
        ...


class Tool(NamedTuple):
    """A tool: names, schemas and one function.

    `run` never waits; `run_waiting` may, and gets a task of its own. A tool that has both says by `waits`, from the
    arguments as they were sent, which of them a call runs; a tool that has one leaves `waits` out.
    `input_schema` is checked before either runs; arguments arrive decoded (tools.arguments). A tool that may return
    Ask is a waiting one, because the client's answer is waited for on the call's own stream. Arguments that break the
    schema are -32602, unless `on_bad_arguments` (what is wrong, the arguments as they were sent) answers them.
    """

    name: str
    title: str
    description: str
    input_schema: JsonObject
    output_schema: JsonObject | None = None
    annotations: JsonObject | None = None
    run: Callable[[JsonObject, Call], Done] | None = None
    run_waiting: Callable[[JsonObject, Call], Awaitable[Answer]] | None = None
    requires: tuple[str, ...] = ()
    waits: Callable[[JsonObject], bool] | None = None
    on_bad_arguments: Callable[[BadArguments, JsonObject], Done] | None = None

    def may_wait(self, arguments: JsonObject) -> bool:
        """Tell whether a call with these arguments, as they were sent, runs `run_waiting`."""
        return self.run is None or (self.waits is not None and self.waits(arguments))


class PromptArgument(NamedTuple):
    """One argument of a prompt."""

    name: str
    description: str
    required: bool = False


class Prompt(NamedTuple):
    """A prompt as it is listed; `get` renders it (value = {description?, messages})."""

    name: str
    title: str
    description: str
    arguments: tuple[PromptArgument, ...]
    get: Callable[[JsonObject, Call], Answer]


class Resource(NamedTuple):
    """A resource, or with a URI template in `uri` a family of them, as listed."""

    uri: str
    name: str
    title: str
    description: str
    mime_type: str


class Prompts(Protocol):
    """Where prompts come from; asked at every call, because the library may have changed."""

    def all(self) -> tuple[Prompt, ...]:
        """All prompts in a stable order."""
        ...

    def find(self, name: str) -> Prompt | None:
        """Give the prompt of that name, or None."""
        ...


class Resources(Protocol):
    """Where resources come from."""

    def all(self) -> tuple[Resource, ...]:
        """All concrete resources in a stable order."""
        ...

    def templates(self) -> tuple[Resource, ...]:
        """All URI templates in a stable order."""
        ...

    def tells_news(self, uri: str) -> bool:
        """Tell whether there is such a resource and its changes are announced, so that it can be subscribed to."""
        ...

    async def read(self, uri: str, call: Call) -> Answer | None:
        """Read one: value = {contents: [{uri, mimeType, text | blob}]}; None when there is no such resource."""
        ...


class Completer(Protocol):
    """Completions for prompt arguments and URI template variables."""

    def complete(self, ref: JsonObject, argument: str, value: str) -> tuple[str, ...] | None:
        """Give every candidate that fits, best first; None when `ref` names nothing known."""
        ...


class Changes(Protocol):
    """Where news of changed lists comes from; `kinds` decides which `listChanged` the server declares."""

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of list that may ever change: tools, prompts, resources."""
        ...

    def watch(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener(kind)` on the event loop at every change; gives the function that ends it."""
        ...


class Catalogue(NamedTuple):
    """Everything a server offers. The product's is made in server.compose; the conformance fixtures bring another.

    `changes` is None where no list changes while the server runs: then no `listChanged` is declared. `checks` are the
    named readiness checks: each gives None when it passes, else what is wrong; one that takes too long has failed.
    """

    tools: tuple[Tool, ...]
    prompts: Prompts
    resources: Resources
    completer: Completer
    instructions: str
    changes: Changes | None = None
    checks: Mapping[str, Callable[[], Awaitable[str | None]]] = MappingProxyType({})
