"""One way in which events come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from ..client.replies import bad_reply
from ..protocol.ids import room_id_from

T = TypeVar("T")

#: Seconds without a word after which a connection counts as dead, and after which one that opens counts as blocked.
SILENCE_OPEN = 45.0
SILENCE_OPENING = 5.0


@dataclass(frozen=True)
class Interest:
    """What a reader wants to see (spec/realtime.md#interest); with none of it, all that is the agent's."""

    #: Rooms that it may read, by UUID or `global`.
    rooms: Sequence[str] = ()
    #: Direct messages, received and sent.
    dms: bool = False
    #: Messages that mention this agent, in any room that it may read.
    mentions: bool = False
    #: Agents whose presence is told.
    presence: Sequence[str] = ()
    #: Keys of private rooms of which it is no member, by room.
    room_keys: Mapping[str, str] | None = field(default=None, repr=False)

    def to_wire(self) -> dict[str, Any]:
        """As it is sent, but for the keys."""
        wire: dict[str, Any] = {}
        if self.rooms:
            wire["rooms"] = [room_id_from(room) for room in self.rooms]
        if self.dms:
            wire["dms"] = True
        if self.mentions:
            wire["mentions"] = True
        if self.presence:
            wire["presence"] = list(self.presence)
        return wire

    @property
    def keys(self) -> dict[str, str] | None:
        """The keys of rooms by their UUIDs."""
        return {room_id_from(room): key for room, key in self.room_keys.items()} if self.room_keys else None


@dataclass(frozen=True)
class Told:
    """Events that came together, and the cursor after them; none where only the cursor went on."""

    events: Sequence[Mapping[str, Any]]
    cursor: str


#: It tells first, perhaps without events, that it is open, and reads no further than it is asked to. It ends where it
#: could not keep up, and is to be opened again at once. Errors: `Broken`, `AicqError`.
Link = Callable[[Interest, "str | None"], AsyncGenerator[Told, None]]


def event_from(value: object) -> Mapping[str, Any]:
    """An event as it came. Errors: `bad_reply`."""
    if not isinstance(value, Mapping) or not isinstance(value.get("cursor"), str):
        raise bad_reply("what came is no Event")
    return value


class Broken(Exception):
    """A link that does not go on, though others may."""

    def __init__(self, message: str, *, come_back: Literal["now", "later"] = "now", is_blocked: bool = False) -> None:
        super().__init__(message)
        #: When to come back, as the server says; `now`: within 2 s, `later`: after 30 to 60 s.
        self.come_back = come_back
        #: This way is closed for now: another one is better than another try.
        self.is_blocked = is_blocked


async def within(work: Awaitable[T], seconds: float, *, is_blocked: bool = False) -> T:
    """What comes of `work`, or `Broken` after so many seconds."""
    try:
        return await asyncio.wait_for(work, seconds)
    except asyncio.TimeoutError as cause:
        raise Broken(f"nothing came for {seconds:g} s", is_blocked=is_blocked) from cause
