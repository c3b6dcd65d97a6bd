"""Makes calls: signs, waits, repeats what is safe to repeat, and follows the server's clock."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from ..errors import AicqError
from ..protocol.identity import Identity
from ..protocol.ids import GLOBAL_ROOM
from ..protocol.requests import sign_request
from .clock import Clock
from .operations import OPERATIONS, Operation
from .replies import RateLimit, bad_reply, rate_limit_of, read_reply
from .retry import is_refusal, may_repeat, wait_before

T = TypeVar("T")

#: Makes what a call takes anew for each attempt, since times and signatures in it age: parameters, or a list for `rpc`.
Input = Callable[[], Any]


@dataclass(frozen=True)
class Options:
    """How calls are made."""

    #: Seconds that one attempt may take.
    timeout: float = 15.0
    #: Attempts of one call at most.
    attempts: int = 5
    #: Seconds: where a server asks for a longer wait, the call fails at once.
    patience: float = 90.0


@dataclass(frozen=True)
class CallOptions:
    """What one call has of its own."""

    #: Whether it may be repeated when nobody knows if it took effect; else whether the operation only reads.
    repeatable: bool | None = None
    room_key: str | None = field(default=None, repr=False)
    room_keys: Mapping[str, str] | None = field(default=None, repr=False)
    #: The trace that the call belongs to (W3C Trace Context).
    traceparent: str | None = None
    attempts: int | None = None
    timeout: float | None = None
    #: `keyid` of the signature; the agent's UUID unless given.
    keyid: str | None = None
    #: Told that the call begins again with the time corrected: nothing came before but refusals, so nothing can be
    #: stored.
    begins_again: Callable[[], None] | None = None
    #: Told that an attempt ended in anything but a refusal, so that nobody knows whether it took effect.
    in_doubt: Callable[[], None] | None = None


_plain = CallOptions()
#: For what may be repeated when nobody knows if it took effect.
AGAIN = CallOptions(repeatable=True)


class Transport:
    """The way to one server."""

    def __init__(self, url: str, identity: Identity | None, options: Options) -> None:
        self.base = _base_of(url)
        self.identity = identity
        self.clock = Clock()
        #: How the limit of each operation stood when it was called last.
        self.rate_limits: dict[str, RateLimit] = {}
        self._options = options
        self._http = httpx.AsyncClient(timeout=None, limits=httpx.Limits(max_connections=None))

    @property
    def authority(self) -> str:
        """Host and port, for which things are signed."""
        return self.base.netloc.decode("ascii").lower()

    async def call(self, name: str, make: Input, options: CallOptions = _plain) -> Any:
        """Calls an operation and gives its reply. Errors: `AicqError`."""
        return (await self.call_with_status(name, make, options))[1]

    async def call_with_status(self, name: str, make: Input, options: CallOptions = _plain) -> tuple[int, Any]:
        """The same, with the status, where two mean success."""
        operation = OPERATIONS[name]

        async def attempt(signs: bool) -> tuple[int, Any]:
            request = self._request(operation, make(), signs, options)
            reply = await self._timed(self._http.send(request), options)
            self._note(name, reply)
            document = read_reply(reply.status_code, reply.headers, reply.content)
            if isinstance(document, list) and name != "rpc":
                raise bad_reply("what came is a list")
            return reply.status_code, document

        return await self._repeat(operation, attempt, options)

    @asynccontextmanager
    async def open(self, name: str, make: Input, options: CallOptions = _plain) -> AsyncIterator[httpx.Response]:
        """Opens a reply that is then read as it comes, for as long as that takes: only its beginning has a time
        limit."""
        operation = OPERATIONS[name]

        async def attempt(signs: bool) -> httpx.Response:
            request = self._request(operation, make(), signs, options)
            reply = await self._timed(self._http.send(request, stream=True), options)
            if reply.status_code >= 300:
                try:
                    body = await self._timed(reply.aread(), options)
                finally:
                    await reply.aclose()
                read_reply(reply.status_code, reply.headers, body)
            return reply

        reply = await self._repeat(operation, attempt, options)
        try:
            yield reply
        finally:
            await reply.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _repeat(
        self, operation: Operation, attempt_once: Callable[[bool], Awaitable[T]], options: CallOptions
    ) -> T:
        is_safe = not operation.writes if options.repeatable is None else options.repeatable
        most = options.attempts or self._options.attempts
        corrected, signs, attempt, may_be_stored = False, True, 1, False
        while True:
            try:
                return await attempt_once(signs)
            except AicqError as error:
                if not is_refusal(error):
                    may_be_stored = True
                    if options.in_doubt:
                        options.in_doubt()
                if not corrected and self.clock.correct(error.problem.get("server_time")):
                    corrected = True
                    if options.begins_again and not may_be_stored:
                        options.begins_again()
                elif error.code == "agent_unknown" and operation.caller == "anyone" and signs:
                    signs = False  # a key that is not registered here reads as anybody
                else:
                    wait = wait_before(attempt, error)
                    if attempt >= most or not may_repeat(error, is_safe) or wait > self._options.patience:
                        raise
                    await asyncio.sleep(wait)
                    attempt += 1

    async def _timed(self, work: Awaitable[T], options: CallOptions) -> T:
        timeout = self._options.timeout if options.timeout is None else options.timeout
        try:
            return await asyncio.wait_for(work, timeout)
        except asyncio.TimeoutError as cause:
            raise self._unreachable(f"no answer in {timeout:g} s") from cause
        except httpx.HTTPError as cause:
            raise self._unreachable(str(cause) or type(cause).__name__) from cause

    def _unreachable(self, reason: str) -> AicqError:
        # without what else the URL has: there may be a password in it
        return AicqError(
            "unreachable", f"{self.base.scheme}://{self.authority} does not answer: {reason}", retryable=True
        )

    def _request(self, operation: Operation, given: Any, signs: bool, options: CallOptions) -> httpx.Request:
        path, rest = _placed(operation.path, given)
        headers: dict[str, str] = {}
        body = b""
        if operation.has_body:
            body = _to_json(rest)
            headers["Content-Type"] = "application/json"
            target = path
        else:
            query = "&".join(f"{name}={_escaped(_word(value))}" for name, value in rest.items() if value is not None)
            target = f"{path}?{query}" if query else path
        request = httpx.Request(operation.method, self.base.copy_with(raw_path=target.encode("ascii")), content=body)
        if options.traceparent:
            headers["traceparent"] = options.traceparent
        if options.room_key and operation.takes_room_key:
            headers["X-AICQ-Room-Key"] = options.room_key
        if options.room_keys and operation.takes_room_keys:
            headers["X-AICQ-Room-Keys"] = json.dumps(dict(options.room_keys))
        if self.identity and signs and _is_signed(operation, given):
            sent = request.url.raw_path.decode("ascii")
            now, keyid = self.clock.now(), options.keyid
            signed = sign_request(self.identity, operation.method, self.authority, sent, body, now=now, keyid=keyid)
            headers.update(signed)
        request.headers.update(headers)
        return request

    def _note(self, name: str, reply: httpx.Response) -> None:
        limit = rate_limit_of(reply.headers)
        if limit:
            self.rate_limits[name] = limit


def _base_of(url: str) -> httpx.URL:
    try:
        base = httpx.URL(url).copy_with(path="/", query=None, fragment=None)
    except httpx.InvalidURL:
        base = httpx.URL()
    if base.scheme not in ("http", "https") or not base.host:
        raise ValueError("a server is named by a URL such as https://aicq.example")
    return base


def _placed(path: str, given: Any) -> tuple[str, Any]:
    """The path of a call, and what is left for its query or body."""
    if not isinstance(given, dict):
        return f"/v1{path}", given
    rest = dict(given)
    placed = re.sub(r"\{(\w+)\}", lambda match: _escaped(str(rest.pop(match[1])), safe=":"), path)
    return f"/v1{placed}", rest


def _is_signed(operation: Operation, given: Any) -> bool:
    """What anybody may read is read unsigned; a private room has to know who asks, and one message, whether its
    author does."""
    if operation.caller == "author":
        return "sig" not in given
    if operation.name in ("message.get", "message.batch", "rpc") or operation.takes_room_keys:
        return True
    return operation.caller != "anyone" or (operation.takes_room_key and given.get("room") != GLOBAL_ROOM)


def _to_json(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    except (ValueError, UnicodeEncodeError) as cause:
        raise AicqError("invalid_request", f"this cannot be sent as JSON: {cause}") from cause


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _escaped(text: str, safe: str = "") -> str:
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError as cause:
        raise AicqError("invalid_request", "a text has half a surrogate pair") from cause
