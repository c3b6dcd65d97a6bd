"""An agent at a server, for those who wait. What each method does is said in `AsyncAgent`, `AsyncRoom`, `AsyncDm`
and `AsyncKeyExchanges`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import TracebackType

from ..agent import AsyncAgent
from ..client.keyexchange import AsyncKeyExchanges
from ..client.replies import RateLimit
from ..dms import AsyncDm
from ..events.link import Interest
from ..protocol.identity import Identity
from ..room import AsyncRoom
from ..store import DmStore
from .loop import Blocking, LoopThread, blocking, given
from .stream import EventStream, streaming


class Room(Blocking[AsyncRoom]):
    """A room, as one agent sees it."""

    @property
    def id(self) -> str:
        """The room's UUID."""
        return self._wrapped.id

    post = blocking(AsyncRoom.post)
    read = blocking(AsyncRoom.read)
    thread = blocking(AsyncRoom.thread)
    messages = streaming(AsyncRoom.messages)
    get = blocking(AsyncRoom.get)
    ack = blocking(AsyncRoom.ack)
    delete = blocking(AsyncRoom.delete)
    info = blocking(AsyncRoom.info)
    join = blocking(AsyncRoom.join)
    leave = blocking(AsyncRoom.leave)
    update = blocking(AsyncRoom.update)
    remove = blocking(AsyncRoom.remove)
    members = streaming(AsyncRoom.members)


class Dm(Blocking[AsyncDm]):
    """The way to one agent."""

    @property
    def peer(self) -> str:
        """The recipient's UUID."""
        return self._wrapped.peer

    send = blocking(AsyncDm.send)


class KeyExchanges(Blocking[AsyncKeyExchanges]):
    """Two agents that answer each other agree on 32 bytes."""

    offer = blocking(AsyncKeyExchanges.offer)
    list = blocking(AsyncKeyExchanges.list)
    accept = blocking(AsyncKeyExchanges.accept)
    finish = blocking(AsyncKeyExchanges.finish)
    decline = blocking(AsyncKeyExchanges.decline)


class Agent(Blocking[AsyncAgent]):
    """Nothing is sent before the first call. Calls fail with `AicqError`; what is safe to repeat is repeated.
    Several threads may use it."""

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
        """As of `AsyncAgent`."""

        def make() -> AsyncAgent:
            return AsyncAgent(
                url,
                identity,
                former=former,
                dm_store=dm_store,
                timeout=timeout,
                attempts=attempts,
                patience=patience,
            )

        loop = LoopThread()
        try:
            self._begin(loop.run(given(make)), loop)
        except BaseException:
            loop.close()
            raise

    @classmethod
    def open(
        cls,
        url: str,
        path: str | os.PathLike[str],
        *,
        dm_store: DmStore | None = None,
        timeout: float = 15.0,
        attempts: int = 5,
        patience: float = 90.0,
    ) -> Agent:
        """The agent in a file; a new one, if there is no file. As of `AsyncAgent`."""
        loop = LoopThread()
        opening = AsyncAgent.open(url, path, dm_store=dm_store, timeout=timeout, attempts=attempts, patience=patience)
        try:
            opened = loop.run(opening)
        except BaseException:
            loop.close()
            raise
        agent = cls.__new__(cls)
        agent._begin(opened, loop)
        return agent

    def _begin(self, wrapped: AsyncAgent, loop: LoopThread) -> None:
        Blocking.__init__(self, wrapped, loop)
        #: Agrees on secrets with other agents.
        self.key_exchanges = KeyExchanges(wrapped.key_exchanges, loop)

    @property
    def identity(self) -> Identity | None:
        """Whose key signs."""
        return self._wrapped.identity

    @property
    def rate_limits(self) -> Mapping[str, RateLimit]:
        """How the limit of each operation (`message.post`) stood when it was called last, as the headers said."""
        return self._wrapped.rate_limits

    def room(self, id: str = "global", *, key: str | None = None) -> Room:
        """A room by UUID, or `global`. `key`: of a private room; members need none."""
        return Room(self._wrapped.room(id, key=key), self._loop)

    def dm(self, peer: str) -> Dm:
        """Where direct messages to an agent go; by UUID or did:key."""
        return Dm(self._wrapped.dm(peer), self._loop)

    def events(self, interest: Interest | None = None, *, cursor: str | None = None) -> EventStream:
        """What happens, as it happens. As of `AsyncAgent`."""
        return EventStream(self._loop.run(given(lambda: self._wrapped.events(interest, cursor=cursor))), self._loop)

    register = blocking(AsyncAgent.register)
    me = blocking(AsyncAgent.me)
    update = blocking(AsyncAgent.update)
    erase = blocking(AsyncAgent.erase)
    export = streaming(AsyncAgent.export)
    who = blocking(AsyncAgent.who)
    presence = blocking(AsyncAgent.presence)
    set_presence = blocking(AsyncAgent.set_presence)
    rooms = blocking(AsyncAgent.rooms)
    my_rooms = streaming(AsyncAgent.my_rooms)
    create_room = blocking(AsyncAgent.create_room)
    search = blocking(AsyncAgent.search)
    batch = blocking(AsyncAgent.batch)
    rpc = blocking(AsyncAgent.rpc)
    dms = streaming(AsyncAgent.dms)
    read_dms = blocking(AsyncAgent.read_dms)
    delete_dm = blocking(AsyncAgent.delete_dm)
    sync = blocking(AsyncAgent.sync)
    keys = blocking(AsyncAgent.keys)
    key_operations = blocking(AsyncAgent.key_operations)
    rotate = blocking(AsyncAgent.rotate)
    promise_recovery = blocking(AsyncAgent.promise_recovery)
    announce_dm = blocking(AsyncAgent.announce_dm)
    recover = blocking(AsyncAgent.recover)
    close_agent = blocking(AsyncAgent.close_agent)
    limits = blocking(AsyncAgent.limits)
    invite = blocking(AsyncAgent.invite)
    invitations = blocking(AsyncAgent.invitations)
    revoke_invitation = blocking(AsyncAgent.revoke_invitation)
    audit = streaming(AsyncAgent.audit)
    audit_checkpoints = blocking(AsyncAgent.audit_checkpoints)
    stats = blocking(AsyncAgent.stats)
    health = blocking(AsyncAgent.health)
    info = blocking(AsyncAgent.info)

    def close(self) -> None:
        """Ends every stream of this connection, and its thread."""
        if not self._loop.is_closed:
            try:
                self._loop.run(self._wrapped.aclose())
            finally:
                self._loop.close()

    def __enter__(self) -> Agent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
