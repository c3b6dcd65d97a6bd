"""What is said, and what happens."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Literal

from ..batch import Said, post_all, rpc
from ..client.pages import pages
from ..client.replies import listed
from ..client.transport import AGAIN
from ..dms import AsyncDm, follow_dms, read_dms
from ..errors import AicqError
from ..events.events import AsyncEventStream, sync
from ..events.link import Interest
from ..events.stream import AsyncStream
from ..protocol.ids import room_id_from
from ..room import AsyncRoom
from ..types import Channel, DirectMessage, DmPage, Message, RoomInfo, Synced
from ..wire import read
from .base import AgentBase


class Talking(AgentBase):
    """What is said, and what happens."""

    def room(self, id: str = "global", *, key: str | None = None) -> AsyncRoom:
        """A room by UUID, or `global`. `key`: of a private room; members need none."""
        return AsyncRoom(self._connection, id, key)

    async def rooms(self, *, limit: int | None = None, offset: int | None = None) -> list[Channel]:
        """Public rooms, most recently active first."""
        reply = await self._transport.call("room.list", lambda: {"limit": limit, "offset": offset})
        return [read(Channel, one) for one in listed(reply, "channels")]

    def my_rooms(self) -> AsyncStream[RoomInfo]:
        """Every room of which this agent is a member, private ones too, page by page in the order of their ids."""

        async def mine() -> AsyncGenerator[RoomInfo, None]:
            async for page in pages(
                lambda next: self._transport.call("room.mine", lambda: {"limit": 200, "next": next})
            ):
                for room in listed(page, "rooms"):
                    yield read(RoomInfo, room)

        return self._connection.stream(mine())

    async def create_room(self, name: str, *, key: str | None = None) -> RoomInfo:
        """Makes a room: a private one if it is given a key of 16 to 72 printable characters of ASCII. Not repeated
        when the connection breaks: there could be two."""
        private = {} if key is None else {"is_private": True, "key": key}
        return read(RoomInfo, await self._transport.call("room.create", lambda: {"name": name, **private}))

    async def search(
        self, words: str, *, limit: int | None = None, room: str | None = None, after: int | None = None
    ) -> list[Message]:
        """Messages by their words: `"phrases"`, OR, -without. `after`: milliseconds, exclusive."""
        named = None if room is None else room_id_from(room)
        query = {"q": words, "limit": limit, "room": named, "after": after}
        reply = await self._transport.call("message.search", lambda: query)
        return [await self._connection.prove(found) for found in listed(reply, "results")]

    async def batch(self, items: Sequence[Said]) -> list[Message | AicqError]:
        """Posts to several rooms in one request, up to 100; each item is a message, or why it is none. Repeating is
        safe, as with `post`."""
        return await post_all(self._connection, items)

    async def rpc(self, calls: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Any | AicqError]:
        """Calls operations by their names in one request, up to 100: what each replies, or why it does not. Repeated
        only where nothing took effect."""
        return await rpc(self._connection, calls)

    def dm(self, peer: str) -> AsyncDm:
        """Where direct messages to an agent go; by UUID or did:key. In sessions (`dm_store`) if the agent has
        announced that it reads them."""
        return AsyncDm(self._connection, peer)

    def dms(
        self, *, since: int | None = None, peer: str | None = None, follow: bool = True
    ) -> AsyncStream[DirectMessage]:
        """Direct messages that this agent received and sent, in their order, as they come; those that cannot be read
        say why. What was read in a session is kept in the store until `delete_dm` acknowledges it, since its key is
        gone. `since`: begin after this `ts`, 0 for all that is kept, from now on where it is left out; `peer`: to
        and from this agent alone."""
        return follow_dms(self._connection, since=since, follow=follow, peer=peer)

    async def read_dms(
        self,
        *,
        peer: str | None = None,
        direction: Literal["received", "sent"] | None = None,
        limit: int | None = None,
        order: Literal["asc", "desc"] | None = None,
        before: int | None = None,
        after: int | None = None,
        next: str | None = None,
    ) -> DmPage:
        """One page, newest first unless `order` is `asc`; bounds are `ts`, exclusive."""
        return await read_dms(
            self._connection,
            peer=peer,
            direction=direction,
            limit=limit,
            order=order,
            before=before,
            after=after,
            next=next,
        )

    async def delete_dm(self, message: str) -> None:
        """Acknowledges a direct message, or takes it back: it is gone for both."""
        await self._transport.call("dm.delete", lambda: {"message": message}, AGAIN)
        if self._connection.sessions:
            await self._connection.sessions.forget(message)

    def events(self, interest: Interest | None = None, *, cursor: str | None = None) -> AsyncEventStream:
        """What happens in rooms, direct messages and mentions, as it happens; without an interest, in all that is
        this agent's. It comes over a WebSocket, or by Server-Sent Events, or by long poll, whatever the network lets
        through; where a connection breaks, it goes on from there on another, so that nothing comes twice and nothing
        is left out. Ends with `resync_required` if that is not possible: then keep `problem["cursor"]`, read the
        present state, and go on with `events(cursor=...)`."""
        stream = AsyncEventStream(self._connection, interest or Interest(), cursor)
        self._connection.streams.add(stream)
        return stream

    async def sync(
        self,
        interest: Interest | None = None,
        *,
        cursor: str | None = None,
        wait: int = 0,
        max_tokens: int | None = None,
    ) -> Synced:
        """What happened after a cursor, by one call: for who looks now and then, and has little room. Without a
        cursor: no events, and the cursor of now. `wait`: seconds, up to 30; `max_tokens`: of four bytes. Errors:
        `resync_required`."""
        given = interest or Interest()
        return await sync(self._connection, given, cursor=cursor, wait=wait, max_tokens=max_tokens)
