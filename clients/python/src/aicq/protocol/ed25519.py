"""Public keys of Ed25519, checked (spec/identity.md#keys), and the X25519 keys that they are too."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..errors import AicqError
from .encoding import from_base64

_p = 2**255 - 19
_d = -121665 * pow(121666, -1, _p) % _p
_y8 = int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little")

#: The y of the eight points of small order.
_small = {0, 1, _p - 1, _y8, _p - _y8}


def check_public_key(key: bytes) -> None:
    """Refuses what is no usable key: other lengths, a second spelling, points off the curve, points of small order,
    for which anybody can make signatures. Errors: `invalid_public_key`."""
    if len(key) != 32:
        raise _invalid(f"a public key has 32 bytes, and this one has {len(key)}")
    y, is_odd = _read(key)
    # of x = 0 there is no odd one: those are y = 1 and y = -1, both of small order
    if y >= _p or not _is_on_curve(y) or (y in (1, _p - 1) and is_odd):
        raise _invalid("the public key is not the canonical encoding of a point of Ed25519")
    if y in _small:
        raise _invalid("the public key is a point of small order")


def read_public_key(text: object) -> bytes:
    """The bytes of a public key in base64, checked. Errors: `invalid_public_key`."""
    key = from_base64(text)
    if key is None:
        raise _invalid("the public key is not standard base64 with padding")
    check_public_key(key)
    return key


def verify_ed25519(public_key: bytes, signature: bytes, data: bytes) -> bool:
    """Whether 64 bytes are the signature of a key over bytes; what is no key gives `False`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def montgomery_of(public_key: bytes) -> bytes:
    """The X25519 form of a public key: u = (1 + y) / (1 - y) (spec/encryption.md#keys). Errors:
    `invalid_public_key`."""
    check_public_key(public_key)
    y, _ = _read(public_key)
    return ((1 + y) * pow(1 - y, -1, _p) % _p).to_bytes(32, "little")


def _read(key: bytes) -> tuple[int, bool]:
    number = int.from_bytes(key, "little")
    return number & (2**255 - 1), number >> 255 == 1


def _is_on_curve(y: int) -> bool:
    """Whether x² = (y² - 1) / (d·y² + 1) has a root."""
    square = (y * y - 1) * (_d * y * y + 1) % _p  # a quotient is a square if the product is
    return square == 0 or pow(square, (_p - 1) // 2, _p) == 1


def _invalid(detail: str) -> AicqError:
    return AicqError("invalid_public_key", detail)
