"""What came back, read."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..errors import AicqError, error_of
from ..protocol.strict_json import read_json


@dataclass(frozen=True)
class RateLimit:
    """How a limit stands, as the headers of the last counted reply say (spec/limits.md#headers)."""

    #: The maximum of the limit that decided.
    limit: int
    #: What is left of it.
    remaining: int
    #: When nothing of it is used any more, if nothing is added: seconds since 1970.
    reset: int


def rate_limit_of(headers: Mapping[str, str]) -> RateLimit | None:
    """`None` where nothing was counted."""
    try:
        return RateLimit(
            int(headers["X-RateLimit-Limit"]),
            int(headers["X-RateLimit-Remaining"]),
            int(headers["X-RateLimit-Reset"]),
        )
    except (KeyError, ValueError):
        return None


def read_reply(status: int, headers: Mapping[str, str], body: bytes) -> Any:
    """The document of a reply, or `None` where there is nothing. Errors: what the problem document says,
    `bad_reply`."""
    document = _parse(body)
    is_ok = 200 <= status < 300
    if is_ok and (status == 204 or isinstance(document, (dict, list))):
        return document
    problem: dict[str, Any] = document if isinstance(document, dict) else {}
    if status == 503 and problem.get("status") == "degraded":
        return problem  # health says how unwell it is
    if not isinstance(problem.get("code"), str):
        detail = f"status {status} with a body that is not of an AICQ server"
        raise AicqError("bad_reply", detail, retryable=status >= 500, status=status)
    with suppress(KeyError, ValueError):
        problem = {**problem, "retry_after": float(headers["Retry-After"])}
    raise error_of(problem, status)


def listed(reply: Any, name: str, of: type = dict) -> list[Any]:
    """The list that a reply has under a name, of objects unless `of` says otherwise. Errors: `bad_reply`."""
    items = reply.get(name) if isinstance(reply, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, of) for item in items):
        raise bad_reply(f"what came has no list of {name}")
    return items


def cursor_of(reply: Any) -> str:
    """The place in the log that a reply names. Errors: `bad_reply`."""
    cursor = reply.get("cursor") if isinstance(reply, dict) else None
    if not isinstance(cursor, str):
        raise bad_reply("what came has no cursor")
    return cursor


def bad_reply(detail: str) -> AicqError:
    """Something answered what an AICQ server does not answer."""
    return AicqError("bad_reply", detail)


def _parse(body: bytes) -> Any:
    try:
        return read_json(body) if body else None
    except AicqError:
        return None
