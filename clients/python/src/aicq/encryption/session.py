"""A session between two installations, `aicq-dm-v2` (spec/encryption.md#aicq-dm-v2)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypedDict

from ..errors import EncryptionError
from ..protocol.encoding import kept_bytes, to_base64
from ..protocol.ids import did_key_of
from .body import plain_bytes, write_body
from .prekeys import Party, PrekeySecret
from .ratchet import RatchetState, ratchet_decrypt, ratchet_encrypt, ratchet_of_initiator, ratchet_of_responder
from .wire import read_dm_v2, write_start
from .x3dh import Agreement, Bundle, Us, accept, initiate
from .x25519 import KeyPair, NewSecret, random_secret


class Peer(TypedDict):
    """Whoever can write in a session, whatever a server says. `key`: did:key."""

    agent: str
    installation: str
    key: str


class _Base(TypedDict):
    form: str
    #: 32 hexadecimal digits, the same at both ends.
    id: str
    peer: Peer
    #: Base64: goes with every message as associated data.
    associated: str
    ratchet: RatchetState


class Session(_Base, total=False):
    """One end of a session: plain JSON that the caller keeps, under its id. A step gives a new one; the caller keeps
    that before it sends or shows what came with it, and forgets the old one."""

    #: Base64: goes with every message until the first answer.
    opening: str


@dataclass(frozen=True)
class Accepted:
    """A first message, and what its reader does in the transaction that keeps the session."""

    session: Session = field(repr=False)
    plain: bytes = field(repr=False)
    #: The one-time prekey that is used up: erase it. Without one, the same message could begin the same session once
    #: more: refuse it if `first_message_id` has been seen, and remember it as long as the prekeys that were used.
    spent: str | None
    first_message_id: str


def start_session(us: Us, peer: Party, bundle: Bundle, now: float, new_secret: NewSecret = random_secret) -> Session:
    """Begins a session; nothing is sent yet. `peer.public_key`: the caller has made sure that it is the peer's.
    Errors: those of `initiate`."""
    agreement, opening, their_prekey = initiate(us, peer, bundle, now, new_secret)
    ratchet = ratchet_of_initiator(agreement.secret, their_prekey, new_secret)
    return {**_session(agreement, peer, ratchet), "opening": to_base64(opening.to_bytes())}


def encrypt_in_session(session: Session, text: str) -> tuple[Session, str]:
    """The next message. Errors: `not_utf8`, `too_long` (5,966 bytes can be sent before the first answer, then
    6,062)."""
    opening = session.get("opening")
    start = write_start(session["id"], None if opening is None else kept_bytes(opening))
    associated = kept_bytes(session["associated"]) + start
    ratchet, message = ratchet_encrypt(session["ratchet"], plain_bytes(text), associated)
    return {**session, "ratchet": ratchet}, write_body(start + message)


def decrypt_in_session(session: Session, body: str, new_secret: NewSecret = random_secret) -> tuple[Session, bytes]:
    """Reads a message of a session; when it fails, the session that was given is good as before. Errors: those of
    `read_dm_v2` and `ratchet_decrypt`, `wrong_session`."""
    read = read_dm_v2(body)
    if read.session != session["id"]:
        raise EncryptionError("wrong_session")
    associated = kept_bytes(session["associated"]) + read.start
    ratchet, plain = ratchet_decrypt(session["ratchet"], read.message, associated, new_secret)
    answered: Session = {**session, "ratchet": ratchet}
    answered.pop("opening", None)
    return answered, plain


def accept_session(
    us: Us,
    agent: str,
    public_key: bytes,
    prekeys: Callable[[str], PrekeySecret | None],
    body: str,
    new_secret: NewSecret = random_secret,
) -> Accepted:
    """Reads a message that begins a session which is not there yet. `public_key` is the identity key of the
    message's author: the caller has made sure whose it is. `prekeys` gives our own by their ids. Errors: those of
    `read_dm_v2`, `accept` and `ratchet_decrypt`; `wrong_session` (it begins none), `wrong_identity`,
    `prekey_unknown`."""
    read = read_dm_v2(body)
    opening = read.opening
    if opening is None:
        raise EncryptionError("wrong_session", "the session is not there, and this message does not begin it")
    if opening.identity_key != public_key:
        raise EncryptionError("wrong_identity")
    signed = _pair(prekeys(opening.signed_prekey), ["signed"])
    kept = None if opening.one_time_prekey is None else prekeys(opening.one_time_prekey)
    one_time = None if opening.one_time_prekey is None else _pair(kept, ["one-time", "last-resort"])
    them = Party(agent, opening.installation, public_key)
    agreement = accept(us, them, opening, signed, one_time)
    begun = _session(agreement, them, ratchet_of_responder(agreement.secret, signed))
    if read.session != begun["id"]:
        raise EncryptionError("wrong_session")
    ratchet, plain = ratchet_decrypt(begun["ratchet"], read.message, agreement.associated + read.start, new_secret)
    spent = kept["id"] if kept is not None and kept["purpose"] == "one-time" else None
    return Accepted({**begun, "ratchet": ratchet}, plain, spent, agreement.first_message_id)


def _session(agreement: Agreement, peer: Party, ratchet: RatchetState) -> Session:
    return {
        "form": "aicq-dm-v2",
        "id": agreement.first_message_id[:32],
        "peer": {"agent": peer.agent, "installation": peer.installation, "key": did_key_of(peer.public_key)},
        "associated": to_base64(agreement.associated),
        "ratchet": ratchet,
    }


def _pair(kept: PrekeySecret | None, purposes: Collection[str]) -> KeyPair:
    if kept is None or kept["purpose"] not in purposes:
        raise EncryptionError("prekey_unknown")
    return KeyPair.of(kept_bytes(kept["secret_key"]))
