"""Events by Server-Sent Events (spec/realtime.md#stream). What is not asked for is not read: then the server cuts it
off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from ..client.transport import CallOptions, Transport
from ..errors import AicqError
from ..protocol.strict_json import read_json
from .link import SILENCE_OPEN, SILENCE_OPENING, Broken, Interest, Link, Told, event_from, within

#: Characters of a frame at most: one that never ends must not fill the memory.
_longest = 4 * 1024 * 1024


@dataclass(frozen=True)
class Frame:
    """A frame of Server-Sent Events, with what it has."""

    id: str | None = None
    data: str | None = None


class FrameParser:
    """Reads text/event-stream (WHATWG HTML, 9.2.6) as it comes, however it was cut."""

    def __init__(self) -> None:
        self._rest = b""
        self._frame = Frame()

    def push(self, data: bytes) -> list[Frame]:
        """The frames that end in these bytes. Errors: `ValueError` for one that is too long, or not UTF-8."""
        whole = self._rest + data
        held = b"\r" if whole.endswith(b"\r") else b""  # half of a line's end, perhaps
        *lines, rest = whole[: len(whole) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = rest + held
        frames: list[Frame] = []
        for line in lines:
            if line:
                self._take(line.decode("utf-8"))
            elif self._frame != Frame():
                frames.append(self._frame)
                self._frame = Frame()
        if len(self._rest) + len(self._frame.data or "") > _longest:
            raise ValueError("a frame is too long")
        return frames

    def _take(self, line: str) -> None:
        """A field; comments and fields that we do not use are passed over."""
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id" and "\0" not in value:
            self._frame = replace(self._frame, id=value)
        elif name == "data":
            before = self._frame.data
            self._frame = replace(self._frame, data=value if before is None else f"{before}\n{value}")


def by_stream(transport: Transport) -> Link:
    """The second way."""

    async def link(interest: Interest, cursor: str | None) -> AsyncGenerator[Told, None]:
        asked = {**interest.to_wire(), **({} if cursor is None else {"cursor": cursor})}
        options = CallOptions(room_keys=interest.keys, attempts=1, timeout=SILENCE_OPENING)
        try:
            async with transport.open("events.subscribe", lambda: asked, options) as reply:
                if not reply.headers.get("content-type", "").startswith("text/event-stream"):
                    raise Broken("what answers is no stream of events", is_blocked=True)
                parts, parser, is_first = reply.aiter_bytes(), FrameParser(), True
                while True:
                    patience = SILENCE_OPENING if is_first else SILENCE_OPEN
                    part = await within(anext(parts), patience, is_blocked=is_first)
                    frames = parser.push(part)
                    if is_first and frames:
                        is_first = False
                        if frames[0].data is None and frames[0].id:
                            # once: one that is cut off after this each time has brought nothing
                            yield Told((), frames[0].id)
                            frames = frames[1:]
                    told = _told_by(frames)
                    if told:
                        yield told
        except StopAsyncIteration as cause:
            raise Broken("the stream ended") from cause
        except ValueError as cause:
            raise Broken(f"what came is no stream of events: {cause}", is_blocked=True) from cause
        except httpx.HTTPError as cause:
            raise Broken(f"the stream broke: {cause}") from cause
        except AicqError as error:
            # a proxy that waits for the end of the stream
            if isinstance(error.__cause__, asyncio.TimeoutError):
                raise Broken(error.message, is_blocked=True) from error
            raise

    return link


def _told_by(frames: Sequence[Frame]) -> Told | None:
    happened = [_event(frame.data) for frame in frames if frame.data is not None]
    ids = [frame.id for frame in frames if frame.id]
    cursor = ids[-1] if ids else happened[-1]["cursor"] if happened else None
    return None if cursor is None else Told(happened, cursor)


def _event(data: str) -> Mapping[str, Any]:
    try:
        return event_from(read_json(data.encode("utf-8")))
    except AicqError as cause:
        raise ValueError(cause.message) from cause
