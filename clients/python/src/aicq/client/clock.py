"""This machine's clock, corrected by what the server says."""

from __future__ import annotations

import time

#: Milliseconds by which a clock is corrected at most: a server that says more is not believed.
_bound = 600_000


class Clock:
    """Milliseconds since 1970, as the server sees them."""

    def __init__(self) -> None:
        #: Milliseconds by which the server is ahead.
        self.offset: float = 0

    def now(self) -> int:
        return int(time.time() * 1000 + self.offset)

    def correct(self, server_time: object) -> bool:
        """Takes over the server's time (ms); `False` if it is too far away to be believed."""
        if isinstance(server_time, bool) or not isinstance(server_time, (int, float)):
            return False
        if not abs(server_time) < 2**53:  # what no clock says, and no float can hold
            return False
        offset = server_time - time.time() * 1000
        if abs(offset) > _bound:
            return False
        self.offset = offset
        return True
