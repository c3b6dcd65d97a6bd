"""A network that can be told to lose and change things."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

#: What becomes of a request, by its method and target: `pass`; `drop`: nothing arrives; `lose`: it arrives, and the
#: reply is lost.
Fate = Callable[[str, str], str]
Change = Callable[[str, bytes], bytes]


class Proxy:
    """Passes everything on to `target`, WebSockets too."""

    def __init__(self) -> None:
        self.target = ""
        self.asked: list[str] = []
        self.reset()
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._sockets: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def reset(self) -> None:
        """Passes on everything, unchanged."""
        self.fate: Fate = lambda method, target: "pass"
        self.change: Change = lambda target, body: body
        #: What the next requests that write are answered with, by status and document, instead of being passed on;
        #: `None`: it is passed on.
        self.refuse: Iterator[tuple[int, object] | None] = iter(())
        #: Parts of a stream of events after which it is cut off.
        self.parts = sys.maxsize
        self.asked.clear()

    def cut(self) -> None:
        """Breaks every connection that is open."""
        for one in self._sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._sockets.clear()

    def times(self, part: str) -> int:
        """How often something was asked for."""
        return sum(part in line for line in self.asked)

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def track(self, *sockets: socket.socket) -> None:
        self._sockets.extend(sockets)


class _Handler(BaseHTTPRequestHandler):
    owner: Proxy
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (OSError, HTTPException):
            self.close_connection = True

    def _pass(self) -> None:
        proxy = self.owner
        proxy.asked.append(f"{self.command} {self.path}")
        fate = proxy.fate(self.command, self.path)
        if fate == "drop":
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        refused = None if self.command == "GET" else next(proxy.refuse, None)
        if refused:
            text = json.dumps(refused[1]).encode()
            self.send_response_only(refused[0])
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            return
        place = urlsplit(proxy.target)
        upstream = HTTPConnection(str(place.hostname), place.port, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection",)}
        is_upgrade = self.headers.get("Upgrade", "").lower() == "websocket"
        if is_upgrade:
            headers["Connection"] = "Upgrade"
        upstream.request(self.command, self.path, body=body or None, headers=headers)
        raw = upstream.sock
        reply = upstream.getresponse()
        if fate == "lose":
            reply.read()
            self.close_connection = True
        elif is_upgrade and reply.status == 101:
            proxy.track(self.connection, raw)
            self._head(reply)
            self.end_headers()
            self._pipe(raw, reply)
        elif "text/event-stream" in (reply.getheader("Content-Type") or ""):
            proxy.track(self.connection, raw)
            self._stream(reply)
        else:
            self._answer(reply, proxy.change(self.path, reply.read()))
        upstream.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass

    def _head(self, reply: HTTPResponse) -> None:
        self.send_response_only(reply.status, reply.reason)
        for name, value in reply.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length"):
                self.send_header(name, value)

    def _answer(self, reply: HTTPResponse, body: bytes) -> None:
        self._head(reply)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if reply.status != 204:
            self.wfile.write(body)

    def _stream(self, reply: HTTPResponse) -> None:
        self._head(reply)
        self.end_headers()
        self.close_connection = True
        passed = 0
        while passed < self.owner.parts and (part := reply.read1(65_536)):
            self.wfile.write(part)
            self.wfile.flush()
            passed += 1

    def _pipe(self, upstream: socket.socket, reply: HTTPResponse) -> None:
        self.close_connection = True
        # what came with the reply is in its buffer: read on from there
        back = threading.Thread(target=_copy, args=(reply.fp.read1, self.connection), daemon=True)
        back.start()
        _copy(self.rfile.read1, upstream)
        back.join()


def _copy(read: Callable[[int], bytes], to: socket.socket) -> None:
    try:
        while part := read(65_536):
            to.sendall(part)
    except OSError:
        pass
    finally:
        with suppress(OSError):
            to.shutdown(socket.SHUT_RDWR)
