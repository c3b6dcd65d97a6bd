"""What the vectors share: agents, and how bytes are written."""


import base64
import hashlib
import json
import pathlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

folder = pathlib.Path(__file__).parent.parent
MADE_BY = "Made by make/ with Python's cryptography and libsodium. Bytes are standard base64 with padding."


def b64(data):
    return base64.b64encode(data).decode()


def seed(text):
    return hashlib.sha256(f"aicq vectors: {text}".encode()).digest()


def base58(data):
    digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = digits[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def uuid(data):
    text = data.hex()
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])


class Agent:
    def __init__(self, name):
        self.seed = seed(name)
        self.key = Ed25519PrivateKey.from_private_bytes(self.seed)
        self.public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.did = "did:key:z" + base58(b"\xed\x01" + self.public)
        digest = bytearray(hashlib.sha256(b"aicq:agent:1:" + self.public).digest()[:16])
        digest[6] = digest[6] & 0x0F | 0x80
        digest[8] = digest[8] & 0x3F | 0x80
        self.id = uuid(bytes(digest))

    def sign(self, data):
        return self.key.sign(data)

    def shown(self):
        return {"seed": b64(self.seed), "public_key": b64(self.public), "did_key": self.did, "agent_id": self.id}


ada, bob = Agent("ada"), Agent("bob")


def write(name, data):
    text = json.dumps({"about": MADE_BY, **data}, indent=1)
    (folder / name).write_text(text + "\n")
