"""Events, read and checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from ..client.replies import cursor_of, listed
from ..client.transport import CallOptions
from ..connection import Connection
from ..dms import open_dm
from ..types import Event, Presence, Rest, Synced
from ..wire import read, read_receipts
from .follow import follow, insist
from .link import Interest
from .stream import AsyncStream, End


async def open_event(connection: Connection, event: Any) -> Event:
    """Its message proven, its direct message read."""
    message, dm, presence = (event.get(name) for name in ("message", "dm", "presence"))
    return read(
        Event,
        event,
        message=None if message is None else await connection.prove(message),
        dm=None if dm is None else await open_dm(connection, dm),
        receipts=read_receipts(event.get("receipts")),
        presence=None if presence is None else read(Presence, presence),
    )


class AsyncEventStream(AsyncStream[Event]):
    """Events as they happen. Errors: `resync_required`, whose `problem["cursor"]` says where to begin again."""

    def __init__(self, connection: Connection, interest: Interest, cursor: str | None) -> None:
        super().__init__(self._opened(connection, interest))
        #: Where the stream is: go on from there with another. `None` before it is open, unless it began at a cursor.
        self.cursor: str | None = cursor
        self._is_open = asyncio.Event()

    async def ready(self) -> str:
        """Opens the stream, if nobody reads it yet, and gives the cursor from which it tells what happens. Errors:
        `RuntimeError` once it is closed."""
        if self._is_closed:
            raise RuntimeError("this stream is closed")
        pending = self._begin()
        opened = asyncio.ensure_future(self._is_open.wait())
        try:
            await asyncio.wait([opened, pending], return_when=asyncio.FIRST_COMPLETED)
        finally:
            opened.cancel()
        if not self._is_open.is_set():
            if pending.cancelled() or isinstance(pending.exception(), End):
                raise RuntimeError("this stream is closed")
            pending.result()
        return self.cursor or ""

    async def __anext__(self) -> Event:
        event = await super().__anext__()
        self.cursor = event.cursor
        return event

    async def _opened(self, connection: Connection, interest: Interest) -> AsyncGenerator[Event, None]:
        following = follow(connection.links, interest, self.cursor)
        try:
            async for told in following:
                await insist(connection.upkeep)
                if not told.events:
                    self.cursor = told.cursor
                self._is_open.set()
                for event in told.events:
                    yield await insist(lambda event=event: open_event(connection, event))  # type: ignore[misc]
                self.cursor = told.cursor
        finally:
            await following.aclose()


async def sync(
    connection: Connection, interest: Interest, *, cursor: str | None, wait: int, max_tokens: int | None
) -> Synced:
    """What happened after a cursor, by one call. Errors: `resync_required`."""
    asked = {**interest.to_wire(), "cursor": cursor, "wait": wait or None, "max_tokens": max_tokens}
    await connection.upkeep()
    options = CallOptions(room_keys=interest.keys, timeout=15.0 + wait)
    reply = await connection.transport.call("events.sync", lambda: asked, options)
    # in order: sessions are read so
    events = tuple([await open_event(connection, event) for event in listed(reply, "events")])
    rest = tuple(read(Rest, one) for one in (listed(reply, "rest") if "rest" in reply else ()))
    return Synced(cursor_of(reply), events, reply.get("has_more") is True, rest)
