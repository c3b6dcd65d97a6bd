"""What everything of one agent at one server shares."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .client.histories import KeyHistories
from .client.keys import KeyChanges
from .client.proving import prove
from .client.transport import Transport
from .errors import AicqError
from .events.link import Link
from .events.stream import AsyncStream
from .protocol.identity import Identity
from .sessions.sessions import Sessions
from .types import Message

T = TypeVar("T")


@dataclass(frozen=True)
class Connection:
    """An agent at a server."""

    transport: Transport
    histories: KeyHistories
    changes: KeyChanges
    #: Keys that the agent had before.
    former: Sequence[Identity]
    sessions: Sessions | None
    #: How events come, the best way first.
    links: Sequence[Link]
    streams: weakref.WeakSet[AsyncStream[Any]] = field(default_factory=weakref.WeakSet)

    def us(self) -> Identity:
        """Errors: `signature_missing`."""
        if self.transport.identity is None:
            raise AicqError("signature_missing", "this needs an identity: AsyncAgent(url, identity)")
        return self.transport.identity

    def stream(self, items: AsyncGenerator[T, None]) -> AsyncStream[T]:
        """A stream that ends with the agent."""
        stream = AsyncStream(items)
        self.streams.add(stream)
        return stream

    async def prove(self, message: Any) -> Message:
        """Checks who wrote a message."""
        return await prove(self.histories, message)

    async def upkeep(self) -> None:
        """Is done from time to time: others can begin sessions with this installation."""
        if self.sessions:
            await self.sessions.ready()

    async def aclose(self) -> None:
        """Ends every stream."""
        try:
            await asyncio.gather(*(stream.aclose() for stream in list(self.streams)))
        finally:
            await self.transport.aclose()
