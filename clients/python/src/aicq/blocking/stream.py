"""What comes, one after another, for those who wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from types import TracebackType
from typing import Concatenate, Generic, ParamSpec, TypeVar

from ..events.events import AsyncEventStream
from ..events.stream import AsyncStream, End, next_of
from ..types import Event
from .loop import Blocking, LoopThread, given

A = TypeVar("A")
P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S")


class Stream(Iterator[T], Generic[T]):
    """To be read by one loop, which may be left at any time; `with` or `close` ends the connection at once."""

    def __init__(self, wrapped: AsyncStream[T], loop: LoopThread) -> None:
        self._stream = wrapped
        self._loop = loop

    def __iter__(self) -> Stream[T]:
        return self

    def __next__(self) -> T:
        try:
            return self._loop.run(next_of(self._stream))
        except End:
            raise StopIteration from None

    def close(self) -> None:
        """Leaves it, also while another thread waits for something."""
        self._loop.run(self._stream.aclose())

    def __enter__(self: S) -> S:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class EventStream(Stream[Event]):
    """Events as they happen. Errors: `resync_required`, whose `problem["cursor"]` says where to begin again."""

    def __init__(self, wrapped: AsyncEventStream, loop: LoopThread) -> None:
        super().__init__(wrapped, loop)
        self._events = wrapped

    @property
    def cursor(self) -> str | None:
        """Where the stream is: go on from there with another. `None` before it is open, unless it began at a cursor."""
        return self._events.cursor

    def ready(self) -> str:
        """Opens the stream, if nobody reads it yet, and gives the cursor from which it tells what happens."""
        return self._loop.run(self._events.ready())


def streaming(
    method: Callable[Concatenate[A, P], AsyncStream[T]],
) -> Callable[Concatenate[Blocking[A], P], Stream[T]]:
    """The same method, for those who wait."""

    @wraps(method)
    def open(self: Blocking[A], /, *args: P.args, **named: P.kwargs) -> Stream[T]:
        made = self._loop.run(given(lambda: method(self._wrapped, *args, **named)))
        return Stream(made, self._loop)

    return open
