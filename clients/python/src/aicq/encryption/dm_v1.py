"""One message, one key, nothing to keep (spec/encryption.md#aicq-dm-v1)."""

from __future__ import annotations

import secrets

from ..errors import EncryptionError
from ..protocol.ed25519 import montgomery_of
from ..protocol.identity import Identity
from .body import is_dm_v2, plain_bytes, plain_text, read_body, write_body
from .x25519 import KeyPair, hkdf, random_secret, seal, shared_secret, unseal


def encrypt_dm(recipient: bytes, text: str) -> str:
    """Encrypts a text for whoever has an Ed25519 key (32 bytes). It does not say who wrote it. The key must be the
    recipient's own: a server that can choose it can read the message. Errors: `invalid_public_key`, `not_utf8`,
    `too_long` (6,084 bytes can be sent)."""
    return encrypt_dm_with(random_secret(), secrets.token_bytes(12), recipient, plain_bytes(text))


def encrypt_dm_with(ephemeral_secret: bytes, nonce: bytes, recipient: bytes, plain: bytes) -> str:
    """The same, with what else is random: never use either again."""
    theirs = montgomery_of(recipient)
    ephemeral = KeyPair.of(ephemeral_secret)
    key = _key(shared_secret(ephemeral.secret, theirs), ephemeral.public, theirs)
    return write_body(ephemeral.public + nonce + seal(key, nonce, plain))


def decrypt_dm(identity: Identity, body: str) -> str:
    """The text that was encrypted for an identity. Errors: `too_long`, `not_base64`, `too_short`, `wrong_version`,
    `low_order_point`, `wrong_key_or_tampered`, `not_utf8`."""
    return plain_text(decrypt_dm_bytes(identity, body))


def decrypt_dm_bytes(identity: Identity, body: str) -> bytes:
    """As `decrypt_dm`, for a plaintext that is any bytes."""
    data = read_body(body)
    if is_dm_v2(body):
        raise EncryptionError("wrong_version", "the body is aicq-dm-v2")
    ephemeral, nonce, sealed = data[:32], data[32:44], data[44:]
    key = _key(identity.agree(ephemeral), ephemeral, montgomery_of(identity.public_key))
    return unseal(key, nonce, sealed)


def _key(shared: bytes, ephemeral: bytes, recipient: bytes) -> bytes:
    return hkdf(shared, ephemeral + recipient, b"aicq-dm-v1", 32)
