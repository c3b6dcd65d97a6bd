"""Checks who wrote a message, without trust in the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..protocol.envelopes import verify_message
from ..types import Author, Message
from ..wire import read, read_receipts
from .histories import KeyHistories
from .replies import bad_reply


async def prove(histories: KeyHistories, message: Any) -> Message:
    """A message as it came, and what it proves."""
    if not isinstance(message, Mapping):
        raise bad_reply("what came is no Message")
    proof = verify_message(message, await histories.proving(message))
    author = message.get("author")
    return read(
        Message,
        message,
        proof=proof,
        receipts=read_receipts(message.get("receipts")),
        author=None if author is None else read(Author, author),
    )
