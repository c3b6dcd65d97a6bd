"""Direct messages: encrypted bodies, and the envelopes that sign them."""

import hashlib

from canonical import canonical
from common import ada, b64, base58, bob, seed, uuid, write
from x25519 import P, agree, hkdf, public, public_of, seal, secret_of


def encrypted(name, plain, agent=bob):
    secret, nonce, theirs = seed(f"dm {name}"), seed(f"dm nonce {name}")[:12], public_of(agent.public)
    assert theirs == public(secret_of(agent.seed))
    key = hkdf(agree(secret, theirs), public(secret) + theirs, "aicq-dm-v1", 32)
    return public(secret) + nonce + seal(key, nonce, plain)


def body(name, data, expect="read", plain=None):
    made = {"name": name, "body": data if isinstance(data, str) else b64(data), "expect": expect}
    return made if plain is None else {**made, "plaintext": b64(plain)}


def read(name, text):
    plain = text.encode()
    return body(name, encrypted(name, plain), plain=plain)


def low(u):
    return u.to_bytes(32, "little") + encrypted("low", b"hello")[32:]


hello = encrypted("hello", b"hello")
order8 = [325606250916557431795983626356110631294008115727848805560023387167927233504,
          39382357235489614581723060781553021112529911719440698176882885853963445705823]
bodies = [
    read("a text", "hello"),
    read("nothing", ""),
    read("other scripts", "é ß 漢字 עברית 💬 \u2028 e\u0301"),
    read("a byte order mark and U+0000 stay", "\ufeffa\0b"),
    read("as long as fits", "x" * 6084),
    body("a key whose unused bit is set", hello[:31] + bytes([hello[31] | 128]) + hello[32:], "wrong_key_or_tampered"),
    body("for somebody else", encrypted("for ada", b"hello", ada), "wrong_key_or_tampered"),
    body("the first byte of the key", bytes([hello[0] ^ 1]) + hello[1:], "wrong_key_or_tampered"),
    body("the first byte of the nonce", hello[:32] + bytes([hello[32] ^ 1]) + hello[33:], "wrong_key_or_tampered"),
    body("the first byte of the text", hello[:44] + bytes([hello[44] ^ 1]) + hello[45:], "wrong_key_or_tampered"),
    body("the last byte of the tag", hello[:-1] + bytes([hello[-1] ^ 128]), "wrong_key_or_tampered"),
    body("one byte more", hello + b"\0", "wrong_key_or_tampered"),
    body("not UTF-8", encrypted("not UTF-8", b"\xff\xfe"), "not_utf8"),
    body("half a pair in UTF-8", encrypted("half a pair", b"\xed\xa0\xbd"), "not_utf8"),
    body("overlong UTF-8", encrypted("overlong", b"\xc0\xaf"), "not_utf8"),
    body("59 bytes", bytes(59), "too_short"),
    body("nothing at all", "", "too_short"),
    body("8,196 characters", bytes(6147), "too_long"),
    body("no padding", b64(encrypted("four", b"four")).rstrip("="), "not_base64"),
    body("base64url", "-_-_" * 20, "not_base64"),
    body("a line break", b64(hello) + "\n", "not_base64"),
    body("a second spelling of the last byte", "A" * 80 + "AB==", "not_base64"),
    body("a key of order 4", low(0), "low_order_point"),
    body("the neutral element", low(1), "low_order_point"),
    body("order 4, on the twist", low(P - 1), "low_order_point"),
    body("order 8", low(order8[0]), "low_order_point"),
    body("order 8, the other", low(order8[1]), "low_order_point"),
    body("p, a second spelling of 0", low(P), "low_order_point"),
    body("p + 1, a second spelling of 1", low(P + 1), "low_order_point"),
    body("0 with the unused bit", low(2**255), "low_order_point"),
]


def dm(name, agent=ada, expect="proven", changes=None, **more):
    envelope = {"aicq": "dm/1", "at": "aicq.example", "id": "01JZ0000000000000000000000", "to": bob.id,
                "from": agent.id, "body": b64(hello), "created": 1_790_000_000_123, "key": bob.did, **more}
    bytes_ = canonical(envelope)
    shown = {k: v for k, v in envelope.items() if k != "aicq"} | {"from_key": agent.did, "sig": b64(agent.sign(bytes_.encode()))}
    for key, value in (changes or {}).items():
        if value is None:
            del shown[key]
        else:
            shown[key] = value
    made = {"name": name, "dm": shown, "expect": expect}
    return made if changes else {**made, "canonical": bytes_}


def resigned(name, purpose="dm/1", drop=("sig", "from_key")):
    """A signature over other members, or for another purpose, proves nothing here."""
    made = dm(name, expect="forged", changes={"sig": ""})
    envelope = {k: v for k, v in made["dm"].items() if k not in drop} | {"aicq": purpose}
    made["dm"]["sig"] = b64(ada.sign(canonical(envelope).encode()))
    made["dm"] = {k: v for k, v in made["dm"].items() if k == "sig" or k == "from_key" or k not in drop}
    return made


weak_key = bytes([1]) + bytes(31)  # the neutral element: everybody can sign for it
digest = hashlib.sha256(b"aicq:agent:1:" + weak_key).digest()
weak_id = uuid(digest[:6] + bytes([digest[6] & 15 | 128, digest[7], digest[8] & 63 | 128]) + digest[9:16])
dms = [
    dm("a direct message"),
    dm("another instance and time", at="localhost:8080", created=0),
    dm("to oneself", to=ada.id, key=ada.did, body=b64(encrypted("for ada", b"hello", ada))),
    dm("for a key that the recipient has no longer", key="did:key:z" + base58(b"\xed\x01" + ada.public)),
    dm("no signature", expect="unsigned", changes={"sig": None}),
    dm("another body", expect="forged", changes={"body": b64(encrypted("other", b"hullo"))}),
    dm("another recipient", expect="forged", changes={"to": ada.id}),
    dm("another key of the recipient", expect="forged", changes={"key": ada.did}),
    dm("another id", expect="forged", changes={"id": "01JZ0000000000000000000001"}),
    dm("another time", expect="forged", changes={"created": 1_790_000_000_124}),
    dm("another instance", expect="forged", changes={"at": "evil.example"}),
    dm("no instance", expect="forged", changes={"at": None}),
    dm("somebody else's name", expect="forged", changes={"from": bob.id}),
    dm("somebody else's key", expect="forged", changes={"from_key": bob.did}),
    dm("a key that is not the author's", expect="forged", changes={"from": bob.id, "from_key": bob.did}),
    dm("a signature that is too short", expect="forged", changes={"sig": b64(bytes(63))}),
    dm("a signature in base64url", expect="forged", changes={"sig": "-_" * 43 + "=="}),
    dm("signed by somebody else in the author's name", bob, "forged", changes={"from_key": bob.did}, **{"from": ada.id}),
    resigned("signed as a message of a room", "message/1"),
    resigned("signed for no instance", drop=("sig", "from_key", "at")),
    dm("a key of small order", expect="forged", changes={
        "from_key": "did:key:z" + base58(b"\xed\x01" + weak_key), "sig": b64(weak_key + bytes(32)), "from": weak_id}),
    dm("a body without canonical form", expect="forged", changes={"body": "\ud800"}),
]

write("dms.json", {"agents": {"ada": ada.shown(), "bob": bob.shown()}, "bodies": bodies, "dms": dms})
