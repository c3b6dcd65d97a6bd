"""Sessions of aicq-dm-v2: prekeys, agreements, and what both ends say in order and out of it."""

from canonical import canonical
from common import ada, b64, bob, seed, write
from ratchet import End, Installation, Opened, prekey_id
from x25519 import P, public

NOW = 1_790_000_000_000
WEEK = 7 * 86_400_000
laptop, server = Installation(ada, "laptop"), Installation(bob, "server")
signed, one_time, last = seed("signed prekey"), seed("one-time prekey"), seed("last-resort prekey")


def prekey(secret, purpose, installation=server, agent=bob, signer=None, key=None, **more):
    key = key or public(secret)
    envelope = {"aicq": "prekey/1", "id": prekey_id(key).hex(), "purpose": purpose, "agent": agent.id,
                "installation": installation.id, "public_key": b64(key), "created": NOW, "expires": NOW + WEEK, **more}
    text = canonical(envelope)
    shown = {k: v for k, v in envelope.items() if k != "aicq"} | {"sig": b64((signer or agent).sign(text.encode()))}
    return text, shown


def kept(secret, purpose):
    text, shown = prekey(secret, purpose)
    return {"secret_key": b64(secret), "canonical": text, "prekey": shown}


def refused(name, code, made, change=None, purpose="signed"):
    return {"name": name, "as": purpose, "prekey": made[1] | (change or {}), "expect": code}


good = prekey(signed, "signed")
order8 = 325606250916557431795983626356110631294008115727848805560023387167927233504
prekeys = [
    refused("changed to live longer", "prekey_invalid", good, {"expires": NOW + 2 * WEEK}),
    refused("another key", "prekey_invalid", good, {"public_key": b64(public(last))}),
    refused("another key under its own id", "prekey_invalid", good,
            {"public_key": b64(public(last)), "id": prekey_id(public(last)).hex()}),
    refused("for another purpose", "prekey_invalid", prekey(one_time, "one-time")),
    refused("for another purpose, relabelled", "prekey_invalid", prekey(one_time, "one-time"), {"purpose": "signed"}),
    refused("a signed one where a one-time one belongs", "prekey_invalid", good, purpose="one-time"),
    refused("of another agent", "prekey_invalid", prekey(signed, "signed", agent=ada, signer=bob)),
    refused("of another agent, and signed by it", "prekey_invalid", prekey(signed, "signed", agent=ada)),
    refused("of another installation", "prekey_invalid", prekey(signed, "signed", installation=laptop)),
    refused("signed by somebody else", "prekey_invalid", prekey(signed, "signed", signer=ada)),
    refused("an id that does not come of the key", "prekey_invalid", prekey(signed, "signed", id="0123456789abcdef")),
    refused("expired", "prekey_expired", prekey(signed, "signed", expires=NOW)),
    refused("a second spelling of a key", "key_not_canonical", prekey(None, "signed", key=(P + 9).to_bytes(32, "little"))),
    refused("a key with its unused bit set", "key_not_canonical", prekey(None, "signed", key=(2**255 + 9).to_bytes(32, "little"))),
    refused("a key of 31 bytes", "key_not_canonical", prekey(None, "signed", key=public(signed)[:31])),
    refused("a key of order 4", "low_order_point", prekey(None, "signed", key=bytes(32))),
    refused("a one-time key of order 8", "low_order_point",
            prekey(None, "one-time", key=order8.to_bytes(32, "little")), purpose="one-time"),
]


class Talk:
    def __init__(self, name, one_time=None):
        self.ephemeral = seed(f"ephemeral {name}")
        self.opened = Opened(laptop, server, self.ephemeral, signed, one_time)
        self.ends = {"ada": End(f"ada {name}", self.opened, True, signed), "bob": End(f"bob {name}", self.opened, False, signed)}
        self.first_ratchet, self.steps, self.bodies = self.ends["ada"].made, [], []

    def send(self, by, text, times=1):
        for _ in range(times):
            self.bodies.append((self.ends[by].send(text.encode()), text))
            self.steps.append({"send": by, "text": text, "body": b64(self.bodies[-1][0])})

    def receive(self, by, *numbers):
        for number in numbers:
            body, text = self.bodies[number]
            made = self.ends[by].receive(body, text.encode())
            self.steps.append({"receive": by, "message": number, **({"new_secret": made} if made else {})})

    def fail(self, by, number, code):
        self.steps.append({"receive": by, "message": number, "expect": code})

    def shown(self, name, **more):
        return {"name": name, "ephemeral_secret": b64(self.ephemeral), "ratchet_secret": b64(self.first_ratchet),
                "secret": b64(self.opened.secret), "associated": b64(self.opened.associated),
                "first_message_id": self.opened.first.hex(), "session": self.opened.first[:16].hex(), **more, "steps": self.steps}


