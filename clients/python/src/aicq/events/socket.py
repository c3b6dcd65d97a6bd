"""JSON-RPC over one WebSocket (spec/realtime.md#socket)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Literal

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from ..client.transport import Transport
from ..errors import AicqError, error_of
from ..protocol.envelopes import sign_session
from ..protocol.identity import Identity
from ..protocol.strict_json import read_json
from .link import SILENCE_OPEN, SILENCE_OPENING, Broken, within

_name = Subprotocol("aicq.v1")

#: Close codes after which a connection does not come back as after any other end: `later`, or not with this key or
#: frame.
_codes: dict[int, tuple[Literal["later", "no"], str]] = {
    1002: ("no", "protocol_error"),
    1003: ("no", "not_text"),
    1007: ("no", "not_utf8"),
    1009: ("no", "frame_too_large"),
    1011: ("later", "internal"),
    4002: ("no", "key_revoked"),
    4003: ("no", "agent_erased"),
    4004: ("later", "address_blocked"),
    4005: ("later", "too_many"),
}
_final = {"key_revoked", "agent_erased"}


class Socket:
    """Calls fail with `AicqError`, or `Broken` when the connection does. `told`: what the server says unasked; false
    ends it. `woken`: that the connection has ended."""

    def __init__(
        self, connection: ClientConnection, told: Callable[[str, dict[str, Any]], bool], woken: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._told = told
        self._woken = woken
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._challenge: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._last = 0
        #: Why it ended, once it has.
        self.failure: Exception | None = None
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(
        cls, transport: Transport, told: Callable[[str, dict[str, Any]], bool], woken: Callable[[], None]
    ) -> Socket:
        """Errors: `Broken` where no socket is to be had."""
        scheme = "wss" if transport.base.scheme == "https" else "ws"
        url = f"{scheme}://{transport.base.netloc.decode('ascii')}/v1/ws"
        opening = connect(
            url,
            subprotocols=[_name],
            compression=None,
            open_timeout=SILENCE_OPENING,
            ping_interval=20,
            ping_timeout=25,
            close_timeout=2,
            max_size=4 * 1024 * 1024,
        )
        try:
            connection = await opening
        except (OSError, WebSocketException, asyncio.TimeoutError, EOFError) as cause:
            raise Broken(f"no socket could be opened: {cause}") from cause
        return cls(connection, told, woken)

    async def authenticate(self, identity: Identity, transport: Transport) -> AicqError | None:
        """Says who we are, by answering the challenge. For an agent that the server does not know it gives that
        error, and the connection is that of anybody."""
        challenge = await within(asyncio.shield(self._challenge), SILENCE_OPENING, is_blocked=True)

        async def answer() -> None:
            session = {"challenge": challenge, "agent": identity.id, "created": transport.clock.now()}
            # for the host that we called, whatever the server says that it is: it might pass the challenge of another
            # on
            sig = sign_session(identity, {**session, "at": transport.authority})
            said = {"agent": identity.id, "created": session["created"], "sig": sig}
            await self.call("session.authenticate", said)

        try:
            try:
                await answer()
            except AicqError as error:
                if not transport.clock.correct(error.problem.get("server_time")):
                    raise
                await answer()
        except AicqError as error:
            if error.code != "agent_unknown":
                raise
            return error
        return None

    async def call(self, method: str, params: dict[str, Any]) -> Any:
        """Calls a method."""
        if self.failure:
            raise self.failure
        self._last += 1
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._calls[self._last] = reply
        frame = {"jsonrpc": "2.0", "id": self._last, "method": method, "params": params}
        try:
            await self._connection.send(json.dumps(frame))
        except ConnectionClosed as cause:
            raise _failure_of(cause) from cause
        return await within(reply, SILENCE_OPEN)

    async def close(self) -> None:
        self._end(Broken("closed"))
        self._reading.cancel()
        await self._connection.close()

    async def _read(self) -> None:
        try:
            async for data in self._connection:
                if not self._take(data):
                    break
            self._end(Broken("the connection ended"))
        except ConnectionClosed as cause:
            self._end(_failure_of(cause))
        except (AicqError, KeyError, TypeError, AttributeError):
            self._end(Broken("what answers is no AICQ server", is_blocked=True))
        await self._connection.close()

    def _take(self, data: str | bytes) -> bool:
        """Takes a frame; false when no more is wanted."""
        frame = read_json(data.encode("utf-8") if isinstance(data, str) else data)
        if not isinstance(frame, dict):
            raise AicqError("bad_reply", "a frame is no object")
        method, params = frame.get("method"), frame.get("params") or {}
        if method == "session.challenge":
            if not self._challenge.done():
                self._challenge.set_result(str(params.get("challenge")))
        elif isinstance(method, str):
            return self._told(method, params)
        else:
            self._answered(frame)
        return True

    def _answered(self, frame: dict[str, Any]) -> None:
        call = self._calls.pop(frame.get("id", 0), None)
        error = frame.get("error")
        if call is None or call.done():
            return
        if not isinstance(error, dict):
            call.set_result(frame.get("result"))
        elif isinstance(error.get("data"), dict) and isinstance(error["data"].get("code"), str):
            call.set_exception(error_of(error["data"]))
        else:
            call.set_exception(AicqError("bad_reply", str(error.get("message"))))

    def _end(self, failure: Exception) -> None:
        if self.failure:
            return
        self.failure = failure
        for waiting in (self._challenge, *self._calls.values()):
            if not waiting.done():
                waiting.set_exception(failure)
                waiting.exception()  # nobody has to wait for it
        self._calls.clear()
        self._woken()


def _failure_of(closed: ConnectionClosed) -> Exception:
    """What a close code says (spec/realtime.md#close-codes)."""
    code = closed.rcvd.code if closed.rcvd else 1006
    if code not in _codes:
        return Broken(f"the connection ended ({code})")
    come_back, name = _codes[code]
    if come_back == "later":
        return Broken(f"the connection was closed: {name}", come_back="later")
    if name in _final:
        return AicqError(name, f"the connection was closed: {name}")
    return Broken(f"the connection was closed: {name}", is_blocked=True)
