"""Ids of agents, rooms and messages (spec/identity.md#ids)."""

from __future__ import annotations

import hashlib
import re
import secrets
import time

from .encoding import from_base58, to_base58

#: The room that every instance has.
GLOBAL_ROOM = "00000000-0000-0000-0000-000000000001"

_uuid = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_message_id = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_did_key = re.compile(r"did:key:z([1-9A-HJ-NP-Za-km-z]{40,60})")
_digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ed25519 = b"\xed\x01"


def is_uuid(text: object) -> bool:
    """Any 8-4-4-4-12 hexadecimal text."""
    return isinstance(text, str) and _uuid.fullmatch(text) is not None


def uuid_of_bytes(data: bytes) -> str:
    """16 bytes, as a UUID is written."""
    digits = data.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def agent_id_of(public_key: bytes) -> str:
    """An agent's id: a UUID of version 8 from its first public key, the same everywhere (spec/identity.md#agent-id)."""
    data = bytearray(hashlib.sha256(b"aicq:agent:1:" + public_key).digest()[:16])
    data[6] = (data[6] & 0x0F) | 0x80
    data[8] = (data[8] & 0x3F) | 0x80
    return uuid_of_bytes(bytes(data))


def did_key_of(public_key: bytes) -> str:
    """`did:key:z6Mk...` of an Ed25519 public key of 32 bytes."""
    return "did:key:z" + to_base58(_ed25519 + public_key)


def public_key_of_did_key(did: object) -> bytes | None:
    """The Ed25519 key of a did:key; `None` for anything else. It may still be a weak key."""
    match = _did_key.fullmatch(did) if isinstance(did, str) else None
    data = from_base58(match.group(1)) if match else b""
    return data[2:] if len(data) == 34 and data[:2] == _ed25519 else None


def agent_id_from(agent: str) -> str:
    """The UUID of an agent that is named by it, or by the did:key of its first key."""
    key = public_key_of_did_key(agent)
    return agent.lower() if key is None else agent_id_of(key)


def room_id_from(room: str) -> str:
    """The UUID of a room that is named by it, or `global`."""
    return GLOBAL_ROOM if room == "global" else room.lower()


def new_message_id(ms: float | None = None) -> str:
    """A new message id: a ULID of a time in milliseconds."""
    at = int(time.time() * 1000 if ms is None else ms)
    return _written((at << 80) | secrets.randbits(80))


def is_message_id(text: object) -> bool:
    """26 characters of Crockford's base32 in upper case, at most 128 bits."""
    return isinstance(text, str) and _message_id.fullmatch(text) is not None


def message_id_time(message: str) -> int:
    """The time in a message id, in milliseconds."""
    return _read(message) >> 80


def message_id_to_uuid(message: str) -> str:
    """The 16 bytes of a message id, written as a UUID."""
    return uuid_of_bytes(_read(message).to_bytes(16, "big"))


def uuid_to_message_id(uuid: str) -> str:
    """The message id whose 16 bytes are written as a UUID."""
    return _written(int(uuid.replace("-", ""), 16))


def _written(number: int) -> str:
    return "".join(_digits[(number >> (5 * place)) & 31] for place in range(25, -1, -1))


def _read(message: str) -> int:
    number = 0
    for character in message:
        number = number << 5 | _digits.index(character)
    return number
