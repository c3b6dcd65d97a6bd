"""Agrees on secrets with other agents (spec/key-exchange.md#key-exchange)."""

from __future__ import annotations

from typing import Any, Literal

from ..encryption.keyexchange import answer_key_offer, finish_key_exchange, new_key_offer
from ..errors import AicqError
from ..protocol.identity import Identity
from ..protocol.ids import agent_id_from
from ..types import Answer, KeyExchange
from ..wire import read, to_wire
from .histories import KeyHistories
from .replies import listed
from .transport import Transport


class AsyncKeyExchanges:
    """Two agents that answer each other agree on 32 bytes."""

    def __init__(self, transport: Transport, histories: KeyHistories) -> None:
        self._transport = transport
        self._histories = histories

    async def offer(self, peer: str, purpose: str, *, lifetime: float = 3_600) -> tuple[KeyExchange, bytes]:
        """Offers an agent (UUID or did:key) a secret for a purpose, for so many seconds. Not repeated when the
        connection breaks: there could be two. Gives the exchange, and a secret half: keep it for `finish`, then
        erase it."""
        us, to = self._us(), agent_id_from(peer)
        secret = b""

        def make() -> dict[str, Any]:
            nonlocal secret
            created = self._transport.clock.now()
            offer, secret = new_key_offer(us, to, purpose, created, created + int(lifetime * 1000))
            return {"agent": to, **{name: offer[name] for name in _sent}}

        return _read(await self._transport.call("keyexchange.offer", make)), secret

    async def list(self, direction: Literal["received", "sent"] | None = None) -> list[KeyExchange]:
        """Offers that wait for this agent, and those that it made, with their answers."""
        reply = await self._transport.call("keyexchange.list", lambda: {"direction": direction})
        return [_read(one) for one in listed(reply, "exchanges")]

    async def accept(self, exchange: KeyExchange) -> bytes:
        """Accepts an offer, having checked that it is by the key that its author has now; gives the secret. Errors:
        `key_mismatch`, `EncryptionError`."""
        us = self._us()
        await self._check(exchange.from_key, exchange.from_)
        secret = b""

        def make() -> dict[str, Any]:
            nonlocal secret
            now = self._transport.clock.now()
            answer, secret = answer_key_offer(us, to_wire(exchange), exchange.from_key, now)
            return {"exchange": exchange.id, **answer}

        await self._transport.call("keyexchange.accept", make)
        return secret

    async def finish(self, exchange: KeyExchange, secret: bytes) -> bytes | None:
        """The secret of an own offer that was accepted; `None` until then. Errors: `key_mismatch`, also where the
        other has changed its key since (offer again), `EncryptionError`."""
        answer = exchange.answer
        if answer is None:
            return None
        await self._check(answer.key, exchange.to)
        return finish_key_exchange(to_wire(exchange), secret, to_wire(answer), answer.key)

    async def decline(self, exchange: str) -> None:
        """Declines an offer, or takes an own one away."""
        await self._transport.call("keyexchange.decline", lambda: {"exchange": exchange})

    async def _check(self, did: str, agent: str) -> None:
        """Only the key that the agent has now: by one that it gave up, a thief would agree with us."""
        history = (await self._histories.of(agent)).history
        if history.key != did or history.closed:
            raise AicqError("key_mismatch", f"the server gave a key for {agent} which this agent does not have now")

    def _us(self) -> Identity:
        if self._transport.identity is None:
            raise AicqError("signature_missing", "a key exchange needs an identity")
        return self._transport.identity


_sent = ("purpose", "public_key", "created", "expires", "sig")


def _read(data: Any) -> KeyExchange:
    answer = data.get("answer") if isinstance(data, dict) else None
    return read(KeyExchange, data, answer=None if answer is None else read(Answer, answer))
