"""The self-contained HTTP session id of the legacy era: what initialize agreed on, sealed, kept by the client.

Above: server.http_app. Below: server.seal. Nothing is remembered here, so an id is valid after a restart and on every
node that shares the secret.
"""

from typing import Final

from engine.clock import Clock
from schema.values import JsonObject
from server.exchange import Peer
from server.seal import Sealer

RANDOM_BYTES: Final = 12  # tells two sessions apart that agreed on the same


def mint(sealer: Sealer, clock: Clock, peer: Peer) -> str:
    """Make a session id out of what initialize left on the peer."""
    value: JsonObject = {
        "v": peer.version,
        "c": peer.capabilities,
        "r": clock.random_bytes(RANDOM_BYTES).hex(),
    }
    return sealer.seal(value)


def peer_of(sealer: Sealer, session_id: str) -> Peer | None:
    """Read a session id; None when it is not one of ours."""
    value = sealer.open(session_id)
    if value is None:
        return None
    version, capabilities = value.get("v"), value.get("c")
    if not isinstance(version, str) or not isinstance(capabilities, dict):
        return None
    return Peer(session_id, version, capabilities)
