"""Two agents that answer each other agree on a secret (spec/key-exchange.md#key-exchange)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ..errors import EncryptionError
from ..protocol.canonical import canonical_bytes
from ..protocol.encoding import from_base64, to_base64
from ..protocol.identity import Identity
from ..protocol.proof import is_signed_by
from .x25519 import KeyPair, NewSecret, hkdf, is_x25519_key, random_secret, shared_secret

Wire = Mapping[str, Any]

_offer = ("from", "to", "purpose", "public_key", "created", "expires")


def key_offer_bytes(offer: Wire) -> bytes:
    """The bytes that an offer's `sig` is over."""
    return canonical_bytes("key offer", {"aicq": "keyexchange/1", **{name: offer.get(name) for name in _offer}})


def key_answer_bytes(offer: Wire, answer: Wire) -> bytes:
    """The bytes that an answer's `sig` is over: they say which offer is meant."""
    about = to_base64(hashlib.sha256(key_offer_bytes(offer)).digest())
    said = {"public_key": answer.get("public_key"), "created": answer.get("created")}
    return canonical_bytes("key answer", {"aicq": "keyexchange-answer/1", "offer": about, **said})


def new_key_offer(
    identity: Identity, to: str, purpose: str, created: int, expires: int, new_secret: NewSecret = random_secret
) -> tuple[dict[str, Any], bytes]:
    """A new offer, signed, and its secret half of 32 bytes."""
    pair = KeyPair.of(new_secret())
    offer: dict[str, Any] = {
        "from": identity.id,
        "to": to,
        "purpose": purpose,
        "public_key": to_base64(pair.public),
        "created": created,
        "expires": expires,
    }
    return {**offer, "sig": to_base64(identity.sign(key_offer_bytes(offer)))}, pair.secret


def answer_key_offer(
    identity: Identity, offer: Wire, key: str, now: int, new_secret: NewSecret = random_secret
) -> tuple[dict[str, Any], bytes]:
    """What to send, and the 32 bytes that both sides now have. `key`: did:key of who offers, which the caller knows
    to be theirs; `now`: milliseconds. Errors: `exchange_invalid`."""
    expires = offer.get("expires")
    if (
        offer.get("to") != identity.id
        or not isinstance(expires, (int, float))
        or not now < expires
        or not is_signed_by(key, offer.get("sig"), lambda: key_offer_bytes(offer))
    ):
        raise EncryptionError("exchange_invalid")
    theirs = _key(offer.get("public_key"))
    pair = KeyPair.of(new_secret())
    answer: dict[str, Any] = {"public_key": to_base64(pair.public), "created": now}
    answer["sig"] = to_base64(identity.sign(key_answer_bytes(offer, answer)))
    return answer, _secret(offer, answer, shared_secret(pair.secret, theirs))


def finish_key_exchange(offer: Wire, secret: bytes, answer: Wire, key: str) -> bytes:
    """The 32 bytes that both sides have, for whoever made the offer. `key`: did:key of who answers, which the caller
    knows to be theirs. Errors: `exchange_invalid`."""
    if not is_signed_by(key, answer.get("sig"), lambda: key_answer_bytes(offer, answer)):
        raise EncryptionError("exchange_invalid")
    return _secret(offer, answer, shared_secret(secret, _key(answer.get("public_key"))))


def _key(text: object) -> bytes:
    key = from_base64(text)
    if key is None or not is_x25519_key(key):
        raise EncryptionError("exchange_invalid", "the ephemeral key is not usable")
    return key


def _secret(offer: Wire, answer: Wire, agreed: bytes) -> bytes:
    salt = hashlib.sha256(key_offer_bytes(offer) + key_answer_bytes(offer, answer)).digest()
    return hkdf(agreed, salt, b"aicq-keyexchange-1", 32)
