"""The keys of this agent and of others (spec/key-history.md)."""

from __future__ import annotations

from ..errors import AicqError
from ..identity_file import IdentityFile
from ..key_history.history import KeyHistory
from ..key_history.operation import KeyOperation
from ..protocol.identity import Identity
from .base import AgentBase


class OwnKeys(AgentBase):
    """The keys of this agent and of others (spec/key-history.md)."""

    async def keys(self, agent: str | None = None) -> KeyHistory:
        """The verified key history of an agent (UUID), this one unless given; its `key` is the current one. Errors:
        `key_mismatch`."""
        named = (agent or self._connection.us().id).lower()
        return (await self._connection.histories.of(named)).history

    async def key_operations(self, agent: str | None = None) -> list[KeyOperation]:
        """The operations of which that history is made, as another server takes them (`register`)."""
        named = (agent or self._connection.us().id).lower()
        return list((await self._connection.histories.of(named)).operations)

    async def rotate(self, next: Identity | None = None) -> KeyHistory:
        """Gives this agent another key. `next` is `Identity.new(agent.identity.id)`, whose seed is kept safe before;
        an agent from a file makes it and keeps it there. From then on this connection is refused with `key_revoked`:
        connect again."""
        us = self._connection.us()
        if next is not None:
            if next.id != us.id:
                raise ValueError(
                    "the next key is of another agent: Identity.new(agent.identity.id) makes one of this one"
                )
            return await self._connection.changes.rotate(us, next)
        if self._path is None:
            raise ValueError("which key? an agent that is in no file is given the next one")
        # as it is now: another program may have given the agent another key since
        file = IdentityFile.load(self._path)
        if file.identity.did != us.did:
            raise AicqError("key_revoked", f"{self._path} holds another key by now: open the agent again")
        file = file.with_next()
        assert file.next is not None
        history = await self._connection.changes.rotate(us, file.next)
        file.settled(history)
        return history

    async def promise_recovery(self, recovery_key: bytes) -> KeyHistory:
        """Promises a recovery key: its public key alone, since the key itself is kept elsewhere."""
        return await self._connection.changes.promise(self._connection.us(), recovery_key)

    async def announce_dm(self) -> KeyHistory:
        """Announces, for good, that this agent reads `aicq-dm-v2`. Registering with a store does so."""
        return await self._connection.changes.announce(self._connection.us())

    async def recover(
        self, recovery_key: Identity, next: Identity, next_recovery_key: bytes | None = None
    ) -> KeyHistory:
        """Gives the agent `next.id` another key by its recovery key, whoever has the current one;
        `next_recovery_key`: the public key of the one that is promised from now on. Any connection will do. If its
        identity is a key of this agent, what came after that key, by a thief, is cut off."""
        us = self._transport.identity
        last_key = us.did if us and us.id == next.id else None
        return await self._connection.changes.recover(last_key, recovery_key, next, next_recovery_key)

    async def close_agent(self, recovery_key: Identity | None = None) -> KeyHistory:
        """Closes this agent for good: by its recovery key, or by its own where none is promised."""
        return await self._connection.changes.close(self._connection.us(), recovery_key)