in_order = Talk("in order", one_time)
in_order.send("ada", "hello")
in_order.send("ada", "")
in_order.receive("bob", 0, 1)
in_order.send("bob", "é ß 漢字 💬 \ufeff")
in_order.receive("ada", 2)
for number in range(3, 9):
    by, to = ("ada", "bob") if number % 2 else ("bob", "ada")
    in_order.send(by, f"message {number}")
    in_order.receive(to, number)
in_order.fail("bob", 7, "already_read")

mixed = Talk("mixed", last)
mixed.send("ada", "lost, then found", 3)
mixed.receive("bob", 2)
mixed.send("bob", "one of three", 3)
mixed.receive("ada", 4)
mixed.send("ada", "a new chain")
mixed.receive("bob", 6)
mixed.send("ada", "late", 2)
mixed.receive("bob", 0, 8)
mixed.fail("bob", 8, "already_read")
mixed.fail("bob", 0, "wrong_key_or_tampered")  # of an earlier chain: its key is gone, and so is the memory of it
mixed.receive("bob", 7, 1)
mixed.send("bob", "another chain")
mixed.receive("ada", 9, 3, 5)

without = Talk("no one-time prekey")
without.send("ada", "x" * 5966)
without.receive("bob", 0)
without.send("bob", "x" * 6062)
without.receive("ada", 1)

far = Talk("far ahead", one_time)
far.send("ada", "", 1003)
far.receive("bob", 0, 1001)

first = in_order.bodies[0][0]


def edit(name, at, data, code, **more):
    return {"name": name, "body": b64(first[:at] + data + first[at + len(data):]), "expect": code, **more}


SESSION, IDENTITY, INSTALLATION, EPHEMERAL, SIGNED, ONE_TIME, RATCHET = 10, 26, 58, 74, 106, 114, 122
bodies = [
    edit("a body of aicq-dm-v1", 0, b"x", "wrong_version"),
    edit("a kind that is not known", 9, b"\2", "wrong_version"),
    {"name": "cut", "body": b64(first[:177]), "expect": "too_short"},
    {"name": "one byte more", "body": b64(first + b"\0"), "expect": "wrong_key_or_tampered"},
    edit("another session", SESSION, bytes(16), "wrong_session"),
    edit("another identity key", IDENTITY, bob.public, "wrong_identity"),
    edit("another installation", INSTALLATION, bytes(16), "wrong_session"),
    edit("an ephemeral key of order 4", EPHEMERAL, bytes(32), "low_order_point"),
    edit("an ephemeral key in a second spelling", EPHEMERAL, (P + 9).to_bytes(32, "little"), "key_not_canonical"),
    edit("another ephemeral key", EPHEMERAL, public(last), "wrong_session"),
    edit("a signed prekey that was never ours", SIGNED, bytes(8), "prekey_unknown"),
    edit("a one-time prekey that was never ours", ONE_TIME, b"\1" * 8, "prekey_unknown"),
    edit("a signed prekey in the place of a one-time one", ONE_TIME, first[SIGNED:SIGNED + 8], "prekey_unknown"),
    edit("a one-time prekey in the place of a signed one", SIGNED, first[ONE_TIME:ONE_TIME + 8], "prekey_unknown"),
    edit("no one-time prekey", ONE_TIME, bytes(8), "wrong_session"),
    edit("a ratchet key of order 4", RATCHET, bytes(32), "low_order_point"),
    edit("a ratchet key in a second spelling", RATCHET, (P + 9).to_bytes(32, "little"), "key_not_canonical"),
    edit("another ratchet key", RATCHET, public(last), "wrong_key_or_tampered"),
    edit("another PN", RATCHET + 32, (1).to_bytes(4, "big"), "wrong_key_or_tampered"),
    edit("another N", RATCHET + 36, (1).to_bytes(4, "big"), "wrong_key_or_tampered"),
    edit("an N just too far", RATCHET + 36, (1001).to_bytes(4, "big"), "too_many_skipped"),
    edit("the largest N", RATCHET + 36, b"\xff" * 4, "too_many_skipped"),
    edit("another tag", len(first) - 1, bytes([first[-1] ^ 1]), "wrong_key_or_tampered"),
]

write("sessions.json", {
    "now": NOW,
    "ada": {**ada.shown(), "installation": laptop.id},
    "bob": {**bob.shown(), "installation": server.id},
    "prekeys": {"signed": kept(signed, "signed"), "one-time": kept(one_time, "one-time"), "last-resort": kept(last, "last-resort")},
    "prekeys_to_refuse": prekeys,
    "sessions": [in_order.shown("in order", one_time="one-time"), mixed.shown("out of order", one_time="last-resort"),
                 without.shown("without a one-time prekey")],
    "far": {str(number): b64(far.bodies[number][0]) for number in (0, 1001, 1002)},
    "bodies_to_refuse": bodies,
})
