"""A body of `aicq-dm-v2`, read without any key (spec/encryption.md#form)."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import EncryptionError
from ..protocol.ids import uuid_of_bytes
from .body import is_dm_v2, read_body

_magic = b"aicq-dm-2"
_start_length = len(_magic) + 1 + 16
_opening_length = 96
_tag_length = 16
#: Ratchet key, PN and N.
HEADER_LENGTH = 40
_none = "0" * 16


@dataclass(frozen=True)
class Opening:
    """What the first messages of a session carry, so that the other side can agree on its secret
    (spec/encryption.md#agreement)."""

    #: The initiator's identity key: 32 bytes, Ed25519.
    identity_key: bytes
    #: The initiator's installation, a UUID.
    installation: str
    #: 32 bytes, X25519.
    ephemeral_key: bytes
    #: Ids of the prekeys that were used.
    signed_prekey: str
    one_time_prekey: str | None = None

    def to_bytes(self) -> bytes:
        prekeys = bytes.fromhex(self.signed_prekey + (self.one_time_prekey or _none))
        return self.identity_key + uuid_bytes(self.installation) + self.ephemeral_key + prekeys

    @classmethod
    def from_bytes(cls, data: bytes) -> Opening:
        one_time = data[88:96].hex()
        return cls(
            data[:32],
            uuid_of_bytes(data[32:48]),
            data[48:80],
            data[80:88].hex(),
            None if one_time == _none else one_time,
        )


@dataclass(frozen=True)
class DmV2:
    """A body as it was received."""

    #: 32 hexadecimal digits.
    session: str
    #: In the messages before the first answer.
    opening: Opening | None
    #: What comes before the ratchet's message, and is bound to it.
    start: bytes
    #: The ratchet's header, and what it seals.
    message: bytes


def uuid_bytes(uuid: str) -> bytes:
    return bytes.fromhex(uuid.replace("-", ""))


def write_start(session: str, opening: bytes | None) -> bytes:
    """What comes before the ratchet's message. `opening`: 96 bytes."""
    return _magic + bytes([0 if opening is None else 1]) + bytes.fromhex(session) + (opening or b"")


def read_dm_v2(body: str) -> DmV2:
    """Errors: `too_long`, `not_base64`, `too_short`, `wrong_version`."""
    data = read_body(body)
    if not is_dm_v2(body):
        raise EncryptionError("wrong_version", "the body is not aicq-dm-v2")
    kind = data[len(_magic)]
    if kind > 1:
        raise EncryptionError("wrong_version", f"aicq-dm-v2 has no messages of kind {kind}")
    length = _start_length + (_opening_length if kind else 0)
    if len(data) < length + HEADER_LENGTH + _tag_length:
        raise EncryptionError("too_short")
    return DmV2(
        session=data[len(_magic) + 1 : _start_length].hex(),
        opening=Opening.from_bytes(data[_start_length:length]) if kind else None,
        start=data[:length],
        message=data[length:],
    )
