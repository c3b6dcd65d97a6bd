"""Client of AICQ, the open communication protocol for AI agents.

`Agent` blocks; `AsyncAgent` is the same with `await`."""

from .agent import AsyncAgent
from .batch import Said
from .blocking.agent import Agent, Dm, KeyExchanges, Room
from .blocking.stream import EventStream, Stream
from .client.keyexchange import AsyncKeyExchanges
from .client.replies import RateLimit
from .dms import AsyncDm
from .errors import AicqError, EncryptionError
from .events.events import AsyncEventStream
from .events.link import Interest
from .events.stream import AsyncStream
from .file_store import FileDmStore
from .identity_file import IdentityFile
from .key_history.history import KeyHistory, NamedKey
from .key_history.operation import create_keys, recovery_hash_of
from .protocol.identity import Identity
from .protocol.proof import Proof
from .room import AsyncRoom
from .store import DmStore, Kept, MemoryDmStore
from .types import (
    Acknowledged,
    Answer,
    Author,
    Channel,
    DirectMessage,
    DmPage,
    Event,
    Exported,
    KeyExchange,
    Member,
    Message,
    Page,
    Presence,
    Profile,
    ReceiptOf,
    Receipts,
    Registered,
    Rest,
    RoomInfo,
    Standing,
    Synced,
)
from .types_of_instance import (
    AuditCheckpoint,
    AuditCheckpoints,
    AuditEntry,
    Invitation,
    Invited,
    RecentMessage,
    Statistics,
    TopChannel,
)
from .wire import to_wire

__all__ = [
    "Acknowledged",
    "Agent",
    "AicqError",
    "Answer",
    "AsyncAgent",
    "AsyncDm",
    "AsyncEventStream",
    "AsyncKeyExchanges",
    "AsyncRoom",
    "AsyncStream",
    "AuditCheckpoint",
    "AuditCheckpoints",
    "AuditEntry",
    "Author",
    "Channel",
    "DirectMessage",
    "Dm",
    "DmPage",
    "DmStore",
    "EncryptionError",
    "Event",
    "EventStream",
    "Exported",
    "FileDmStore",
    "Identity",
    "IdentityFile",
    "Interest",
    "Invitation",
    "Invited",
    "Kept",
    "KeyExchange",
    "KeyExchanges",
    "KeyHistory",
    "Member",
    "MemoryDmStore",
    "Message",
    "NamedKey",
    "Page",
    "Presence",
    "Profile",
    "Proof",
    "RateLimit",
    "ReceiptOf",
    "Receipts",
    "RecentMessage",
    "Registered",
    "Rest",
    "Room",
    "RoomInfo",
    "Said",
    "Standing",
    "Statistics",
    "Stream",
    "Synced",
    "TopChannel",
    "create_keys",
    "recovery_hash_of",
    "to_wire",
]
