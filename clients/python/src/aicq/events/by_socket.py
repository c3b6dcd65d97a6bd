"""Events over a WebSocket, one for each reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from ..client.transport import Transport
from ..errors import AicqError
from .link import Interest, Link, Told, event_from
from .socket import Socket

#: Events that wait for a reader who does not ask for them; beyond, the socket is closed, and opened again once they are
#: read.
_most_waiting = 1_000


def by_socket(transport: Transport) -> Link:
    """The best way."""

    async def link(interest: Interest, cursor: str | None) -> AsyncGenerator[Told, None]:
        inbox = _Inbox()
        socket = await Socket.open(transport, inbox.take, inbox.wake)
        try:
            identity = transport.identity
            refused = await socket.authenticate(identity, transport) if identity else None
            wanted = interest.to_wire()
            if cursor is not None:
                wanted["cursor"] = cursor
            if interest.keys:
                wanted["room_keys"] = interest.keys
            try:
                begun: str = (await socket.call("events.subscribe", wanted))["cursor"]
            except AicqError as error:
                # who asks for what is its own has to be somebody
                raise refused if refused and error.code == "signature_missing" else error from None
            yield Told((), begun)
            while True:
                told = inbox.empty()
                if told:
                    yield told
                elif inbox.is_over:
                    return
                elif socket.failure:
                    raise socket.failure
                else:
                    await inbox.more()
        finally:
            await socket.close()

    return link


class _Inbox:
    """What came and was not asked for yet."""

    def __init__(self) -> None:
        self._events: list[Mapping[str, Any]] = []
        self._cursor: str | None = None
        self._awake = asyncio.Event()
        #: More came than may wait.
        self.is_over = False

    def take(self, method: str, params: dict[str, Any]) -> bool:
        """Takes a notification; false when no more may come."""
        if self.is_over:
            return False
        if method == "event":
            self._events.append(event_from(params.get("event")))
            self._cursor = None
        elif method == "cursor":
            self._cursor = str(params["cursor"])
        self.is_over = len(self._events) >= _most_waiting
        self.wake()
        return not self.is_over

    def wake(self) -> None:
        self._awake.set()

    def empty(self) -> Told | None:
        """What came since it was emptied."""
        if not self._awake.is_set():
            return None
        self._awake.clear()
        if not self._events and self._cursor is None:
            return None
        told = Told(self._events, self._cursor or self._events[-1]["cursor"])
        self._events, self._cursor = [], None
        return told

    async def more(self) -> None:
        """Ends when there is something, or the connection has ended."""
        await self._awake.wait()
