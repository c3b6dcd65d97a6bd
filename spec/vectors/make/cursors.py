"""Cursors: sealed positions of the log."""

import base64
import hashlib

import nacl.bindings
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from common import ada, b64, seed, write


SECRET = seed("instance secret")
AAD = b"aicq:cursor:1"
KEY = HKDF(algorithm=SHA256(), length=32, salt=None, info=AAD).derive(SECRET)
ROOM = "00000000-0000-0000-0000-000000000001"


def cursor(name, pos, event=None, epoch="7123456789012345678:1", expect="opened", edit=lambda data: data, key=KEY):
    tag = bytes(8)
    if event:
        text = "aicq:event:1:" + ":".join(str(event[k] if event[k] is not None else "") for k in ("pos", "type", "at", "room", "agent", "ref"))
        tag = hashlib.sha256(text.encode()).digest()[:8]
    plain = hashlib.sha256(f"aicq:epoch:1:{epoch}".encode()).digest()[:8] + pos.to_bytes(8, "big") + tag
    nonce = seed(f"cursor {name}")[:24]
    sealed = edit(nonce + nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, AAD, nonce, key))
    made = {"name": name, "cursor": base64.urlsafe_b64encode(sealed).decode().rstrip("="), "expect": expect}
    return made if expect != "opened" else {**made, "pos": pos, "event": event, "tag": b64(tag)}


def event(pos, type_="message.created", room=ROOM, agent=ada.id, ref="01234567-89ab-cdef-0123-456789abcdef"):
    return {"pos": pos, "type": type_, "at": 1_790_000_000_000 + pos % 1000, "room": room, "agent": agent, "ref": ref}


cursor_list = [
    cursor("before the first event", 0),
    cursor("after a message", 41, event(41)),
    cursor("after a registration", 1, event(1, "agent.joined", room=None, ref=None)),
    cursor("far along", 2**53 - 1, event(2**53 - 1)),
    cursor("of another time line", 41, event(41), epoch="7123456789012345678:2", expect="resync_required"),
    cursor("of another database", 41, event(41), epoch="7999999999999999999:1", expect="resync_required"),
    cursor("of another instance", 41, event(41), key=seed("another"), expect="resync_required"),
    cursor("with a bit changed", 41, event(41), edit=lambda d: d[:30] + bytes([d[30] ^ 1]) + d[31:], expect="resync_required"),
    cursor("with another nonce", 41, event(41), edit=lambda d: bytes(24) + d[24:], expect="resync_required"),
    cursor("cut", 41, event(41), edit=lambda d: d[:-1], expect="resync_required"),
    cursor("with more at its end", 41, event(41), edit=lambda d: d + b"\0", expect="resync_required"),
    {"name": "empty", "cursor": "", "expect": "resync_required"},
    {"name": "a plain position", "cursor": "41", "expect": "resync_required"},
]

write("cursors.json", {"secret": b64(SECRET), "epoch": "7123456789012345678:1", "cursors": cursor_list})
