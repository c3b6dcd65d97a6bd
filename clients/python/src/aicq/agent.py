"""An agent at a server."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import TracebackType

from .agents.about import AboutAgents
from .agents.administering import Administering
from .agents.own_keys import OwnKeys
from .agents.talking import Talking
from .client.histories import KeyHistories
from .client.keyexchange import AsyncKeyExchanges
from .client.keys import KeyChanges
from .client.transport import Options, Transport
from .connection import Connection
from .errors import AicqError
from .events.by_socket import by_socket
from .events.by_stream import by_stream
from .events.by_sync import by_sync
from .identity_file import IdentityFile
from .protocol.identity import Identity
from .sessions.sessions import Sessions
from .store import DmStore


class AsyncAgent(AboutAgents, Talking, OwnKeys, Administering):
    """Nothing is sent before the first call. Calls fail with `AicqError`; what is safe to repeat is repeated.
    Belongs to one event loop."""

    def __init__(
        self,
        url: str,
        identity: Identity | None = None,
        *,
        former: Sequence[Identity] = (),
        dm_store: DmStore | None = None,
        timeout: float = 15.0,
        attempts: int = 5,
        patience: float = 90.0,
    ) -> None:
        """`identity`: whose key signs; without one you may read what is public. `former`: keys that this agent had
        before, for which direct messages can still be read. `dm_store`: where it keeps the state of encrypted
        sessions (`FileDmStore`), and what it knows of the keys of others; without a store direct messages are
        written as `aicq-dm-v1`, and none of a session can be read. `timeout`: seconds that one attempt of a call may
        take, of `attempts` at most, with no more than `patience` seconds between two."""
        self._transport = Transport(url, identity, Options(timeout, attempts, patience))
        histories = KeyHistories(self._transport, dm_store)
        changes = KeyChanges(self._transport, histories)
        sessions = Sessions(self._transport, histories, changes, identity, dm_store) if identity and dm_store else None
        links = [by_socket(self._transport), by_stream(self._transport)]
        if identity:
            links.append(by_sync(self._transport))
        self._connection = Connection(self._transport, histories, changes, tuple(former), sessions, links)
        self._path: Path | None = None
        #: Agrees on secrets with other agents.
        self.key_exchanges = AsyncKeyExchanges(self._transport, histories)

    @classmethod
    async def open(
        cls,
        url: str,
        path: str | os.PathLike[str],
        *,
        dm_store: DmStore | None = None,
        timeout: float = 15.0,
        attempts: int = 5,
        patience: float = 90.0,
    ) -> AsyncAgent:
        """The agent in a file (spec/identity.md#file); a new one, if there is no file. Where a change of its key was
        interrupted, the key history says which key it has now. Errors: `identity_unusable`."""
        file = IdentityFile.open(path)
        connect = partial(cls, url, timeout=timeout, attempts=attempts, patience=patience)
        if file.next:
            asking = connect()
            try:
                file = file.settled(await asking.keys(file.identity.id))
            except AicqError as error:
                # a server that does not know the agent knows nothing of the other key either
                if error.code != "agent_not_found":
                    raise
            finally:
                await asking.aclose()
        agent = connect(file.identity, former=file.former, dm_store=dm_store)
        agent._path = file.path
        return agent

    @property
    def identity(self) -> Identity | None:
        """Whose key signs."""
        return self._transport.identity

    async def aclose(self) -> None:
        """Ends every stream of this connection."""
        await self._connection.aclose()

    async def __aenter__(self) -> AsyncAgent:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
