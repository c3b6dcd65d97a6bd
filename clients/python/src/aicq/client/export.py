"""Everything that the server holds about an agent, line by line as it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx

from ..errors import AicqError
from ..protocol.export_check import ExportCheck
from ..types import Exported
from .transport import Transport

#: Bytes of a line at most: one that never ends must not fill the memory.
_longest = 4 * 1024 * 1024


async def export_agent(transport: Transport, agent: str) -> AsyncGenerator[Exported, None]:
    """The checksums are checked on the way: an export that is not whole, or not what they say, ends with
    `export_damaged`."""
    check = ExportCheck()
    async with transport.open("agent.export", lambda: {"agent": agent}) as reply:
        try:
            rest = b""
            async for part in reply.aiter_bytes():
                *lines, rest = (rest + part).split(b"\n")
                for line in lines:
                    yield _checked(check, line)
                if len(rest) > _longest:
                    raise ValueError("a line of the export is too long")
            if rest:
                yield _checked(check, rest)
            check.end()
        except (ValueError, httpx.HTTPError) as cause:
            reason = str(cause) if isinstance(cause, ValueError) else f"the export broke off: {cause}"
            raise AicqError("export_damaged", reason, retryable=True, status=reply.status_code) from cause


def _checked(check: ExportCheck, line: bytes) -> Exported:
    text = line.decode("utf-8")
    section, data = check.add(text)
    return Exported(section, data, text)
