"""Base64 and base58, one spelling for any bytes."""

from __future__ import annotations

import base64
import re

# The last character before padding carries bits that must be zero, so that no bytes have two spellings.
_canonical = re.compile(
    r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?", re.ASCII
)
_alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def to_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648, 4)."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: object) -> bytes | None:
    """The bytes of standard base64 with padding; `None` for anything else, and for a second spelling of the same
    bytes."""
    if not isinstance(text, str) or not _canonical.fullmatch(text):
        return None
    return base64.b64decode(text)


def kept_bytes(text: str) -> bytes:
    """The bytes of base64 that this program wrote itself."""
    return base64.b64decode(text)


def to_base58(data: bytes) -> str:
    """The base58 of Bitcoin."""
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = _alphabet[digit] + text
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + text


def from_base58(text: str) -> bytes:
    """The bytes of base58. Errors: `ValueError`."""
    number = 0
    for character in text:
        number = number * 58 + _alphabet.index(character)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
