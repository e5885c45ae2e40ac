"""The dispatcher's rim: a mistake of ours outside a method costs one answer, not the messages after it."""

import json
from pathlib import Path

from schema.values import JsonObject
from server.exchange import Door, Peer
from server.outcome import Failure
from tests.interaction.conftest import product, settings_for
from tests.interaction.test_eras import modern


class Broken:
    """A transport whose own judgement fails."""

    def __init__(self) -> None:
        self.door = Door.STDIO
        self.peer = Peer("broken")
        self.header_version: str | None = None
        self.allows_batch = True
        self.can_ask = False
        self.announces = False

    def judge(self, message: JsonObject) -> Failure | None:
        raise RuntimeError("a secret path: /etc/shadow")

    async def send(self, message: bytes) -> None:
        raise AssertionError("nothing is sent ahead of a result here")

    def stop(self) -> None:
        raise AssertionError("nobody asked for the end")


async def test_a_mistake_around_a_method_is_a_bug_with_its_correlation_id(tmp_path: Path) -> None:
    dispatcher = product(settings_for(tmp_path, tmp_path))
    for method in ("tools/list", "resources/read"):
        body = await dispatcher.dispatch(json.dumps(modern(method)).encode(), Broken())
        assert body is not None
        answer = json.loads(body)
        assert (answer["id"], answer["error"]["code"]) == (1, -32603)
        assert answer["error"]["data"]["correlationId"]
        assert b"shadow" not in body
    dispatcher.service.close()
