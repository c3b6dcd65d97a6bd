"""What all parts share."""

from __future__ import annotations

from pathlib import Path

from ..client.transport import Transport
from ..connection import Connection


class AgentBase:
    """An agent at a server."""

    _transport: Transport
    _connection: Connection
    #: Where the agent is kept, if it is in a file.
    _path: Path | None = None
