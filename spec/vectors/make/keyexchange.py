"""Key exchanges: an offer, its answer, the secret that both sides have, and offers that are refused."""

import hashlib

from canonical import canonical
from common import ada, b64, bob, seed, write
from x25519 import P, agree, hkdf, public

NOW = 1_790_000_000_000
HOUR = 3_600_000
offered, answered = seed("key offer"), seed("key answer")


def offer(signer=ada, key=None, change=None, **more):
    members = {"from": ada.id, "to": bob.id, "purpose": "session", "public_key": b64(key or public(offered)),
               "created": NOW, "expires": NOW + HOUR, **more}
    text = canonical({"aicq": "keyexchange/1", **members})
    return text, members | {"sig": b64(signer.sign(text.encode()))} | (change or {})


offer_text, good = offer()
about = b64(hashlib.sha256(offer_text.encode()).digest())
answer = {"public_key": b64(public(answered)), "created": NOW + 1_000}
answer_text = canonical({"aicq": "keyexchange-answer/1", "offer": about, **answer})
answer_sig = b64(bob.sign(answer_text.encode()))
salt = hashlib.sha256((offer_text + answer_text).encode()).digest()
agreed = agree(offered, public(answered))
assert agreed == agree(answered, public(offered))

order8 = 325606250916557431795983626356110631294008115727848805560023387167927233504


def refused(name, made):
    return {"name": name, "offer": made[1]}


write("keyexchange.json", {
    "ada": ada.shown(),
    "bob": bob.shown(),
    "now": NOW + 1_000,
    "offer": {"secret_key": b64(offered), "canonical": offer_text, "offer": good},
    "answer": {"secret_key": b64(answered), "canonical": answer_text, "answer": {**answer, "sig": answer_sig}},
    "secret": b64(hkdf(agreed, salt, "aicq-keyexchange-1", 32)),
    "offers_to_refuse": [
        refused("for another purpose", offer(change={"purpose": "other"})),
        refused("changed to wait longer", offer(change={"expires": NOW + 2 * HOUR})),
        refused("another key", offer(change={"public_key": b64(public(answered))})),
        refused("for somebody else", offer(to=ada.id)),
        refused("signed by somebody else", offer(signer=bob)),
        refused("expired", offer(expires=NOW + 1_000)),
        refused("a key of order 4", offer(key=bytes(32))),
        refused("a key of order 8", offer(key=order8.to_bytes(32, "little"))),
        refused("a second spelling of a key", offer(key=(P + 9).to_bytes(32, "little"))),
        refused("a key of 31 bytes", offer(key=public(offered)[:31])),
    ],
})
