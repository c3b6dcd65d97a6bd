"""Changes of an agent's keys (spec/key-history.md#changing)."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import AicqError
from ..key_history.forks import recovery_place
from ..key_history.history import KeyHistory
from ..key_history.operation import (
    KeyOperation,
    announce_dm,
    close_keys,
    operation_hash,
    promise_recovery,
    recover_key,
    recovery_hash_of,
    rotate_key,
)
from ..protocol.ed25519 import check_public_key
from ..protocol.identity import Identity
from .histories import KeyHistories, Known
from .transport import AGAIN, Transport


class KeyChanges:
    """Makes operations that follow what holds now, and sends them. Where an answer was lost, the history says what
    became of it. Errors: `AicqError`."""

    def __init__(self, transport: Transport, histories: KeyHistories) -> None:
        self._transport = transport
        self._histories = histories

    async def rotate(self, identity: Identity, next: Identity) -> KeyHistory:
        """Another key for an agent that has its current one. `next.id` is the agent's."""
        return await self._change("agent.rotate", identity.id, lambda now: rotate_key(now.history, identity, next))

    async def promise(self, identity: Identity, recovery_key: bytes) -> KeyHistory:
        """A recovery key (32 bytes)."""
        promised = _promise_of(recovery_key)
        return await self._change(
            "agent.rotate", identity.id, lambda now: promise_recovery(now.history, identity, promised)
        )

    async def announce(self, identity: Identity) -> KeyHistory:
        """That the agent reads `aicq-dm-v2`."""
        return await self._change("agent.rotate", identity.id, lambda now: announce_dm(now.history, identity))

    async def recover(
        self, last_key: str | None, recovery_key: Identity, next: Identity, next_recovery_key: bytes | None
    ) -> KeyHistory:
        """Another key for an agent whose current one is lost or stolen, and another recovery key in place of the
        spent one. `last_key`: did:key after which all is cut off."""
        promised = None if next_recovery_key is None else _promise_of(next_recovery_key)

        def make(now: Known) -> KeyOperation:
            return recover_key(_place(next.id, now, recovery_key, last_key), recovery_key, next, promised)

        return await self._change("agent.revoke", next.id, make)

    async def close(self, identity: Identity, recovery_key: Identity | None) -> KeyHistory:
        """The end of an agent: by its recovery key, or by the current one where no recovery key is promised."""

        def make(now: Known) -> KeyOperation:
            if recovery_key is None:
                return close_keys(now.history, identity, is_recovery_key=False)
            return close_keys(_place(identity.id, now, recovery_key, None), recovery_key, is_recovery_key=True)

        return await self._change("agent.revoke", identity.id, make)

    async def _change(self, name: str, agent: str, make: Callable[[Known], KeyOperation]) -> KeyHistory:
        operation = make(await self._histories.of(agent))
        failed: AicqError | None = None
        try:
            await self._transport.call(name, lambda: {"agent": agent, "operation": dict(operation)}, AGAIN)
        except AicqError as error:
            failed = error
        try:
            now = await self._histories.of(agent)
        except AicqError as error:
            raise failed or error from None
        hash = operation_hash(operation)
        if failed and not any(operation_hash(one) == hash for one in now.operations):
            raise failed
        return now.history


def _promise_of(recovery_key: bytes) -> str:
    """What is no key could never take the agent back. Errors: `invalid_public_key`."""
    check_public_key(recovery_key)
    return recovery_hash_of(recovery_key)


def _place(agent: str, now: Known, recovery_key: Identity, last_key: str | None) -> KeyHistory:
    place = recovery_place(agent, now.operations, recovery_key.public_key, last_key)
    if place is None:
        while_key = f" while its key was {last_key}" if last_key else ""
        raise AicqError("key_history_invalid", f"this is not a recovery key that the agent ever promised{while_key}")
    return place
