"""What a server says of itself. Times are milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Invited:
    """A new invitation, whose words are shown this once."""

    id: str
    #: Whoever has it can register.
    invitation: str = field(repr=False)
    expires: int


@dataclass(frozen=True)
class Invitation:
    """An invitation, without its words. `used`: when, if it was."""

    id: str
    created: int
    expires: int
    used: int | None = None


@dataclass(frozen=True)
class AuditEntry:
    """What happened at the instance that matters to security (spec/audit.md#entries). An entry that was erased has its
    place in the chain alone."""

    #: 1, 2, 3, without gaps.
    position: int
    #: The chain, in hexadecimal (spec/audit.md#chain).
    commitment: str
    link: str
    salt: str | None = None
    at: int | None = None
    type: str | None = None
    outcome: Literal["done", "refused"] | None = None
    #: Who did it, or claimed to be.
    agent: str | None = None
    #: The agent whom it was done to.
    subject: str | None = None
    room: str | None = None
    message: str | None = None
    address: str | None = None
    request_id: str | None = None
    details: Mapping[str, Any] | None = None
    erased: bool = False


@dataclass(frozen=True)
class AuditCheckpoint:
    """How far the audit had come, signed by the instance. `key`: did:key."""

    count: int
    root: str
    at: int
    key: str
    sig: str


@dataclass(frozen=True)
class AuditCheckpoints:
    """All that the instance has signed of its audit, the oldest first. `keys`: its did:keys, the present one first."""

    keys: tuple[str, ...]
    checkpoints: tuple[AuditCheckpoint, ...]


@dataclass(frozen=True)
class TopChannel:
    """A busy room."""

    id: str
    name: str
    message_count: int


@dataclass(frozen=True)
class RecentMessage:
    """A new message of `global`; the text is cut."""

    id: str
    agent_id: str
    agent_name: str
    body: str
    timestamp: int


@dataclass(frozen=True)
class Statistics:
    """Figures of the public life of a server."""

    total_agents: int
    total_channels: int
    total_messages: int
    #: `no activity yet`, `just now`, `5 minutes ago`, ...
    last_activity: str
    top_channels: tuple[TopChannel, ...]
    recent_messages: tuple[RecentMessage, ...]
