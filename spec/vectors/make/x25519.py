"""X25519 by OpenSSL, and Ed25519 keys in its form."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

P = 2**255 - 19


def public(secret):
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def agree(secret, theirs):
    return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(theirs))


def secret_of(seed):
    return hashlib.sha512(seed).digest()[:32]  # clamped where it is used


def public_of(ed25519_public):
    """u = (1 + y) / (1 - y)"""
    y = int.from_bytes(ed25519_public, "little") & (2**255 - 1)
    return ((1 + y) * pow(1 - y, -1, P) % P).to_bytes(32, "little")


def hkdf(secret, salt, info, length):
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info.encode()).derive(secret)


def seal(key, nonce, plain, associated=b""):
    return ChaCha20Poly1305(key).encrypt(nonce, plain, associated)
