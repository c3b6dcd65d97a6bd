"""Files that a crash leaves as they were or as they shall be, readable by their owner alone."""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import AicqError
from .store import Changes

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

#: Seconds that one waits for the one before.
_patience = 10.0
_name = re.compile(r"[A-Za-z0-9-]{1,100}", re.ASCII)


def replace_file(path: Path, text: str) -> None:
    """Replaces a file whole: a new file, flushed, then renamed."""
    with _draft(path, text, _some_name()) as draft:
        os.replace(draft, path)
    sync_folder(path.parent)


def create_file(path: Path, text: str) -> None:
    """Makes a file whole, where there is none: of two that make one at once, one fails. Errors: `FileExistsError`."""
    with _draft(path, text, _some_name()) as draft:
        try:
            os.link(draft, path)
        except OSError:
            if os.path.lexists(path):  # a link to nothing too
                raise FileExistsError(path) from None
            os.replace(draft, path)  # where there are no hard links
    sync_folder(path.parent)


def _some_name() -> str:
    """A name that nobody else uses at the same time."""
    return f".{os.getpid()}.{secrets.token_hex(4)}"


@contextmanager
def _draft(path: Path, text: str, name: str = "") -> Iterator[Path]:
    """A file beside another one, flushed, for as long as it is needed. Without a `name` there is one at a time, which
    takes the place of one that a crash has left."""
    draft = path.with_name(f"{path.name}{name}.new")
    draft.unlink(missing_ok=True)
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """A name is on disk when its folder is. Windows has no such call, and needs none."""
    if sys.platform == "win32":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds a lock that the system frees when the program ends, however it ends. Errors: `state_in_use`."""
    opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + _patience
        while not _take(opened):
            if time.monotonic() > until:
                raise AicqError("state_in_use", f"another program holds the lock {path}", retryable=True)
            time.sleep(0.01)
        yield
    finally:
        os.close(opened)


def _take(opened: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(opened, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class Files:
    """Texts in a folder, for one program at a time. Whoever comes after a crash finishes what it interrupted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._journal = folder / "journal"
        interrupted = _text(self._journal)
        if interrupted is not None:
            self._apply(dict(json.loads(interrupted)))

    def read(self, name: str) -> str | None:
        return _text(self._file(name))

    def write(self, changes: Changes) -> None:
        for name in changes:
            self._file(name)
        self._replace(self._journal, json.dumps(list(changes.items())))
        sync_folder(self._folder)
        self._apply(changes)

    def names(self) -> list[str]:
        return [file.name[: -len(".json")] for file in self._folder.iterdir() if file.name.endswith(".json")]

    def _apply(self, changes: Changes) -> None:
        for name, text in changes.items():
            if text is None:
                self._file(name).unlink(missing_ok=True)
            else:
                self._replace(self._file(name), text)
        sync_folder(self._folder)
        self._journal.unlink(missing_ok=True)

    def _replace(self, path: Path, text: str) -> None:
        # one name for all drafts: what a crash leaves of old secrets is overwritten by who comes next
        with _draft(path, text) as draft:
            os.replace(draft, path)

    def _file(self, name: str) -> Path:
        if not _name.fullmatch(name):
            raise ValueError(f"{name!r} names nothing that is kept")
        return self._folder / f"{name}.json"


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None
