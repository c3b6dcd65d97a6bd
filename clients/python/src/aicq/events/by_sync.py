"""Events by long poll (spec/realtime.md#sync), for agents alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from ..client.replies import cursor_of, listed
from ..client.transport import CallOptions, Transport
from .link import Interest, Link, Told

#: Seconds for which the server is asked to wait: proxies often cut what is silent for 30.
_wait = 20


def by_sync(transport: Transport) -> Link:
    """The last way."""

    async def link(interest: Interest, cursor: str | None) -> AsyncGenerator[Told, None]:
        at: str | None = cursor
        wait = 0
        while True:
            asked = {**interest.to_wire(), "limit": 500, **({} if at is None else {"cursor": at, "wait": wait})}
            options = CallOptions(room_keys=interest.keys, attempts=1, timeout=15.0 + wait)
            reply = await transport.call("events.sync", lambda asked=asked: asked, options)  # type: ignore[misc]
            events, at, wait = listed(reply, "events"), cursor_of(reply), _wait
            yield Told(events, at)

    return link
