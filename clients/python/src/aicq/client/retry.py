"""What may be repeated, and when."""

from __future__ import annotations

import random

from ..errors import AicqError


def is_refusal(error: AicqError) -> bool:
    """Whether it is a word of the server itself, after which nothing took effect."""
    return 400 <= error.status < 500 and error.code != "bad_reply"


def may_repeat(error: AicqError, is_safe: bool) -> bool:
    """What was refused before it took effect may always be repeated; of the rest, what is safe to repeat."""
    if error.code == "rate_limited":
        return True
    return error.retryable and is_safe and error.code != "clock_skew"


def wait_before(attempt: int, error: AicqError) -> float:
    """Seconds: never less than the server asks for, else doubling from a quarter of one, with chance so that clients
    spread."""
    return max(error.retry_after or 0.0, min(0.25 * 2.0 ** (attempt - 1) * (0.5 + random.random()), 10.0))
