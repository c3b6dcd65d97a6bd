"""The key histories of agents, verified here: what a server says may add to them, and only the rules of forks may
change them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import AicqError
from ..key_history.forks import takes_place
from ..key_history.history import KeyHistory
from ..key_history.operation import KeyOperation, operation_hash
from ..key_history.verify import verify_key_history
from ..protocol.ids import public_key_of_did_key
from ..protocol.proof import is_key_of
from ..store import DmStore, Kept
from .transport import Transport

#: Operations that are remembered at most, over all agents.
_remembered = 10_000
#: Seconds for which a server is not asked again for a key that it could not explain.
_unexplained = 60.0
#: Histories that a store keeps at most: beyond, none is added, so that nobody pushes out another's.
_most_kept = 10_000
_prefix = "keys-"


@dataclass(frozen=True)
class Known:
    """A verified history."""

    operations: Sequence[KeyOperation]
    history: KeyHistory


class KeyHistories:
    """Of agents with whom we deal they are remembered in the store, if there is one; else for as long as the program
    runs."""

    def __init__(self, transport: Transport, store: DmStore | None) -> None:
        self._transport = transport
        self._store = store
        self._known: dict[str, Known] = {}
        self._missing: dict[tuple[str, str], float] = {}
        self._size = 0

    async def of(self, agent: str) -> Known:
        """What holds of an agent (UUID) with whom we deal, asked anew. Errors: `key_mismatch` if the server gives
        what is no history of this agent; those of the call."""
        return await self._ask(agent, is_chosen=True)

    async def proving(self, message: Mapping[str, Any]) -> KeyHistory | None:
        """The author's history, if it takes one to prove a message: its key is not the author's first."""
        key, author = message.get("from_key", message.get("key")), message.get("from")
        if message.get("sig") is None or not isinstance(key, str) or not isinstance(author, str):
            return None
        return await self._explaining(key, author)

    async def key_of(self, did: str, agent: str) -> bytes | None:
        """The bytes of a did:key, if it is or was that of an agent: the server's word is not taken for it."""
        return public_key_of_did_key(did) if is_key_of(did, agent, await self._explaining(did, agent)) else None

    async def _ask(self, agent: str, *, is_chosen: bool) -> Known:
        reply = await self._transport.call("agent.keys", lambda: {"agent": agent})
        operations = reply.get("operations") if isinstance(reply, Mapping) else None
        try:
            if not isinstance(operations, list):
                raise AicqError("key_history_invalid", "there are no operations")
            history = verify_key_history(agent, operations)
        except AicqError as cause:
            detail = f"the server gave keys for {agent} that are not the keys of this agent: {cause.message}"
            raise AicqError("key_mismatch", detail) from cause
        holds = Known(operations, history)
        known = self._known.get(agent)
        if known and not takes_place(known.operations, operations):
            holds = known
        if self._store:
            holds = await self._store.exclusively(lambda kept: _holding(kept, holds, is_chosen))
        self._remember(agent, holds)
        return holds

    async def _explaining(self, key: str, author: str) -> KeyHistory | None:
        """An agent's history, if it takes one to see that a key is or was the agent's."""
        if is_key_of(key, author):
            return None
        known = self._known.get(author)
        if known and is_key_of(key, author, known.history):
            return known.history
        asked = self._missing.get((author, key))
        if asked is not None and time.monotonic() < asked + _unexplained:
            return known.history if known else None
        try:
            now: Known | None = await self._ask(author, is_chosen=False)
        except AicqError as error:
            # a server that has no history, or a wrong one, explains nothing; one that does not answer is another matter
            if error.code not in ("agent_not_found", "key_mismatch", "invalid_id"):
                raise
            now = None
        if now is None or not is_key_of(key, author, now.history):
            if len(self._missing) >= 1_000:
                self._missing.clear()
            self._missing[(author, key)] = time.monotonic()
        return now.history if now else None

    def _remember(self, agent: str, now: Known) -> None:
        before = self._known.pop(agent, None)
        self._size += len(now.operations) - (len(before.operations) if before else 0)
        self._known[agent] = now
        while self._size > _remembered and len(self._known) > 1:
            oldest = next(iter(self._known))
            self._size -= len(self._known.pop(oldest).operations)


def _holding(kept: Kept, offered: Known, is_chosen: bool) -> Known:
    """What holds of an agent: what is offered, unless it is what the store keeps of it. `is_chosen`: the agent is
    one with whom we deal by our own will, and is remembered; of others only what is kept already goes on, so that
    strangers cannot fill the store."""
    history = offered.history
    name = _prefix + history.agent
    text = kept.read(name)
    before: list[KeyOperation] | None = None if text is None else json.loads(text)
    if before and operation_hash(before[-1]) == history.hash:
        return offered
    if before and not takes_place(before, offered.operations):
        return Known(before, verify_key_history(history.agent, before))
    says_more = history.version > 1 or history.recovery is not None or history.dm is not None
    if before or (is_chosen and says_more and sum(one.startswith(_prefix) for one in kept.names()) < _most_kept):
        kept.write({name: json.dumps(list(offered.operations))})
    return offered
