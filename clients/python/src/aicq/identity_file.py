"""The file that every program reads (spec/identity.md#file), so that an agent made with one is used from any."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .errors import AicqError
from .files import create_file, replace_file
from .key_history.history import KeyHistory
from .protocol.encoding import from_base64, to_base64
from .protocol.identity import Identity
from .protocol.ids import is_uuid
from .protocol.strict_json import read_json

_form = "identity/1"
#: Keys of before that are kept: more would only slow reading down.
_former_kept = 8


@dataclass(frozen=True)
class IdentityFile:
    """An agent in a file. Whoever has the file is the agent."""

    path: Path
    identity: Identity
    #: A key that is about to become the current one, or has become it: the key history says which.
    next: Identity | None = None
    #: The newest keys that the agent had, the newest first. They read what was encrypted for them.
    former: tuple[Identity, ...] = ()
    #: Members that this program does not know; they are kept.
    others: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def new(cls, path: str | os.PathLike[str], identity: Identity | None = None) -> IdentityFile:
        """Makes an agent, unless one is given, and saves it. Errors: `FileExistsError`, so that no agent is lost."""
        made = cls(Path(path), identity or Identity.new())
        create_file(made.path, made._text())
        return made

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> IdentityFile:
        """The agent in a file; a new one, if there is no file. Errors: `identity_unusable`."""
        try:
            return cls.load(path)
        except FileNotFoundError:
            try:
                return cls.new(path)
            except FileExistsError:  # of two programs that made one at once, the other was faster
                return cls.load(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> IdentityFile:
        """Errors: `identity_unusable`; `FileNotFoundError`."""
        path = Path(path)
        try:
            members = read_json(path.read_bytes())
        except AicqError as cause:
            raise _unusable(path, cause.message) from cause
        if not isinstance(members, dict) or members.get("aicq") != _form:
            raise _unusable(path, f"it is not of the form {_form}")
        id = members.get("id")
        if not isinstance(id, str) or not is_uuid(id):
            raise _unusable(path, "id is no UUID")
        former = members.get("former", [])
        if not isinstance(former, list):
            raise _unusable(path, "former is no list")

        def identity_of(seed: object) -> Identity:
            data = from_base64(seed)
            if data is None or len(data) != 32:
                raise _unusable(path, "a seed is not 32 bytes in base64")
            return Identity(data, id.lower())

        return cls(
            path,
            identity_of(members.get("seed")),
            identity_of(members["next"]) if "next" in members else None,
            tuple(map(identity_of, former)),
            {name: value for name, value in members.items() if name not in ("aicq", "id", "seed", "next", "former")},
        )

    def save(self) -> None:
        """Replaces the file whole, readable by its owner alone."""
        replace_file(self.path, self._text())

    def _text(self) -> str:
        members: dict[str, Any] = {"aicq": _form, "id": self.identity.id, "seed": to_base64(self.identity.seed)}
        if self.next:
            members["next"] = to_base64(self.next.seed)
        if self.former:
            members["former"] = [to_base64(one.seed) for one in self.former]
        return json.dumps({**members, **self.others}, indent=2, ensure_ascii=False) + "\n"

    def with_next(self) -> IdentityFile:
        """With a new key that nobody was told of yet; the one of before, if there is one still. It is saved."""
        if self.next:
            return self
        made = replace(self, next=Identity.new(self.identity.id))
        made.save()
        return made

    def settled(self, history: KeyHistory) -> IdentityFile:
        """With the key to come in use, if the history says that it is current; else it stays, as the key of the next
        change. It is saved, if that changed anything. What another program has put into the file meanwhile stays in
        it."""
        if not self.next or history.key != self.next.did:
            return self
        try:
            now = IdentityFile.load(self.path)
        except FileNotFoundError:  # or nobody would have the key
            now = self
        made = now._with_current(self.next)
        if made is not now:
            made.save()
        return made

    def _with_current(self, key: Identity) -> IdentityFile:
        """With a key that became the current one, unless another program went on from it already."""
        is_next = self.next is not None and self.next.seed == key.seed
        is_used = self.identity.seed == key.seed
        went_on = not is_next and not is_used and any(one.seed == key.seed for one in self.former)
        if went_on or self.identity.id != key.id:
            return self
        former = self.former if is_used else (self.identity, *self.former)
        return replace(self, identity=key, next=None if is_next else self.next, former=former[:_former_kept])


def _unusable(path: Path, reason: str) -> AicqError:
    return AicqError("identity_unusable", f"{path} holds no identity that can be read: {reason}")
