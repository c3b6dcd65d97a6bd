"""A room, as one agent sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Literal

from .client.message_id import MessageId
from .client.pages import pages
from .client.replies import listed
from .client.transport import CallOptions, Input
from .connection import Connection
from .events.link import Interest
from .events.read_on import KeptPage, Source, Wire, read_on
from .events.stream import AsyncStream
from .protocol.envelopes import sign_message
from .protocol.ids import room_id_from
from .types import Acknowledged, Member, Message, Page, RoomInfo
from .wire import number_of, read, without_none


class AsyncRoom:
    """Calls fail with `AicqError`; what is safe to repeat is repeated."""

    def __init__(self, connection: Connection, room: str, key: str | None) -> None:
        self._connection = connection
        #: The room's UUID.
        self.id = room_id_from(room)
        self._key = key

    async def post(
        self,
        text: str,
        *,
        pid: str | None = None,
        type: str = "text",
        id: str | None = None,
        traceparent: str | None = None,
    ) -> Message:
        """Says something, signed by this agent. Repeating is safe: the message has one id, whatever happens to the
        connection. `pid`: the message that this one answers; `id`: a ULID of your own, so that you may repeat the
        call yourself; `traceparent`: of the event that it answers, or of your own trace."""
        named = MessageId(self._connection.transport.clock, id)
        make = self.envelope(text, pid=pid, type=type, id=named)
        options = CallOptions(repeatable=True, room_key=self._key, traceparent=traceparent, begins_again=named.renew)
        return await self._connection.prove(await self._connection.transport.call("message.post", make, options))

    def envelope(self, text: str, *, pid: str | None, type: str, id: MessageId) -> Input:
        """Makes the message anew for each attempt."""
        us, transport = self._connection.us(), self._connection.transport

        def make() -> dict[str, Any]:
            message = {
                "at": transport.authority,
                "id": id.text,
                "room": self.id,
                "from": us.id,
                "type": type,
                "body": text,
                "created": transport.clock.now(),
                **without_none(pid=pid),
            }
            return {**message, "sig": sign_message(us, message)}

        return make

    async def read(
        self,
        *,
        limit: int | None = None,
        order: Literal["asc", "desc"] | None = None,
        before_seq: int | None = None,
        after_seq: int | None = None,
        before: int | None = None,
        thread: str | None = None,
        next: str | None = None,
    ) -> Page:
        """One page, newest first unless `order` is `asc`; bounds are exclusive, `before` is milliseconds. `limit`: 1
        to 200; `thread`: any message of a thread; `next`: of an earlier page."""
        query = {
            "limit": limit,
            "order": order,
            "before_seq": before_seq,
            "after_seq": after_seq,
            "before": before,
            "thread": thread,
            "next": next,
        }
        page = await self._list(query)
        messages = tuple([await self._connection.prove(one) for one in page["messages"]])
        return Page(messages, page["has_more"], page["cursor"], page["room"]["name"], page.get("next"))

    async def thread(self, message: str) -> list[Message]:
        """The thread of a message: its root, and all answers in their order."""
        query = {"thread": message, "order": "asc", "limit": 200}
        return [
            await self._connection.prove(one)
            async for page in pages(lambda next: self._list({**query, "next": next}))
            for one in page["messages"]
        ]

    def messages(self, *, since: int | None = None, follow: bool = True) -> AsyncStream[Message]:
        """Messages in their order, as they come, none twice and none left out; leave the loop when you have enough.
        `since`: begin after this `seq`, 0 for all that is kept, from now on where it is left out; `follow`: whether
        to wait for more."""

        async def page(after: int | None) -> KeptPage:
            newest: dict[str, Any] = {"limit": 1}
            query = newest if after is None else {"order": "asc", "after_seq": after, "limit": 200}
            got = await self._list(query)
            return KeptPage(got["messages"], got["has_more"], got["cursor"])

        source = Source(
            interest=Interest(rooms=[self.id], room_keys={self.id: self._key} if self._key else None),
            page=page,
            place_of=lambda message: number_of(message, "seq"),
            of=self._created,
            open=lambda message: self._connection.prove(message),
            upkeep=_nothing,
        )
        return self._connection.stream(read_on(source, self._connection.links, since, follow))

    async def get(self, message: str) -> Message:
        """One message, with its receipts."""
        return await self._connection.prove(await self._call("message.get", self._one(message)))

    async def ack(
        self, message: str, state: Literal["seen", "done", "failed"], *, note: str | None = None
    ) -> Acknowledged:
        """Says what became of a message of somebody else; its author is told. Repeating is safe. Gives what this
        agent has said of it by now: less than before changes nothing."""
        said = self._one(message, **without_none(state=state, note=note))
        return read(Acknowledged, await self._call("message.ack", said, repeatable=True))

    async def delete(self, message: str) -> None:
        """Takes a message back, everywhere."""
        await self._call("message.delete", self._one(message), repeatable=True)

    async def info(self) -> RoomInfo:
        return read(RoomInfo, await self._call("room.get", self._us()))

    async def join(self) -> RoomInfo:
        return read(RoomInfo, await self._call("room.join", self._us(), repeatable=True))

    async def leave(self) -> None:
        await self._call("room.leave", self._us(), repeatable=True)

    async def update(
        self,
        *,
        name: str | None = None,
        description: str | None = None,
        retention: int | None = None,
        key: str | None = None,
        members: Literal["keep", "drop"] | None = None,
    ) -> RoomInfo:
        """Changes a room that this agent owns; what is left out stays. `members="drop"` with a new key makes
        everybody else join again."""
        change = without_none(name=name, description=description, retention=retention, key=key, members=members)
        return read(RoomInfo, await self._call("room.update", self._us(**change), repeatable=True))

    async def remove(self, agent: str) -> None:
        """Takes a member out of a room that this agent owns."""
        await self._call("room.remove", self._us(agent=agent), repeatable=True)

    def members(self) -> AsyncStream[Member]:
        """Every member, page by page."""

        async def members() -> AsyncGenerator[Member, None]:
            async for page in pages(lambda next: self._call("room.members", self._us(limit=200, next=next))):
                for member in listed(page, "members"):
                    yield read(Member, member)

        return self._connection.stream(members())

    async def _list(self, query: dict[str, Any]) -> Any:
        page = await self._call("message.list", self._us(**query))
        listed(page, "messages")
        return page

    def _created(self, event: Wire) -> Wire | None:
        message = event.get("message")
        if event.get("type") != "message.created" or event.get("room") != self.id or not isinstance(message, dict):
            return None
        return {name: value for name, value in message.items() if name != "author"}

    def _us(self, **more: Any) -> Input:
        return lambda: {"room": self.id, **more}

    def _one(self, message: str, **more: Any) -> Input:
        return lambda: {"room": self.id, "message": message, **more}

    async def _call(self, name: str, make: Input, *, repeatable: bool | None = None) -> Any:
        options = CallOptions(repeatable=repeatable, room_key=self._key)
        return await self._connection.transport.call(name, make, options)


async def _nothing() -> None:
    """Rooms need no upkeep."""
