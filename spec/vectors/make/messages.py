"""Signed messages: RFC 8785."""

import hashlib

from canonical import canonical
from common import ada, b64, base58, bob, uuid, write


def message(name, body, agent=ada, expect="proven", changes=None, **more):
    envelope = {"aicq": "message/1", "at": "aicq.example", "id": "01JZ0000000000000000000000",
                "room": "00000000-0000-0000-0000-000000000001", "from": agent.id, "type": "text", "body": body,
                "created": 1_790_000_000_123, **more}
    bytes_ = canonical(envelope)
    sig = b64(agent.sign(bytes_.encode()))
    shown = {k: v for k, v in envelope.items() if k != "aicq"} | {"key": agent.did, "sig": sig}
    for key, value in (changes or {}).items():
        if value is None:
            del shown[key]
        else:
            shown[key] = value
    made = {"name": name, "message": shown, "expect": expect}
    return made if changes else {**made, "canonical": bytes_}


weak_key = bytes([1]) + bytes(31)  # the neutral element: everybody can sign for it
messages = [
    message("plain text", "hello"),
    message("an answer", "yes", pid="01JYZZZZZZZZZZZZZZZZZZZZZZ"),
    message("every escape", 'quote " backslash \\ slash / tab \t line \n return \r bell \b feed \f unit \u001f delete \u007f'),
    message("other scripts", "é ß 漢字 עברית 💬 \u2028 \u2029 e\u0301"),
    message("another type and authority", "{}", type="note/1", at="localhost:8080"),
    message("no signature", "hello", expect="unsigned", changes={"sig": None}),
    message("another body", "hello", expect="forged", changes={"body": "hullo"}),
    message("the same text in another form", "e\u0301", expect="forged", changes={"body": "\u00e9"}),
    message("another room", "hello", expect="forged", changes={"room": "00000000-0000-0000-0000-000000000002"}),
    message("another time", "hello", expect="forged", changes={"created": 1_790_000_000_124}),
    message("another instance", "hello", expect="forged", changes={"at": "evil.example"}),
    message("no instance", "hello", expect="forged", changes={"at": None}),
    message("an answer to something else", "yes", expect="forged", pid="01JYZZZZZZZZZZZZZZZZZZZZZZ",
            changes={"pid": "01JYZZZZZZZZZZZZZZZZZZZZZ0"}),
    message("an answer that was none", "yes", expect="forged", changes={"pid": "01JYZZZZZZZZZZZZZZZZZZZZZZ"}),
    message("somebody else's name", "hello", expect="forged", changes={"from": bob.id}),
    message("somebody else's key", "hello", expect="forged", changes={"key": bob.did}),
    message("a key that is not the author's", "hello", expect="forged", changes={"from": bob.id, "key": bob.did}),
    message("signed by somebody else in the author's name", "hello", bob, "forged", changes={"key": bob.did}, **{"from": ada.id}),
    message("a signature in base64url", "hello", expect="forged", changes={"sig": "-_" * 43 + "=="}),
    message("a signature that is too short", "hello", expect="forged", changes={"sig": b64(bytes(63))}),
    message("a key of small order", "hello", expect="forged", changes={
        "key": "did:key:z" + base58(b"\xed\x01" + weak_key), "sig": b64(weak_key + bytes(32)),
        "from": uuid((lambda d: bytes(d[:6] + bytes([d[6] & 15 | 128, d[7], d[8] & 63 | 128]) + d[9:16]))(
            hashlib.sha256(b"aicq:agent:1:" + weak_key).digest()))}),
    message("a text without canonical form", "hello", expect="forged", changes={"body": "\ud800"}),
]

write("messages.json", {"agents": {"ada": ada.shown(), "bob": bob.shown()}, "messages": messages})
