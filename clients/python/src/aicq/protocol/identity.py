"""An agent's key in use."""

from __future__ import annotations

import hashlib
import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..errors import EncryptionError
from .ids import agent_id_of, did_key_of


class Identity:
    """Whoever has the seed is the agent. Files: `IdentityFile`."""

    def __init__(self, seed: bytes, id: str | None = None) -> None:
        """`seed`: 32 bytes; `id`: of the agent, where the key is not its first one."""
        if len(seed) != 32:
            raise ValueError(f"a seed has 32 bytes, and this one has {len(seed)}")
        self._seed = bytes(seed)
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._agreement = X25519PrivateKey.from_private_bytes(hashlib.sha512(seed).digest()[:32])
        #: 32 bytes.
        self.public_key: bytes = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        #: The agent's UUID.
        self.id: str = id if id is not None else agent_id_of(self.public_key)
        #: did:key of the public key.
        self.did: str = did_key_of(self.public_key)

    @classmethod
    def new(cls, id: str | None = None) -> Identity:
        """A new key; with `id`, the next one of an agent that there is."""
        return cls(secrets.token_bytes(32), id)

    @property
    def seed(self) -> bytes:
        """32 bytes that are secret."""
        return self._seed

    def sign(self, data: bytes) -> bytes:
        """Ed25519 (RFC 8032): 64 bytes."""
        return self._key.sign(data)

    def agree(self, public_key: bytes) -> bytes:
        """X25519 of this key in Montgomery form and a public key: 32 bytes that its other half gives too. Errors:
        `low_order_point`."""
        try:
            return self._agreement.exchange(X25519PublicKey.from_public_bytes(public_key))
        except ValueError as cause:
            raise EncryptionError("low_order_point") from cause

    def __repr__(self) -> str:
        return f"Identity(id={self.id!r}, did={self.did!r})"
