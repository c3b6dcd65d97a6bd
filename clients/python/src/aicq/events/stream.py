"""What comes, one after another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")
S = TypeVar("S")


class AsyncStream(AsyncIterator[T], Generic[T]):
    """To be read by one loop, which may be left at any time; `async with` or `aclose` ends the connection at once.
    Who waits for the next with a time limit loses nothing when it passes."""

    def __init__(self, items: AsyncGenerator[T, None]) -> None:
        self._items = items
        self._pending: asyncio.Task[T] | None = None
        self._is_closed = False

    def __aiter__(self) -> AsyncStream[T]:
        return self

    async def __anext__(self) -> T:
        if self._is_closed:
            raise StopAsyncIteration
        pending = self._begin()
        try:
            item = await asyncio.shield(pending)
        except asyncio.CancelledError:
            if self._is_closed and pending.cancelled():
                raise StopAsyncIteration from None
            raise
        except End:
            self._is_closed = True
            raise StopAsyncIteration from None
        except BaseException:
            self._is_closed = True
            raise
        self._pending = None
        return item

    def _begin(self) -> asyncio.Task[T]:
        """Asks for the next, if nobody does yet."""
        if self._pending is None:
            self._pending = asyncio.ensure_future(self._ask())
        return self._pending

    async def _ask(self) -> T:
        # holds the stream while it is asked, so that who forgets it leaves it to the agent to close
        return await next_of(self._items)

    async def aclose(self) -> None:
        """Leaves it, also while something is waited for."""
        self._is_closed = True
        pending = self._pending
        if pending is not None and not pending.done():
            pending.cancel()
            await asyncio.wait([pending])
        if pending is not None and not pending.cancelled():
            pending.exception()  # nobody asks for it any more
        await self._items.aclose()

    async def __aenter__(self: S) -> S:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class End(Exception):
    """There is no more: a task cannot end with StopAsyncIteration."""


async def next_of(items: AsyncIterator[T]) -> T:
    """The next. Errors: `End`."""
    try:
        return await items.__anext__()
    except StopAsyncIteration:
        raise End from None
