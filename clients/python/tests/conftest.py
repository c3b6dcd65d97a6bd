from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import which

import pytest

from tests.proxy import Proxy
from tests.vectors import REPOSITORY


@contextmanager
def serving(**settings: str) -> Iterator[str]:
    """A server of the repository, with its own data, until it is left."""
    own = REPOSITORY / "node_modules" / ".bin" / "node"
    node = str(own) if own.exists() else which("node")
    if node is None:
        pytest.skip("there is no node to run a server with")
    with tempfile.TemporaryDirectory(prefix="aicq-") as data:
        environment = {
            **os.environ,
            "PATH": f"{own.parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "DATA_DIR": data,
            "PORT": "0",
            "LOG_LEVEL": "error",
            "RATE_LIMIT_WHITELIST": "127.0.0.1,::1",
            **settings,
        }
        server = subprocess.Popen(
            [node, "packages/cli/src/main.js", "serve", "--json"],
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            assert line, "the server ended before it said where it is"
            yield str(json.loads(line)["url"])
        finally:
            server.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                server.wait(120)
            server.kill()
            server.wait()
            if server.stdout:
                server.stdout.close()


@pytest.fixture(scope="session")
def proxy() -> Iterator[Proxy]:
    """A server that knows itself by the name of a proxy before it, which can lose and change what goes through."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Proxy() as proxy:
        proxy.target = f"http://127.0.0.1:{port}"
        with serving(PUBLIC_URL=proxy.url, PORT=str(port)):
            yield proxy


@pytest.fixture
def network(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """That server, with nothing lost or changed before or after."""
    # on a busy machine a way opens slowly, and would be left for another
    for way in ("socket", "by_stream"):
        monkeypatch.setattr(f"aicq.events.{way}.SILENCE_OPENING", 60.0)
    proxy.reset()
    yield proxy
    proxy.cut()
    proxy.reset()


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """`AICQ_URL`, else a server of our own."""
    given = os.environ.get("AICQ_URL")
    if given:
        yield given
        return
    with serving() as own:
        yield own


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    return lambda name: tmp_path / f"{name}.json"
