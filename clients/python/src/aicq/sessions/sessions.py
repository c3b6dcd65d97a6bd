"""What encrypts and reads in sessions."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Sequence
from typing import Any

from ..client.histories import KeyHistories
from ..client.keys import KeyChanges
from ..client.replies import listed
from ..client.transport import Transport
from ..encryption.session import encrypt_in_session, start_session
from ..encryption.x3dh import Bundle, Us
from ..errors import AicqError
from ..protocol.identity import Identity
from ..protocol.ids import did_key_of
from ..store import DmStore, Kept
from .announced import Recipient, announce_v2, announces_v2
from .installation import read_installation
from .prekeys import keep_prekeys
from .reading import Received, read_received
from .state import read_peer, read_session, session_change, text_name

#: Seconds after which an installation looks again whether its prekeys are in order.
_look_every = 3_600.0


class Sessions:
    """The sessions of one installation. Errors: those of `EncryptionError`, besides those of calls."""

    def __init__(
        self,
        transport: Transport,
        histories: KeyHistories,
        changes: KeyChanges,
        identity: Identity,
        store: DmStore,
    ) -> None:
        self._transport = transport
        self._histories = histories
        self._changes = changes
        self._identity = identity
        self._store = store
        self._look_after = 0.0
        self._looking = asyncio.Lock()
        self._failures = 0
        self._failure: AicqError | None = None

    async def ready(self) -> None:
        """Makes sure, from time to time, that others can begin sessions with this installation."""
        before = self._failures
        async with self._looking:  # of several tasks one looks, and the others wait for what comes of it
            if time.monotonic() < self._look_after:
                return
            if self._failure and self._failures > before:
                raise copy.copy(self._failure)
            try:
                await keep_prekeys(self._transport, self._identity, self._store)
                await announce_v2(self._changes, self._histories, self._identity)
            except AicqError as error:
                self._failures, self._failure = self._failures + 1, copy.copy(error)
                raise
            self._look_after = time.monotonic() + _look_every

    async def encrypt(self, to: Recipient, text: str) -> list[str] | None:
        """Encrypts a text for each installation of an agent; nothing if it never announced `aicq-dm-v2`. What comes
        back may be sent: its keys are used up, whatever becomes of it. Errors: `downgrade_refused`."""
        await self.ready()
        reply = await self._transport.call("prekeys.list", lambda: {"agent": to.agent})
        others: list[dict[str, Any]] = listed(reply, "installations")
        now = self._transport.clock.now()
        if not await self._store.exclusively(lambda kept: announces_v2(kept, to, others, now)):
            return None
        return [await self._encrypt_for(to, one["installation"], text) for one in others]

    async def read(self, us: Sequence[Identity], message: Received, from_key: str) -> str:
        """Reads what was received, once; then the text is kept until it is acknowledged. `us`: our present key and
        those before it."""
        author = await self._histories.key_of(from_key, message.from_)
        return await self._store.exclusively(lambda kept: read_received(kept, us, message, author))

    async def forget(self, message: str) -> None:
        """Erases the text of a message that was acknowledged."""
        await self._store.exclusively(lambda kept: kept.write({text_name(message): None}))

    async def _encrypt_for(self, to: Recipient, installation: str, text: str) -> str:
        body = await self._store.exclusively(lambda kept: self._in_session(kept, to, installation, text))
        if body is not None:
            return body
        asked = {"agent": to.agent, "installation": installation}
        given = await self._transport.call("prekeys.take", lambda: asked)
        bundle = Bundle(given["signed"], given.get("one_time"))

        def begin(kept: Kept) -> str:
            # another task may have begun one meanwhile
            body = self._in_session(kept, to, installation, text)
            return self._begin(kept, to, installation, bundle, text) if body is None else body

        return await self._store.exclusively(begin)

    def _in_session(self, kept: Kept, to: Recipient, installation: str, text: str) -> str | None:
        """In the session with an installation that was used last, if one can go on."""
        peer = read_peer(kept, to.agent)
        key, now = did_key_of(to.public_key), self._transport.clock.now()
        for place in reversed(peer["sessions"] if peer else []):
            if (
                place["installation"] == installation
                and place["key"] == key
                and not place.get("broken")
                and now < place.get("until", float("inf"))
            ):
                session = read_session(kept, place["id"])
                if session is None:
                    return None
                after, body = encrypt_in_session(session, text)
                kept.write(session_change(peer, after, until=place.get("until")))
                return body
        return None

    def _begin(self, kept: Kept, to: Recipient, installation: str, bundle: Bundle, text: str) -> str:
        ours, _ = read_installation(kept, self._identity)
        us = Us(self._identity, ours.installation)
        begun = start_session(us, to.party(installation), bundle, self._transport.clock.now())
        session, body = encrypt_in_session(begun, text)
        peer = read_peer(kept, to.agent)
        kept.write(session_change(peer, session, until=bundle.signed["expires"]))
        return body
