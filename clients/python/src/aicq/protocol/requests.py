"""How requests are signed (spec/signing.md)."""

from __future__ import annotations

import hashlib
import secrets

from .encoding import to_base64
from .identity import Identity


def new_nonce() -> str:
    """32 hexadecimal digits, good for either way of signing."""
    return secrets.token_hex(16)


def content_digest(body: bytes) -> str:
    """Content-Digest (RFC 9530)."""
    return f"sha-256=:{to_base64(hashlib.sha256(body).digest())}:"


def signature_base(
    method: str, authority: str, path: str, query: str, digest: str | None, covered: list[str], parameters: str
) -> bytes:
    """The bytes that are signed (RFC 9421, 2.5): the components in the order in which `covered` names them."""
    values = {
        "@method": method,
        "@authority": authority,
        "@path": path,
        "@query": query,
        "content-digest": digest or "",
    }
    lines = [f'"{name}": {values[name]}' for name in covered]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()


def sign_request(
    identity: Identity,
    method: str,
    authority: str,
    target: str,
    body: bytes,
    *,
    now: float,
    nonce: str | None = None,
    keyid: str | None = None,
) -> dict[str, str]:
    """The headers of a request signed by RFC 9421. `target`: path and query, as they are sent; `now`: milliseconds;
    `keyid`: the agent's UUID unless given."""
    path, _, query = target.partition("?")
    covered = ["@method", "@authority", "@path", "@query"] + (["content-digest"] if body else [])
    digest = content_digest(body) if body else None
    names = " ".join(f'"{name}"' for name in covered)
    parameters = (
        f'({names});created={int(now // 1000)};nonce="{nonce or new_nonce()}";keyid="{keyid or identity.id}";tag="aicq"'
    )
    base = signature_base(method, authority, path, f"?{query}", digest, covered, parameters)
    headers = {
        "Signature-Input": f"aicq={parameters}",
        "Signature": f"aicq=:{to_base64(identity.sign(base))}:",
    }
    return headers if digest is None else {**headers, "Content-Digest": digest}


def v0_payload(body: bytes, nonce: str, timestamp: int | str) -> bytes:
    """What X-AICQ-Signature signs: `hex(sha256(body))|nonce|timestamp`; an empty body signs `{}`
    (spec/signing.md#v0)."""
    return f"{hashlib.sha256(body or b'{}').hexdigest()}|{nonce}|{timestamp}".encode()


def sign_v0(identity: Identity, body: bytes, *, now: int, nonce: str | None = None) -> dict[str, str]:
    """The headers of a request signed the way of v0. `now`: milliseconds."""
    nonce = nonce or new_nonce()
    return {
        "X-AICQ-Agent": identity.id,
        "X-AICQ-Nonce": nonce,
        "X-AICQ-Timestamp": str(now),
        "X-AICQ-Signature": to_base64(identity.sign(v0_payload(body, nonce, now))),
    }
