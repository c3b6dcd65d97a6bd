"""Key agreement with X25519, and what is derived from it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..errors import EncryptionError

#: Where new secret keys come from: 32 random bytes a call. Tests and vectors give their own.
NewSecret = Callable[[], bytes]

_p = 2**255 - 19

#: The u of points of small order, on the curve and its twist.
_small = {
    int.from_bytes(bytes.fromhex(digits), "little")
    for digits in (
        "00" * 32,
        "01" + "00" * 31,
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ec" + "ff" * 30 + "7f",
    )
}


def random_secret() -> bytes:
    return secrets.token_bytes(32)


@dataclass(frozen=True)
class KeyPair:
    """A key pair of X25519, 32 bytes each."""

    secret: bytes = field(repr=False)
    public: bytes

    @classmethod
    def of(cls, secret: bytes) -> KeyPair:
        public = X25519PrivateKey.from_private_bytes(secret).public_key()
        return cls(secret, public.public_bytes(Encoding.Raw, PublicFormat.Raw))


def shared_secret(secret: bytes, public: bytes) -> bytes:
    """X25519 (RFC 7748). Errors: `low_order_point`."""
    try:
        return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as cause:
        raise EncryptionError("low_order_point") from cause


def check_canonical(public: bytes) -> None:
    """Refuses a second spelling of a key, which would be another key to whoever compares bytes. Errors:
    `key_not_canonical`. (Points of small order show when something is agreed with them.)"""
    if len(public) != 32 or int.from_bytes(public, "little") >= _p:
        raise EncryptionError("key_not_canonical")


def is_x25519_key(public: bytes) -> bool:
    """Whether bytes are a usable public key: 32, of one spelling, no point of small order. Nothing is agreed on with
    it."""
    number = int.from_bytes(public, "little")
    return len(public) == 32 and number < _p and number not in _small


def hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869)."""
    key = hmac.digest(salt, secret, hashlib.sha256)
    out = block = b""
    for number in range(1, (length + 31) // 32 + 1):
        block = hmac.digest(key, block + info + bytes([number]), hashlib.sha256)
        out += block
    return out[:length]


def seal(key: bytes, nonce: bytes, plain: bytes, associated: bytes = b"") -> bytes:
    """ChaCha20-Poly1305 (RFC 8439): the ciphertext and its tag of 16 bytes."""
    return ChaCha20Poly1305(key).encrypt(nonce, plain, associated)


def unseal(key: bytes, nonce: bytes, sealed: bytes, associated: bytes = b"") -> bytes:
    """What was sealed. Errors: `wrong_key_or_tampered`."""
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, sealed, associated)
    except InvalidTag as cause:
        raise EncryptionError("wrong_key_or_tampered") from cause
