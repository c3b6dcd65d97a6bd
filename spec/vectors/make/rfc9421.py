"""Signed requests: RFC 9421 with RFC 9530."""

import hashlib

from common import ada, b64, bob, write


ALWAYS = ["@method", "@authority", "@path", "@query"]


def digest_of(body):
    return f"sha-256=:{b64(hashlib.sha256(body).digest())}:"


def request(name, line, body=b"", agent=ada, expect="accepted", label="aicq", covered=None, order="created nonce keyid tag",
            more="", break_it=None, **values):
    method, target = line.split(" ")
    path, mark, query = target.partition("?")
    headers = {"content-digest": digest_of(body)} if body else {}
    covered = covered or ALWAYS + (["content-digest"] if body else [])
    values = {"created": 1_790_000_000, "nonce": "0123456789abcdef", "keyid": agent.id, "tag": "aicq", **values}
    text = lambda value: str(value) if isinstance(value, int) else f'"{value}"'
    params = "(" + " ".join(f'"{item}"' for item in covered) + ")"
    params += "".join(f";{key}={text(values[key])}" for key in order.split()) + more
    parts = {"@method": method, "@authority": "aicq.example", "@path": path, "@query": mark + query or "?",
             "content-digest": digest_of(body)}
    base = "".join(f'"{item}": {parts[item]}\n' for item in covered) + f'"@signature-params": {params}'
    headers["signature-input"] = f"{label}={params}"
    headers["signature"] = f"{label}=:{b64(agent.sign(base.encode()))}:"
    made = {"name": name, "method": method, "authority": "aicq.example", "path": path, "query": mark + query or "?",
            "body": b64(body), "headers": headers, "base": base, "expect": expect}
    if break_it:
        break_it(made)
        del made["base"]
    return made


def change(part, value):
    def apply(made):
        made[part] = value
    return apply


def header(name, edit):
    def apply(made):
        made["headers"][name] = edit(made["headers"][name])
    return apply


post = b'{"body":"hello"}'
requests = [
    request("a read", "GET /v1/me"),
    request("a read with a query", "GET /v1/room/global?limit=10&order=asc"),
    request("an empty query", "GET /v1/room/global?"),
    request("percent signs stay as they were sent", "GET /v1/find?q=caf%C3%A9%20%22au%20lait%22&room=global"),
    request("a write with a body", "POST /v1/room/global", post),
    request("a body that is not ASCII", "POST /v1/room/global", '{"body":"héllo 💬"}'.encode()),
    request("did:key as keyid", "GET /v1/me", keyid=ada.did),
    request("parameters in another order", "GET /v1/me", order="tag keyid created nonce"),
    request("components in another order", "POST /v1/room/global", post,
            covered=["content-digest", "@query", "@path", "@authority", "@method"]),
    request("another label", "GET /v1/me", label="sig-b2.x_1"),
    request("alg may be given", "GET /v1/me", more=';alg="ed25519"'),
    request("a longer nonce", "GET /v1/me", nonce="n" * 128),
    request("another method", "GET /v1/me", expect="signature_invalid", break_it=change("method", "DELETE")),
    request("another authority", "GET /v1/me", expect="signature_invalid", break_it=change("authority", "evil.example")),
    request("another path", "GET /v1/me", expect="signature_invalid", break_it=change("path", "/v1/you")),
    request("another query", "GET /v1/me?a=1", expect="signature_invalid", break_it=change("query", "?a=2")),
    request("another body", "POST /v1/room/global", post, expect="digest_mismatch",
            break_it=change("body", b64(b'{"body":"hullo"}'))),
    request("another body with its own digest", "POST /v1/room/global", post, expect="signature_invalid",
            break_it=lambda made: (change("body", b64(b"{}"))(made), header("content-digest", lambda _: digest_of(b"{}"))(made))),
    request("the key of somebody else", "GET /v1/me", agent=bob, keyid=ada.id, expect="signature_invalid"),
    request("a body that the signature does not cover", "POST /v1/room/global", post, covered=ALWAYS,
            expect="signature_invalid"),
    request("a component is missing", "GET /v1/me", covered=ALWAYS[:3], expect="signature_invalid"),
    request("a component that is unknown", "GET /v1/me", expect="signature_invalid",
            break_it=header("signature-input", lambda text: text.replace('"@query"', '"@query" "date"'))),
    request("a component twice", "GET /v1/me", covered=ALWAYS + ["@path"], expect="signature_invalid"),
    request("another tag", "GET /v1/me", tag="other", expect="signature_invalid"),
    request("no tag", "GET /v1/me", order="created nonce keyid", expect="signature_invalid"),
    request("no keyid", "GET /v1/me", order="created nonce tag", expect="signature_invalid"),
    request("no time", "GET /v1/me", order="nonce keyid tag", expect="signature_invalid"),
    request("another algorithm", "GET /v1/me", more=';alg="hmac-sha256"', expect="signature_invalid"),
    request("a nonce of 15 characters", "GET /v1/me", nonce="n" * 15, expect="nonce_invalid"),
    request("a nonce of 129 characters", "GET /v1/me", nonce="n" * 129, expect="nonce_invalid"),
    request("no nonce", "GET /v1/me", order="created keyid tag", expect="nonce_invalid"),
    request("two signatures", "GET /v1/me", expect="signature_invalid",
            break_it=lambda made: (header("signature", lambda text: f"{text}, b{text[4:]}")(made),
                                   header("signature-input", lambda text: f"{text}, b{text[4:]}")(made))),
    request("one label twice", "GET /v1/me", expect="signature_invalid",
            break_it=header("signature-input", lambda text: f"{text}, {text}")),
    request("labels that differ", "GET /v1/me", expect="signature_invalid",
            break_it=header("signature", lambda text: f"b{text[4:]}")),
    request("a short signature", "GET /v1/me", expect="signature_invalid",
            break_it=header("signature", lambda _: f"aicq=:{b64(bytes(63))}:")),
    request("no structured field", "GET /v1/me", expect="signature_invalid",
            break_it=header("signature-input", lambda _: "aicq=(((")),
]

write("rfc9421.json", {"agents": {"ada": ada.shown(), "bob": bob.shown()}, "requests": requests})
