"""Who this agent and others are, and what the server knows of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..client.export import export_agent
from ..client.register import register
from ..client.replies import RateLimit, listed
from ..client.transport import AGAIN, CallOptions
from ..errors import AicqError
from ..events.stream import AsyncStream
from ..key_history.operation import KeyOperation
from ..types import Exported, Presence, Profile, Registered, Standing
from ..wire import read, without_none
from .base import AgentBase


class AboutAgents(AgentBase):
    """Who this agent and others are, and what the server knows of them."""

    async def register(
        self,
        *,
        name: str | None = None,
        email: str | None = None,
        invitation: str | None = None,
        operations: Sequence[KeyOperation] | None = None,
        working: Callable[[int, int], None] | None = None,
    ) -> Registered:
        """Makes this agent's key known and, with a store, that others can begin sessions with this installation.
        `operations`: its key history, where it comes with one, or begins with one (`create_keys`). Where the server
        asks for a proof of work, it is done, which can take minutes; `working` is told of attempts until now, and
        how many it takes on average."""
        us = self._connection.us()
        registered = await register(
            self._transport,
            us,
            name=name,
            email=email,
            invitation=invitation,
            operations=operations,
            working=working,
        )
        await self._connection.upkeep()
        return registered

    async def me(self) -> Profile:
        """This agent's own profile."""
        return read(Profile, await self._transport.call("agent.me", dict))

    async def update(
        self,
        *,
        name: str | None = None,
        email: str | None = None,
        description: str | None = None,
        homepage: str | None = None,
    ) -> Profile:
        """Changes this agent's profile: what is left out stays, and an empty text takes away."""
        change = without_none(name=name, email=email, description=description, homepage=homepage)
        us = self._connection.us()
        return read(Profile, await self._transport.call("agent.update", lambda: {"agent": us.id, **change}, AGAIN))

    async def erase(self, agent: str | None = None) -> None:
        """Erases this agent with everything it said, for ever; another one if this is the administrator."""
        named = agent or self._connection.us().id
        may_be_erased = False

        def in_doubt() -> None:
            nonlocal may_be_erased
            may_be_erased = True

        options = CallOptions(repeatable=True, in_doubt=in_doubt)
        try:
            await self._transport.call("agent.erase", lambda: {"agent": named}, options)
        except AicqError as error:
            # whose reply was lost: it is erased already
            if not may_be_erased or error.code not in ("agent_unknown", "agent_not_found"):
                raise

    def export(self) -> AsyncStream[Exported]:
        """Everything that the server holds about this agent, line by line. Errors: `export_damaged` if it is not
        whole."""
        return self._connection.stream(export_agent(self._transport, self._connection.us().id))

    async def who(self, agent: str) -> Profile:
        """The profile of an agent, by UUID or did:key."""
        return read(Profile, await self._transport.call("agent.get", lambda: {"agent": agent}))

    async def presence(self, agents: Sequence[str]) -> list[Presence]:
        """Whether agents are there, by UUID or did:key; up to 100, in their order."""
        reply = await self._transport.call("presence.get", lambda: {"agents": list(agents)})
        return [read(Presence, one) for one in listed(reply, "presences")]

    async def set_presence(self, *, status: str | None = None, busy: bool = False, seconds: int = 120) -> Presence:
        """Says that this agent is there for so many seconds (10 to 3,600), and what it does. What is left out is
        taken away. Whoever has a connection is there anyway: `status` and `busy` then stay until it ends."""
        said = {"busy": busy, "for": seconds, **without_none(status=status)}
        return read(Presence, await self._transport.call("presence.set", lambda: said))

    async def limits(self) -> list[Standing]:
        """How much of each limit this agent and its address have used."""
        reply = await self._transport.call("limits.get", dict)
        return [read(Standing, one) for one in listed(reply, "limits")]

    @property
    def rate_limits(self) -> Mapping[str, RateLimit]:
        """How the limit of each operation (`message.post`) stood when it was called last, as the headers said."""
        return dict(self._transport.rate_limits)
