"""The double ratchet (spec/encryption.md#double-ratchet). A state is plain JSON, bytes in base64, and never changed:
what comes of a step is a new one, and the old one must be forgotten, or earlier messages could be read again."""

from __future__ import annotations

import hashlib
import hmac
import struct
from typing import TypedDict

from ..errors import EncryptionError
from ..protocol.encoding import kept_bytes, to_base64
from .wire import HEADER_LENGTH
from .x25519 import KeyPair, NewSecret, check_canonical, hkdf, random_secret, seal, shared_secret, unseal

#: Messages of one chain that may be missing before one that arrives.
SKIPPED_AT_ONCE = 1_000
#: Keys that are kept for missing messages, in all; the oldest are given up first.
SKIPPED_KEPT = 2_000


class Chain(TypedDict):
    """A chain of message keys: each step gives one and forgets how it came to it. `next`: the number of the message
    whose key comes next."""

    key: str
    next: int


class SkippedKey(TypedDict):
    """The key of a message that has not come yet."""

    ratchet: str
    n: int
    key: str


class OwnKey(TypedDict):
    secret: str
    public: str


class _Base(TypedDict):
    root: str
    ours: OwnKey
    #: How many messages our sending chain before this one had.
    previous: int
    #: Oldest first.
    skipped: list[SkippedKey]


class RatchetState(_Base, total=False):
    """One end of a double ratchet."""

    theirs: str
    sending: Chain
    receiving: Chain


def ratchet_of_initiator(secret: bytes, theirs: bytes, new_secret: NewSecret = random_secret) -> RatchetState:
    """The end that writes first. `theirs`: the signed prekey of the other end. Errors: `low_order_point`."""
    ours = KeyPair.of(new_secret())
    root, chain = _turn_root(to_base64(secret), shared_secret(ours.secret, theirs))
    return {
        "root": root,
        "ours": _kept(ours),
        "theirs": to_base64(theirs),
        "sending": chain,
        "previous": 0,
        "skipped": [],
    }


def ratchet_of_responder(secret: bytes, prekey: KeyPair) -> RatchetState:
    """The end that reads first. `prekey`: its own signed prekey."""
    return {"root": to_base64(secret), "ours": _kept(prekey), "previous": 0, "skipped": []}


def ratchet_encrypt(state: RatchetState, plain: bytes, associated: bytes) -> tuple[RatchetState, bytes]:
    """The next message: its header and what it seals, both bound to `associated`."""
    if "sending" not in state:
        raise ValueError("this end reads first")
    header = kept_bytes(state["ours"]["public"]) + struct.pack(">II", state["previous"], state["sending"]["next"])
    key, chain = _step(state["sending"])
    return {**state, "sending": chain}, header + seal(*_key_and_nonce(key), plain, associated + header)


def ratchet_decrypt(
    state: RatchetState, message: bytes, associated: bytes, new_secret: NewSecret = random_secret
) -> tuple[RatchetState, bytes]:
    """Reads a message; when it fails, the state that was given is good as before. Errors: `already_read`,
    `too_many_skipped`, `key_not_canonical`, `low_order_point`, `wrong_key_or_tampered`."""
    header, sealed = message[:HEADER_LENGTH], message[HEADER_LENGTH:]
    ratchet = to_base64(header[:32])
    previous, n = struct.unpack(">II", header[32:])
    for found in state["skipped"]:
        if found["ratchet"] == ratchet and found["n"] == n:
            plain = unseal(*_key_and_nonce(kept_bytes(found["key"])), sealed, associated + header)
            return {**state, "skipped": [one for one in state["skipped"] if one is not found]}, plain
    is_same = ratchet == state.get("theirs") and "receiving" in state
    turned = state if is_same else _turn(_skip(state, previous), ratchet, new_secret)
    if n < turned["receiving"]["next"]:
        raise EncryptionError("already_read")
    skipped = _skip(turned, n)
    key, chain = _step(skipped["receiving"])
    plain = unseal(*_key_and_nonce(key), sealed, associated + header)
    return {**skipped, "receiving": chain}, plain


def _skip(state: RatchetState, until: int) -> RatchetState:
    """Keeps the keys of the receiving chain before message `until`."""
    if "receiving" not in state or until <= state["receiving"]["next"]:
        return state
    chain = state["receiving"]
    if until - chain["next"] > SKIPPED_AT_ONCE:
        raise EncryptionError("too_many_skipped")
    skipped = list(state["skipped"])
    while chain["next"] < until:
        key, after = _step(chain)
        skipped.append({"ratchet": state["theirs"], "n": chain["next"], "key": to_base64(key)})
        chain = after
    return {**state, "receiving": chain, "skipped": skipped[-SKIPPED_KEPT:]}


def _turn(state: RatchetState, ratchet: str, new_secret: NewSecret) -> RatchetState:
    """Takes the other end's new ratchet key, and makes one of our own."""
    theirs = kept_bytes(ratchet)
    check_canonical(theirs)
    root, receiving = _turn_root(state["root"], shared_secret(kept_bytes(state["ours"]["secret"]), theirs))
    ours = KeyPair.of(new_secret())
    root, sending = _turn_root(root, shared_secret(ours.secret, theirs))
    return {
        "root": root,
        "ours": _kept(ours),
        "theirs": ratchet,
        "sending": sending,
        "receiving": receiving,
        "previous": state["sending"]["next"] if "sending" in state else 0,
        "skipped": state["skipped"],
    }


def _turn_root(root: str, shared: bytes) -> tuple[str, Chain]:
    """The next root key, and the chain that begins with it (KDF_RK)."""
    data = hkdf(shared, kept_bytes(root), b"aicq-dm-v2:root", 64)
    return to_base64(data[:32]), {"key": to_base64(data[32:]), "next": 0}


def _step(chain: Chain) -> tuple[bytes, Chain]:
    """The key of the next message, and the chain after it (KDF_CK)."""
    key = kept_bytes(chain["key"])
    after = hmac.digest(key, b"\x02", hashlib.sha256)
    return hmac.digest(key, b"\x01", hashlib.sha256), {"key": to_base64(after), "next": chain["next"] + 1}


def _key_and_nonce(message_key: bytes) -> tuple[bytes, bytes]:
    """A message key is used once, so the nonce can come of it too."""
    data = hkdf(message_key, bytes(32), b"aicq-dm-v2:message", 44)
    return data[:32], data[32:]


def _kept(pair: KeyPair) -> OwnKey:
    return {"secret": to_base64(pair.secret), "public": to_base64(pair.public)}
