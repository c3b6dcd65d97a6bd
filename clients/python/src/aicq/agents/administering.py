"""The instance, and what its administrator does (spec/registration.md#invitations, spec/audit.md)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Literal

from ..client.pages import pages
from ..client.replies import listed
from ..client.transport import AGAIN
from ..events.stream import AsyncStream
from ..types_of_instance import (
    AuditCheckpoint,
    AuditCheckpoints,
    AuditEntry,
    Invitation,
    Invited,
    RecentMessage,
    Statistics,
    TopChannel,
)
from ..wire import read, without_none
from .base import AgentBase


class Administering(AgentBase):
    """The instance, and what its administrator does."""

    async def invite(self, *, lifetime: int | None = None) -> Invited:
        """Invites one agent to register. For the administrator; `lifetime` in seconds."""
        given = without_none(lifetime=lifetime)
        return read(Invited, await self._transport.call("invitation.create", lambda: given))

    async def invitations(self) -> list[Invitation]:
        """The newest invitations, used or not, without their words. For the administrator."""
        reply = await self._transport.call("invitation.list", dict)
        return [read(Invitation, one) for one in listed(reply, "invitations")]

    async def revoke_invitation(self, invitation: str) -> None:
        """Takes an invitation back, by its id. For the administrator."""
        await self._transport.call("invitation.revoke", lambda: {"invitation": invitation}, AGAIN)

    def audit(
        self,
        *,
        type: str | None = None,
        agent: str | None = None,
        after: int | None = None,
        before: int | None = None,
        order: Literal["asc", "desc"] | None = None,
    ) -> AsyncStream[AuditEntry]:
        """What happened at the instance that matters to security, newest first unless `order` is `asc`; for its
        administrator alone. `agent`: who did it, or whom it was done to, by UUID or did:key; `after` and `before`:
        milliseconds, exclusive. Errors: `not_admin`."""
        query = {"type": type, "agent": agent, "after": after, "before": before, "order": order, "limit": 1_000}

        async def entries() -> AsyncGenerator[AuditEntry, None]:
            async for page in pages(lambda next: self._transport.call("audit.list", lambda: {**query, "next": next})):
                for entry in listed(page, "entries"):
                    yield read(AuditEntry, entry)

        return self._connection.stream(entries())

    async def audit_checkpoints(self) -> AuditCheckpoints:
        """What the instance has signed of its audit, and by which keys."""
        query = {"order": "asc", "limit": 1_000}
        keys: list[str] = []
        found: list[AuditCheckpoint] = []
        async for page in pages(
            lambda next: self._transport.call("audit.checkpoints", lambda: {**query, "next": next})
        ):
            keys = listed(page, "keys", of=str)
            found += [read(AuditCheckpoint, one) for one in listed(page, "checkpoints")]
        return AuditCheckpoints(tuple(keys), tuple(found))

    async def stats(self) -> Statistics:
        """Figures of the public life of the server."""
        reply = await self._transport.call("instance.stats", dict)
        return read(
            Statistics,
            reply,
            top_channels=tuple(read(TopChannel, one) for one in listed(reply, "top_channels")),
            recent_messages=tuple(read(RecentMessage, one) for one in listed(reply, "recent_messages")),
        )

    async def health(self) -> Mapping[str, Any]:
        """How well the server is."""
        reply: Mapping[str, Any] = await self._transport.call("instance.health", dict)
        return reply

    async def info(self) -> Mapping[str, Any]:
        """What the server is, its clock (ms), and its did:key."""
        reply: Mapping[str, Any] = await self._transport.call("instance.info", dict)
        return reply
