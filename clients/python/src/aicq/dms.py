"""Direct messages: the way to one agent, and what comes (spec/direct-messages.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from .client.message_id import MessageId
from .client.replies import bad_reply, listed
from .client.transport import CallOptions
from .connection import Connection
from .encryption.body import is_dm_v2
from .encryption.dm_v1 import decrypt_dm, encrypt_dm
from .errors import AicqError, EncryptionError
from .events.link import Interest
from .events.read_on import KeptPage, Source, Wire, read_on
from .events.stream import AsyncStream
from .protocol.envelopes import sign_dm, verify_dm
from .protocol.identity import Identity
from .protocol.ids import agent_id_from, did_key_of, public_key_of_did_key
from .sessions.announced import Recipient
from .sessions.reading import Received
from .types import DirectMessage, DmPage
from .wire import number_of, read


class AsyncDm:
    """The way to one agent."""

    def __init__(self, connection: Connection, peer: str) -> None:
        self._connection = connection
        #: The recipient's UUID.
        self.peer = agent_id_from(peer)

    async def send(self, text: str, *, traceparent: str | None = None) -> DirectMessage:
        """Encrypts a text for this agent and sends it: in a session with each of its installations, if it announced
        that it reads `aicq-dm-v2` and this agent keeps sessions; else as `aicq-dm-v1`, signed. Repeating is safe:
        the message has one id and one body. Errors: `key_mismatch` if the server gives another key than the agent's,
        `downgrade_refused` if it hides what the agent announced; then nothing is sent."""
        us, sessions = self._connection.us(), self._connection.sessions
        to = await self._recipient()
        bodies = await sessions.encrypt(to, text) if sessions and self.peer != us.id else None
        if bodies is None:
            sent = [await self._post(self._signed(us, to.public_key, text), traceparent)]
        else:
            sent = [await self._post(_unsigned(body), traceparent) for body in bodies]
        copies = tuple(str(one["id"]) for one in sent[1:])
        return await open_dm(self._connection, sent[0], copies)

    def _signed(self, us: Identity, public_key: bytes, text: str) -> Callable[[str], dict[str, Any]]:
        """A body of `aicq-dm-v1`, and what proves who sent it."""
        body, transport = encrypt_dm(public_key, text), self._connection.transport

        def make(id: str) -> dict[str, Any]:
            envelope = {
                "at": transport.authority,
                "id": id,
                "from": us.id,
                "body": body,
                "created": transport.clock.now(),
                "key": did_key_of(public_key),
            }
            return {**envelope, "sig": sign_dm(us, {**envelope, "to": self.peer})}

        return make

    async def _post(self, make: Callable[[str], dict[str, Any]], traceparent: str | None) -> Any:
        """Sends what `make` makes under one id."""
        transport = self._connection.transport
        id = MessageId(transport.clock)
        options = CallOptions(repeatable=True, traceparent=traceparent, begins_again=id.renew)
        return await transport.call("dm.send", lambda: {"agent": self.peer, **make(id.text)}, options)

    async def _recipient(self) -> Recipient:
        """A server that could choose the key could read what is encrypted for it (spec/encryption.md#whose-key)."""
        history = (await self._connection.histories.of(self.peer)).history
        key = public_key_of_did_key(history.key)
        if history.closed or key is None:
            raise AicqError("agent_closed", f"{self.peer} has no key any more")
        return Recipient(self.peer, key, history.dm is not None)


def follow_dms(
    connection: Connection, *, since: int | None, follow: bool, peer: str | None
) -> AsyncStream[DirectMessage]:
    """Direct messages in their order, as they come, none twice and none left out."""
    of = None if peer is None else agent_id_from(peer)

    async def page(after: int | None) -> KeptPage:
        connection.us()
        query = {"limit": 1} if after is None else {"order": "asc", "after": after, "limit": 100}
        got = await list_dms(connection, {"peer": of, **query})
        return KeptPage(got["messages"], got["has_more"], got["cursor"])

    def wanted(event: Wire) -> Wire | None:
        dm = event.get("dm")
        return dm if isinstance(dm, dict) and (of is None or of in (dm["from"], dm["to"])) else None

    source = Source(
        interest=Interest(dms=True),
        page=page,
        place_of=lambda dm: number_of(dm, "ts"),
        of=wanted,
        open=lambda dm: open_dm(connection, dm),
        upkeep=connection.upkeep,
    )
    return connection.stream(read_on(source, connection.links, since, follow))


async def read_dms(
    connection: Connection,
    *,
    peer: str | None,
    direction: Literal["received", "sent"] | None,
    limit: int | None,
    order: Literal["asc", "desc"] | None,
    before: int | None,
    after: int | None,
    next: str | None,
) -> DmPage:
    """One page."""
    of = None if peer is None else agent_id_from(peer)
    query = {
        "peer": of,
        "direction": direction,
        "limit": limit,
        "order": order,
        "before": before,
        "after": after,
        "next": next,
    }
    page = await list_dms(connection, query)
    messages = {
        dm["id"]: await open_dm(connection, dm) for dm in sorted(page["messages"], key=lambda dm: number_of(dm, "ts"))
    }
    return DmPage(
        tuple(messages[dm["id"]] for dm in page["messages"]), page["has_more"], page["cursor"], page.get("next")
    )


async def list_dms(connection: Connection, query: dict[str, Any]) -> Any:
    page = await connection.transport.call("dm.list", lambda: query)
    listed(page, "messages")
    return page


async def open_dm(connection: Connection, dm: Any, copies: tuple[str, ...] = ()) -> DirectMessage:
    """Reads and checks one message, without trust in the server: what cannot be read says why."""
    if not isinstance(dm, Mapping) or not isinstance(dm.get("body"), str):
        raise bad_reply("what came is no DirectMessage")
    proof = verify_dm(dm, await connection.histories.proving(dm))
    us = [connection.us(), *connection.former]
    sent = dm.get("from") == us[0].id
    if sent and dm.get("to") != us[0].id:
        return read(DirectMessage, dm, proof=proof, sent=True, copies=copies)
    sessions = connection.sessions if is_dm_v2(dm["body"]) else None
    try:
        for_us = _for_us(us, dm)
        if sessions:
            received = Received(str(dm["id"]), str(dm["from"]), dm["body"])
            text = await sessions.read(us, received, str(dm.get("from_key")))
        else:
            text = _read_as(for_us, dm["body"])
    except EncryptionError as error:
        return read(DirectMessage, dm, proof=proof, sent=sent, error=error.code)
    # who wrote in a session is its other end; a signature on top may still be forged
    shown = "proven" if sessions and proof == "unsigned" else proof
    return read(DirectMessage, dm, proof=shown, sent=sent, text=text)


def _for_us(us: Sequence[Identity], dm: Mapping[str, Any]) -> list[Identity]:
    """The keys of ours that the message may be for. What is for somebody else, or for another key, is not read, even
    if it could be."""
    key = dm.get("key")
    fitting = [one for one in us if dm.get("to") == us[0].id and key in (None, one.did)]
    if not fitting:
        raise EncryptionError("wrong_key_or_tampered")
    return fitting


def _read_as(us: Sequence[Identity], body: str) -> str:
    """By any of the keys: who did not sign may have used a key of before."""
    for one in us[:-1]:
        try:
            return decrypt_dm(one, body)
        except EncryptionError:
            continue
    return decrypt_dm(us[-1], body)


def _unsigned(body: str) -> Callable[[str], dict[str, Any]]:
    return lambda id: {"id": id, "body": body}
