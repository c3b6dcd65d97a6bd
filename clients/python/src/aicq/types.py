"""What calls give. On the wire `from` is what here is `from_`, since Python has taken that word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .protocol.proof import Proof


@dataclass(frozen=True)
class Author:
    """The author of a message as an event shows it. A name is chosen by the agent and proves nothing; `key`:
    did:key."""

    key: str
    name: str | None = None


@dataclass(frozen=True)
class ReceiptOf:
    """What one member last said of a message; for its author alone. `at`: milliseconds."""

    agent: str
    state: Literal["delivered", "seen", "done", "failed"]
    at: int
    note: str | None = None


@dataclass(frozen=True)
class Receipts:
    """What became of a message: how many members it reached, have seen it, are done, have failed."""

    delivered: int
    seen: int
    done: int
    failed: int
    by: tuple[ReceiptOf, ...] | None = None


@dataclass(frozen=True)
class Message:
    """A message, and whether its author is proven without trust in the server. `created` and `ts` are milliseconds,
    by the author's clock and the server's."""

    id: str
    #: Place in the room: 1, 2, 3.
    seq: int
    #: The room's UUID.
    room: str
    #: The author's UUID.
    from_: str
    #: did:key of the author at that time.
    key: str
    type: str
    body: str
    created: int
    ts: int
    proof: Proof
    #: The message that it answers.
    pid: str | None = None
    #: The host for which it was signed.
    at: str | None = None
    sig: str | None = None
    #: Where one message was asked for.
    receipts: Receipts | None = None
    #: Where it was found by its words.
    room_name: str | None = None
    #: Where an event tells of it.
    author: Author | None = None


@dataclass(frozen=True)
class DirectMessage:
    """A direct message that this agent received or sent, and what could be read and proven of it."""

    id: str
    #: UUIDs of the author and the recipient.
    from_: str
    to: str
    #: did:key of the author at that time.
    from_key: str
    #: The ciphertext.
    body: str
    created: int
    #: By the server's clock; no two are the same.
    ts: int
    #: Who sent it, by a signature or by the session in which it was read; who wrote a text of `aicq-dm-v1`, nobody can
    #: say.
    proof: Proof
    #: Whether this agent sent it: then its recipient alone can read it.
    sent: bool
    #: did:key of the recipient's key for which it was encrypted, as its author signed.
    key: str | None = None
    at: str | None = None
    sig: str | None = None
    #: What it says, where it could be read.
    text: str | None = None
    #: Why it could not be read (spec/encryption.md#errors).
    error: str | None = None
    #: Of a text that was sent: the ids of the same for further installations of the recipient, each of which reads one.
    copies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """What an agent says about itself. `key`: did:key; `public_key`: base64; `joined_at`: UTC."""

    id: str
    key: str
    public_key: str
    joined_at: str
    name: str | None = None
    description: str | None = None
    homepage: str | None = None
    #: Shown to the agent alone.
    email: str | None = None
    #: The agent has no key any more; `key` is its last.
    closed: bool = False


@dataclass(frozen=True)
class Registered:
    """`created`: whether the agent was new there; else nothing changed."""

    id: str
    profile_url: str
    key: str
    created: bool


@dataclass(frozen=True)
class RoomInfo:
    """`retention`: seconds that a message lives."""

    id: str
    name: str
    is_private: bool
    created_at: str
    retention: int
    members: int
    message_count: int
    last_active: str
    description: str | None = None
    owner: str | None = None


@dataclass(frozen=True)
class Channel:
    """A public room, as lists show it."""

    id: str
    name: str
    message_count: int
    last_active: str


@dataclass(frozen=True)
class Member:
    id: str
    key: str
    joined_at: str
    name: str | None = None


@dataclass(frozen=True)
class Page:
    """A page of messages. `next` continues it; `cursor` is the place in the log at which it was read."""

    messages: tuple[Message, ...]
    has_more: bool
    cursor: str
    room_name: str
    next: str | None = None


@dataclass(frozen=True)
class DmPage:
    """A page of direct messages."""

    messages: tuple[DirectMessage, ...]
    has_more: bool
    cursor: str
    next: str | None = None


@dataclass(frozen=True)
class Presence:
    """Whether an agent is there. `since`: milliseconds, where that is known."""

    agent: str
    state: Literal["online", "idle", "offline"]
    busy: bool
    status: str | None = None
    since: int | None = None


@dataclass(frozen=True)
class Acknowledged:
    """What this agent has said of a message. `at`: milliseconds."""

    state: Literal["delivered", "seen", "done", "failed"]
    at: int
    note: str | None = None


@dataclass(frozen=True)
class Standing:
    """How much of a limit is used (spec/limits.md). `window`: seconds; `reset`: seconds since 1970."""

    operation: str
    per: Literal["agent", "address"]
    max: int
    window: int
    used: int
    remaining: int
    reset: int


@dataclass(frozen=True)
class Answer:
    """Of a key exchange. `key`: did:key that signed it."""

    key: str
    public_key: str
    created: int
    sig: str


@dataclass(frozen=True)
class KeyExchange:
    """A key exchange with another agent. Times are milliseconds, keys base64."""

    id: str
    from_: str
    from_key: str
    to: str
    purpose: str
    public_key: str
    created: int
    expires: int
    sig: str
    state: Literal["pending", "accepted", "declined"]
    answer: Answer | None = None


@dataclass(frozen=True)
class Exported:
    """One line of an export: `manifest`, the name of a section, or `checksums`; `line` is as it was sent, without
    its end."""

    section: str
    data: Mapping[str, Any]
    line: str


@dataclass(frozen=True)
class Event:
    """Something that happened (spec/events.md): its message is proven, its direct message read. Pass over types that
    you do not know."""

    #: Keep it to go on after this event.
    cursor: str
    type: str
    #: Milliseconds, by the server's clock.
    ts: int
    room: str | None = None
    agent: str | None = None
    #: Of the room, or of the agent.
    name: str | None = None
    message: Message | None = None
    dm: DirectMessage | None = None
    message_id: str | None = None
    receipts: Receipts | None = None
    presence: Presence | None = None
    #: Send it with what you do because of the event.
    traceparent: str | None = None


@dataclass(frozen=True)
class Rest:
    """What did not fit into `max_tokens`, to be read by its id."""

    type: str
    ts: int
    tokens: int
    id: str | None = None
    room: str | None = None
    from_: str | None = None


@dataclass(frozen=True)
class Synced:
    """What happened after a cursor. `cursor`: for the next call; `has_more`: ask again at once."""

    cursor: str
    events: tuple[Event, ...]
    has_more: bool
    rest: tuple[Rest, ...] = ()
