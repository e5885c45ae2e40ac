"""The word of the server that began a session for where its documents come from: an HMAC that no archive can forge.

Above: engine.runner. Below: engine.sessions.model. A session that was restored, imported or written by somebody else
bears no seal of this store, so it runs no commands.
"""

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, NamedTuple

from engine.sessions.effect_model import CommandRules
from engine.sessions.model import State
from engine.sessions.refusals import Policy

PURPOSE: Final = b"workflowlookup commands"
FOREIGN: Final = CommandRules("this session was not begun on this server's store; commands run in sessions begun here")
"""What holds for a session whose seal is not ours."""


class Sealed(NamedTuple):
    """What a seal stands for: a session, its documents, the sources of those that run commands, and its workspace."""

    session_id: str
    document: str
    children: Mapping[str, str]
    sources: tuple[str, ...]
    workspace: str


def seal_of(key: bytes, sealed: Sealed) -> str:
    """Give the seal; "" where nothing is to be sealed, or there is no key to seal with."""
    if not key or not sealed.sources:
        return ""
    facts = [sealed.session_id, sealed.document, sorted(sealed.children.items()), sealed.sources, sealed.workspace]
    return hmac.digest(hmac.digest(key, PURPOSE, sha256), json.dumps(facts).encode(), sha256).hex()


def policy_for(policy: Policy, key: bytes, state: State) -> Policy:
    """Give the rules for a session that runs commands: the operator's, without commands where its seal is not ours."""
    facts = Sealed(state.session_id, state.document, state.children, state.sources, state.workspace)
    seal = seal_of(key, facts)
    if seal and hmac.compare_digest(seal.encode(), state.seal.encode("utf-8", "replace")):
        return policy
    return policy._replace(commands=FOREIGN)
