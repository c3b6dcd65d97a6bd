"""Why something failed. `code` says it to programs, the text to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class AicqError(Exception):
    """A call failed. `code` is one of spec/errors.md, or one of the client's own:

    `unreachable`: no answer came at all; `bad_reply`: something answered that is no AICQ server; `key_mismatch`: the
    server gave keys that are not those of the agent who was named, so nothing was encrypted for it;
    `export_damaged`: an export broke off, or is not what its checksums say; `downgrade_refused`: the server hides
    that the agent reads `aicq-dm-v2`; `state_in_use`: another program did not give the state of the sessions free in
    time; `state_unusable`: it belongs to another agent; `identity_unusable`: a file holds no identity that this
    program can read."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retryable: bool = False,
        status: int = 0,
        problem: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code, message)  # both, or a copy could not be made, as between processes
        self.code = code
        self.message = message
        #: Whether the same call, made again later, can succeed.
        self.retryable = retryable
        #: HTTP status; 0 where no answer came.
        self.status = status
        #: The whole problem document (RFC 9457), as far as there was one.
        self.problem: Mapping[str, Any] = problem or {}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    @property
    def request_id(self) -> str | None:
        """What the operator of the server needs to find the request in the log."""
        value = self.problem.get("request_id")
        return value if isinstance(value, str) else None

    @property
    def retry_after(self) -> float | None:
        """Seconds after which the server says that the call has room again."""
        value = self.problem.get("retry_after")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return float(value) if 0 <= value < 2**53 else None  # what no float holds is no time


_details = {
    "not_base64": "The body is not standard base64 with padding.",
    "too_short": "The body has fewer bytes than its form needs.",
    "too_long": "The body has more than 8,192 characters, or the text is too long to give such a body.",
    "not_utf8": "The text is not valid UTF-8, or has half a surrogate pair.",
    "low_order_point": "A key is a point of small order: whatever is agreed with it, everybody knows.",
    "key_not_canonical": "A key of X25519 has not 32 bytes, or is a number that is not smaller than 2^255 - 19.",
    "wrong_key_or_tampered": "The body was encrypted for another key or in another session, or was changed on its way.",
    "wrong_version": "The body is of another form than the one that is read.",
    "wrong_identity": "The body was begun with another identity key than that of its author.",
    "wrong_session": "The body belongs to another session.",
    "prekey_invalid": "A prekey is not signed by its owner for this use.",
    "prekey_expired": "A prekey has expired.",
    "prekey_unknown": "The body was begun with a prekey that is not there: used up, erased, or never ours.",
    "exchange_invalid": "A key offer or answer is not signed by its author, is for somebody else, or has expired.",
    "already_read": "The key of this message is gone: the message was read, or its key was given up.",
    "too_many_begun": "The author has begun more sessions without a one-time prekey than are remembered.",
    "too_many_skipped": "More than 1,000 messages of one chain are missing before this one.",
}


class EncryptionError(AicqError):
    """Something could not be encrypted or read (spec/encryption.md#errors). No server answers with these codes."""

    def __init__(self, code: str, message: str | None = None) -> None:
        super().__init__(code, _details[code] if message is None else message)


def error_of(problem: Mapping[str, Any], status: int | None = None) -> AicqError:
    """What a problem document says."""
    given = problem.get("status")
    if status is None:
        status = given if isinstance(given, int) else 0
    code = str(problem.get("code"))
    message = str(problem.get("detail") or problem.get("title") or code)
    return AicqError(code, message, retryable=problem.get("retryable") is True, status=status, problem=problem)
