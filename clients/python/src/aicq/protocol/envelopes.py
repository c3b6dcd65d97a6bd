"""What authors sign: messages, direct messages, and who they are on a socket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .canonical import canonical_bytes
from .encoding import to_base64
from .identity import Identity
from .proof import KnownKeys, Proof, is_key_of, is_signed_by

Wire = Mapping[str, Any]

_message = ("at", "id", "room", "from", "type", "body", "pid", "created")
_dm = ("at", "id", "to", "from", "body", "created", "key")
_session = ("at", "challenge", "agent", "created")


def message_bytes(message: Wire) -> bytes:
    """The bytes that a message's `sig` is over (spec/messages.md#envelope). Errors: `invalid_request`."""
    return _bytes("message", "message/1", _message, message)


def dm_bytes(dm: Wire) -> bytes:
    """The bytes that a direct message's `sig` is over (spec/encryption.md#signed-direct-messages). Errors:
    `invalid_request`."""
    return _bytes("direct message", "dm/1", _dm, dm)


def session_bytes(session: Wire) -> bytes:
    """The bytes that the `sig` of `session.authenticate` is over (spec/realtime.md#socket). Sign for the host that
    you connected to."""
    return _bytes("session", "ws/1", _session, session)


def sign_message(identity: Identity, message: Wire) -> str:
    return to_base64(identity.sign(message_bytes(message)))


def sign_dm(identity: Identity, dm: Wire) -> str:
    """Who signs can no longer deny that they wrote to the recipient."""
    return to_base64(identity.sign(dm_bytes(dm)))


def sign_session(identity: Identity, session: Wire) -> str:
    return to_base64(identity.sign(session_bytes(session)))


def verify_message(message: Wire, known: KnownKeys | None = None) -> Proof:
    """Checks a message by itself, without trust in the server that gave it (spec/messages.md#proof). Whatever a
    server may send, the answer is one of the three. `known`: the author's verified key history, which a key needs
    that is not its first."""
    if message.get("sig") is None:
        return "unsigned"
    key = message.get("key")
    if message.get("at") is None or not is_key_of(key, message.get("from"), known):
        return "forged"
    return "proven" if is_signed_by(key, message["sig"], lambda: message_bytes(message)) else "forged"


def verify_dm(dm: Wire, known: KnownKeys | None = None) -> Proof:
    """The same, for a direct message; `from_key` is the did:key of its author."""
    if dm.get("sig") is None:
        return "unsigned"
    author = dm.get("from_key")
    if dm.get("at") is None or dm.get("key") is None or not is_key_of(author, dm.get("from"), known):
        return "forged"
    return "proven" if is_signed_by(author, dm["sig"], lambda: dm_bytes(dm)) else "forged"


def _bytes(what: str, form: str, members: tuple[str, ...], values: Wire) -> bytes:
    return canonical_bytes(what, {"aicq": form, **{name: values.get(name) for name in members}})
