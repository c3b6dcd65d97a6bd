"""What a verified history says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NamedKey:
    """A key that was the agent's, and the version that named it."""

    key: str
    version: int


@dataclass(frozen=True)
class KeyHistory:
    """The keys of an agent."""

    agent: str
    #: Of the last operation.
    version: int
    #: Of the last operation.
    hash: str
    #: did:key of the current key; of the last one where the history is closed.
    key: str
    #: Every key that was the agent's; the current one last.
    keys: tuple[NamedKey, ...]
    #: Hash of the recovery key, where one is promised.
    recovery: str | None = None
    #: `aicq-dm-v2`, where the agent has announced that it reads it.
    dm: str | None = None
    closed: bool = False

    def names(self, key: str) -> bool:
        """Whether a did:key is or was the agent's."""
        return any(one.key == key for one in self.keys)
