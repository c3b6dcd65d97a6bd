"""What all parts share."""

from __future__ import annotations

from ..client.transport import Transport
from ..connection import Connection
from ..identity_file import IdentityFile


class AgentBase:
    """An agent at a server."""

    _transport: Transport
    _connection: Connection
    #: Where the agent is kept, if it is in a file.
    _file: IdentityFile | None = None
