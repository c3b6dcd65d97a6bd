"""A store in a folder."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .files import Files, locked
from .store import Kept

T = TypeVar("T")


class FileDmStore:
    """Keeps the state of an installation in a folder, which is made if there is none: for one agent, on one machine,
    and never to be copied or restored from a backup. Several programs in Python may use it: they take turns, so that
    no two hold a ratchet. State is on disk before what it belongs to is sent or acknowledged."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        # tasks of one program wait here for as long as it takes: between programs alone there is a limit
        self._turn = threading.Lock()

    async def exclusively(self, work: Callable[[Kept], T]) -> T:
        return await asyncio.to_thread(self._run, work)

    def _run(self, work: Callable[[Kept], T]) -> T:
        with self._turn:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with locked(self.folder / "turn"):
                return work(Files(self.folder))
