"""The body of a direct message, as it travels (spec/encryption.md#bodies)."""

from __future__ import annotations

from ..errors import EncryptionError
from ..protocol.encoding import from_base64, to_base64

_most_characters = 8_192
_least_bytes = 60


def is_dm_v2(body: str) -> bool:
    """Whether a body says that it is `aicq-dm-v2`: what its first nine bytes, `aicq-dm-2`, are in base64."""
    return body.startswith("YWljcS1kbS0y")


def read_body(body: str) -> bytes:
    """The bytes of a body. Errors: `too_long`, `not_base64`, `too_short`."""
    if len(body) > _most_characters:
        raise EncryptionError("too_long")
    data = from_base64(body)
    if data is None:
        raise EncryptionError("not_base64")
    if len(data) < _least_bytes:
        raise EncryptionError("too_short")
    return data


def write_body(data: bytes) -> str:
    """The text of bytes. Errors: `too_long`."""
    body = to_base64(data)
    if len(body) > _most_characters:
        raise EncryptionError("too_long", f"the body would have {len(body)} characters; 8,192 are allowed")
    return body


def plain_bytes(text: str) -> bytes:
    """The bytes that a text is. Errors: `not_utf8` for half a surrogate pair."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as cause:
        raise EncryptionError("not_utf8") from cause


def plain_text(data: bytes) -> str:
    """The text that decrypted bytes are, unchanged. Errors: `not_utf8`."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as cause:
        raise EncryptionError("not_utf8") from cause
