"""X3DH and the double ratchet of aicq-dm-v2, written from the specifications and spec/encryption.md."""

import hashlib
import hmac

from common import b64, seed
from x25519 import agree, hkdf, public, public_of, seal, secret_of

MAGIC = b"aicq-dm-2"


def uuid_bytes(text):
    return bytes.fromhex(text.replace("-", ""))


def prekey_id(key):
    return hashlib.sha256(b"aicq:prekey:1:" + key).digest()[:8]


class Installation:
    def __init__(self, agent, name):
        digest = hashlib.sha256(f"installation {name}".encode()).hexdigest()
        self.agent, self.name = agent, name
        self.id = f"{digest[:8]}-{digest[8:12]}-7{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"

    def end(self):
        return self.agent.public + uuid_bytes(self.agent.id) + uuid_bytes(self.id)


class Opened:
    """What X3DH gives. Secrets of prekeys are known here, so both sides are computed, and compared."""
    def __init__(self, ours, theirs, ephemeral, signed, one_time):
        spk, ik_a, ik_b = public(signed), secret_of(ours.agent.seed), secret_of(theirs.agent.seed)
        secrets = [agree(ik_a, spk), agree(ephemeral, public_of(theirs.agent.public)), agree(ephemeral, spk)]
        again = [agree(signed, public_of(ours.agent.public)), agree(ik_b, public(ephemeral)), agree(signed, public(ephemeral))]
        if one_time:
            secrets.append(agree(ephemeral, public(one_time)))
            again.append(agree(one_time, public(ephemeral)))
        assert secrets == again
        self.secret = hkdf(b"\xff" * 32 + b"".join(secrets), bytes(32), "aicq-dm-v2:x3dh", 32)
        self.associated = b"aicq-dm-v2" + ours.end() + theirs.end()
        self.opening = (ours.agent.public + uuid_bytes(ours.id) + public(ephemeral) + prekey_id(spk)
                        + (prekey_id(public(one_time)) if one_time else bytes(8)))
        self.first = hashlib.sha256(b"aicq:first:1:" + self.associated + self.opening).digest()


class End:
    """One end of the double ratchet. `secrets` are the ratchet keys that it will make, in order; `used` counts them."""
    def __init__(self, name, opened, initiator, prekey):
        self.name, self.opened, self.turns = name, opened, 0
        self.unanswered = initiator
        self.root, self.ours, self.theirs = opened.secret, prekey, None
        self.sending = self.receiving = None
        self.sent = self.received = self.previous = 0
        self.skipped = {}
        if initiator:
            self.theirs, self.ours = public(prekey), self.new_secret()
            self.root, self.sending = self.turn(self.root, agree(self.ours, self.theirs))

    def new_secret(self):
        self.turns += 1
        self.made = seed(f"ratchet {self.name} {self.turns}")
        return self.made

    @staticmethod
    def turn(root, shared):
        out = hkdf(shared, root, "aicq-dm-v2:root", 64)
        return out[:32], out[32:]

    @staticmethod
    def step(chain):
        digest = lambda byte: hmac.new(chain, bytes([byte]), hashlib.sha256).digest()
        return digest(1), digest(2)

    @staticmethod
    def key_and_nonce(key):
        out = hkdf(key, bytes(32), "aicq-dm-v2:message", 44)
        return out[:32], out[32:]

    def send(self, plain):
        key, self.sending = self.step(self.sending)
        start = MAGIC + bytes([1 if self.unanswered else 0]) + self.opened.first[:16]
        start += self.opened.opening if self.unanswered else b""
        header = public(self.ours) + self.previous.to_bytes(4, "big") + self.sent.to_bytes(4, "big")
        self.sent += 1
        return start + header + seal(*self.key_and_nonce(key), plain, self.opened.associated + start + header)

    def skip(self, until):
        while self.receiving and self.received < until:
            key, self.receiving = self.step(self.receiving)
            self.skipped[self.theirs, self.received] = key
            self.received += 1

    def receive(self, body, plain):
        """Finds the key of a message and checks that sealing the plaintext again gives the message."""
        length = 26 + (96 if body[9] else 0)
        start, header = body[:length], body[length:length + 40]
        theirs, previous, number = header[:32], int.from_bytes(header[32:36], "big"), int.from_bytes(header[36:], "big")
        self.made = None
        key = self.skipped.pop((theirs, number), None)
        if key is None:
            if theirs != self.theirs or not self.receiving:
                self.skip(previous)
                self.root, self.receiving = self.turn(self.root, agree(self.ours, theirs))
                self.previous, self.sent, self.received, self.theirs = self.sent, 0, 0, theirs
                self.ours = self.new_secret()
                self.root, self.sending = self.turn(self.root, agree(self.ours, theirs))
            self.skip(number)
            key, self.receiving = self.step(self.receiving)
            self.received += 1
        self.unanswered = False
        assert start + header + seal(*self.key_and_nonce(key), plain, self.opened.associated + start + header) == body
        return self.made and b64(self.made)
