"""The ways in which events come."""

from __future__ import annotations

from tests.proxy import Proxy

paths = {"socket": "/v1/ws", "stream": "/v1/stream", "sync": "/v1/sync"}
everything = ("socket", "stream", "sync")


def allow(network: Proxy, *ways: str) -> None:
    """Lets only some ways through."""

    def fate(method: str, target: str) -> str:
        way = next((name for name, path in paths.items() if target.startswith(path)), None)
        return "pass" if way is None or way in ways else "drop"

    network.fate = fate
