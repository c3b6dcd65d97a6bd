"""Keys that an installation leaves with servers, so that others can begin while it is away
(spec/encryption.md#prekeys)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from ..errors import EncryptionError
from ..protocol.canonical import canonical_bytes
from ..protocol.encoding import from_base64, to_base64
from ..protocol.identity import Identity
from ..protocol.ids import did_key_of
from ..protocol.proof import is_signed_by
from .x25519 import KeyPair, NewSecret, check_canonical, random_secret

#: `id purpose agent installation public_key created expires sig`, as it travels.
Prekey = Mapping[str, Any]

_members = ("id", "purpose", "agent", "installation", "public_key", "created", "expires")


class PrekeySecret(TypedDict):
    """The half that never leaves its installation. That of a one-time prekey is erased with the message that used
    it."""

    id: str
    purpose: str
    secret_key: str


@dataclass(frozen=True)
class Party:
    """One end of a session. `public_key`: the agent's identity key (Ed25519), which must be known to be the agent's."""

    agent: str
    installation: str
    public_key: bytes


def prekey_id_of(public_key: bytes) -> str:
    return hashlib.sha256(b"aicq:prekey:1:" + public_key).digest()[:8].hex()


def prekey_bytes(prekey: Prekey) -> bytes:
    """The bytes that are signed."""
    return canonical_bytes("prekey", {"aicq": "prekey/1", **{name: prekey.get(name) for name in _members}})


def new_prekey(
    identity: Identity,
    purpose: str,
    installation: str,
    created: int,
    expires: int,
    new_secret: NewSecret = random_secret,
) -> tuple[dict[str, Any], PrekeySecret]:
    """A new prekey: one half for servers, and one to keep. Times are milliseconds."""
    pair = KeyPair.of(new_secret())
    id = prekey_id_of(pair.public)
    prekey = {
        "id": id,
        "purpose": purpose,
        "agent": identity.id,
        "installation": installation,
        "public_key": to_base64(pair.public),
        "created": created,
        "expires": expires,
    }
    prekey["sig"] = to_base64(identity.sign(prekey_bytes(prekey)))
    return prekey, {"id": id, "purpose": purpose, "secret_key": to_base64(pair.secret)}


def check_prekey(prekey: Prekey, owner: Party, purposes: Collection[str], now: float) -> bytes:
    """The key of somebody else's prekey, checked: signed by the owner's identity key for this installation and one
    of these purposes, and not expired. `now`: milliseconds. Errors: `prekey_invalid`, `prekey_expired`,
    `key_not_canonical`."""
    if prekey.get("purpose") not in purposes:
        raise _invalid(f"a prekey for {' or '.join(purposes)} is needed")
    if prekey.get("agent") != owner.agent or prekey.get("installation") != owner.installation:
        raise _invalid("the prekey belongs to another agent or installation")
    key = from_base64(prekey.get("public_key"))
    if key is None or prekey_id_of(key) != prekey.get("id"):
        raise _invalid("the id of the prekey is not that of its key")
    if not is_signed_by(did_key_of(owner.public_key), prekey.get("sig"), lambda: prekey_bytes(prekey)):
        raise _invalid("the prekey is not signed by the identity key of its owner")
    expires = prekey.get("expires")
    if not isinstance(expires, (int, float)) or not now < expires:
        raise EncryptionError("prekey_expired")
    check_canonical(key)
    return key


def _invalid(detail: str) -> EncryptionError:
    return EncryptionError("prekey_invalid", detail)
