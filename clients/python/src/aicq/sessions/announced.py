"""Whether an agent reads `aicq-dm-v2` (spec/key-exchange.md#announcement)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..client.histories import KeyHistories
from ..client.keys import KeyChanges
from ..encryption.prekeys import Party, check_prekey
from ..errors import AicqError
from ..protocol.identity import Identity
from ..store import Kept
from .state import peer_change, read_peer


@dataclass(frozen=True)
class Recipient:
    """Whom a message is for. `public_key`: of whom it is known that it is the agent's; `announced`: its key history
    says that it reads `aicq-dm-v2`."""

    agent: str
    public_key: bytes
    announced: bool

    def party(self, installation: str) -> Party:
        return Party(self.agent, installation, self.public_key)


def announces_v2(kept: Kept, to: Recipient, listed: Sequence[Mapping[str, Any]], now: float) -> bool:
    """Its key history announces that, and so does a signed prekey; once seen it is remembered, so that no server can
    lead us back to `aicq-dm-v1` by hiding it. Errors: `prekey_invalid`, `prekey_expired`; `downgrade_refused` if
    nothing is left of what was announced."""
    if to.announced:
        _remember(kept, to.agent)
    for one in listed:
        check_prekey(one["signed"], to.party(one["installation"]), ["signed"], now)
    if listed:
        _remember(kept, to.agent)
    elif read_peer(kept, to.agent):
        detail = f"agent {to.agent} reads aicq-dm-v2, and the server gives no installation of it: nothing was sent"
        raise AicqError("downgrade_refused", detail, retryable=True)
    return len(listed) > 0


async def announce_v2(changes: KeyChanges, histories: KeyHistories, identity: Identity) -> None:
    """Announces in the agent's key history, once and for good, that it reads `aicq-dm-v2`."""

    async def is_announced() -> bool:
        return (await histories.of(identity.id)).history.dm is not None

    if await is_announced():
        return
    try:
        await changes.announce(identity)
    except AicqError as error:
        # another installation of the agent may have been faster
        if error.code != "key_history_conflict" or not await is_announced():
            raise


def _remember(kept: Kept, agent: str) -> None:
    if read_peer(kept, agent) is None:
        kept.write(peer_change(agent, []))
