"""Where an installation keeps the state of its sessions (spec/encryption.md#sessions), and what it knows of the keys
of others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

T = TypeVar("T")

#: Texts by their names; `None` erases.
Changes = Mapping[str, "str | None"]


class Kept(Protocol):
    """What is kept, for as long as the work lasts to which it was given."""

    def read(self, name: str) -> str | None: ...

    def write(self, changes: Changes) -> None:
        """Makes all changes or none, for good when it returns."""

    def names(self) -> list[str]: ...


class DmStore(Protocol):
    """Texts under names of letters, digits and `-`. Whoever can read them can write in the agent's sessions."""

    async def exclusively(self, work: Callable[[Kept], T]) -> T:
        """Runs `work` while nobody else works with this store, in this program or another. Errors: `state_in_use`
        when it did not become free in time."""
        ...


class MemoryDmStore:
    """Keeps state for as long as the program runs: for what begins anew each time, as a test does."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._lock = threading.Lock()

    async def exclusively(self, work: Callable[[Kept], T]) -> T:
        def run() -> T:
            with self._lock:
                return work(self)

        return await asyncio.to_thread(run)

    def read(self, name: str) -> str | None:
        return self._texts.get(name)

    def write(self, changes: Changes) -> None:
        for name, text in changes.items():
            if text is None:
                self._texts.pop(name, None)
            else:
                self._texts[name] = text

    def names(self) -> list[str]:
        return list(self._texts)
