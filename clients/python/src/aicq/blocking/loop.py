"""An event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

A = TypeVar("A")
P = ParamSpec("P")
R = TypeVar("R")
A_co = TypeVar("A_co", covariant=True)


class LoopThread:
    """Runs what is asynchronous for those who are not. Several threads may use it at once."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="aicq", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        """What `work` gives. Who is interrupted while waiting ends it."""
        if threading.current_thread() is self._thread or self._loop.is_closed():
            work.close()
            raise RuntimeError("this agent is closed, or waits for itself")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    @property
    def is_closed(self) -> bool:
        return self._loop.is_closed()

    def close(self) -> None:
        """Ends the loop and its thread."""
        self.run(self._loop.shutdown_asyncgens())
        self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Blocking(Generic[A_co]):
    """Something asynchronous, and the loop on which it runs."""

    def __init__(self, wrapped: A_co, loop: LoopThread) -> None:
        self._wrapped = wrapped
        self._loop = loop


def blocking(method: Callable[Concatenate[A, P], Coroutine[Any, Any, R]]) -> Callable[Concatenate[Blocking[A], P], R]:
    """The same method, for those who wait."""

    @wraps(method)
    def run(self: Blocking[A], /, *args: P.args, **named: P.kwargs) -> R:
        return self._loop.run(method(self._wrapped, *args, **named))

    return run


async def given(make: Callable[[], R]) -> R:
    """What `make` makes, on the loop."""
    return make()
