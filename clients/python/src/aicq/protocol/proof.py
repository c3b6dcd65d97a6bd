"""Whether a signature proves an author."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

from ..errors import AicqError
from .ed25519 import check_public_key, verify_ed25519
from .encoding import from_base64
from .ids import agent_id_of, public_key_of_did_key

#: Whether a message proves its author: `unsigned` carries no proof, `forged` carries a wrong one.
Proof = Literal["proven", "unsigned", "forged"]


class KnownKeys(Protocol):
    """The keys of an agent, from its verified history."""

    @property
    def agent(self) -> str: ...

    def names(self, key: str) -> bool:
        """Whether a did:key is or was one of them."""
        ...


def is_key_of(key: object, agent: object, known: KnownKeys | None = None) -> bool:
    """Whether a did:key is the key from which an agent's id was made, or one that its history names."""
    public_key = public_key_of_did_key(key)
    if public_key is not None and agent_id_of(public_key) == agent:
        return True
    return known is not None and known.agent == agent and isinstance(key, str) and known.names(key)


def is_signed_by(key: object, sig: object, data: Callable[[], bytes]) -> bool:
    """Whether `sig` (base64) is the signature of a did:key over bytes; `False` also for weak keys, and where `data`
    finds that there is no canonical form."""
    public_key = public_key_of_did_key(key)
    signature = from_base64(sig)
    if public_key is None or signature is None:
        return False
    try:
        check_public_key(public_key)  # some platforms verify anything by a key of small order
        return verify_ed25519(public_key, signature, data())
    except AicqError:
        return False
