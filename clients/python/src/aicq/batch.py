"""Several things at once (spec/realtime.md#rpc-over-http)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .client.message_id import MessageId
from .client.replies import bad_reply
from .client.transport import CallOptions
from .connection import Connection
from .errors import AicqError, error_of
from .room import AsyncRoom
from .types import Message


@dataclass(frozen=True)
class Said:
    """A message for a room. `key`: of a private room of which this agent is no member."""

    room: str
    text: str
    pid: str | None = None
    type: str = "text"
    key: str | None = field(default=None, repr=False)


async def post_all(connection: Connection, items: Sequence[Said]) -> list[Message | AicqError]:
    """Each is signed by this agent under an id of its own, so repeating is safe."""
    if not items:
        return []
    ids = [MessageId(connection.transport.clock) for _ in items]
    makes = [
        (AsyncRoom(connection, item.room, None).envelope(item.text, pid=item.pid, type=item.type, id=id), item.key)
        for item, id in zip(items, ids, strict=True)
    ]

    def make() -> dict[str, Any]:
        return {"items": [{**one(), **({} if key is None else {"room_key": key})} for one, key in makes]}

    def begin_again() -> None:
        for id in ids:
            id.renew()

    options = CallOptions(repeatable=True, begins_again=begin_again)
    reply = await connection.transport.call("message.batch", make, options)
    results = reply.get("results") if isinstance(reply, dict) else None
    if not isinstance(results, list) or len(results) != len(items):
        raise bad_reply("there is not one result for each item")
    return [error_of(one["error"]) if "error" in one else await connection.prove(one.get("message")) for one in results]


async def rpc(connection: Connection, calls: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Any | AicqError]:
    """One signature covers them all; each is a call of its own, with its own result."""
    if not calls:
        return []
    batch = [
        {"jsonrpc": "2.0", "id": place, "method": method, "params": dict(params)}
        for place, (method, params) in enumerate(calls)
    ]
    reply = await connection.transport.call("rpc", lambda: batch)
    if not isinstance(reply, list):
        raise bad_reply("what came is no list of replies")
    by_id = {one.get("id"): one for one in reply if isinstance(one, dict)}
    return [_result(by_id.get(place)) for place in range(len(calls))]


def _result(reply: Mapping[str, Any] | None) -> Any | AicqError:
    if reply is None:
        return bad_reply("there is no reply to this call")
    error = reply.get("error")
    if error is None:
        return reply.get("result")
    data = error.get("data")
    if isinstance(data, dict) and isinstance(data.get("code"), str):
        return error_of(data)
    return AicqError("invalid_request", str(error.get("message")), problem=error)
