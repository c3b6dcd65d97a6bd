"""The id of one message, whatever becomes of its call."""

from __future__ import annotations

from ..protocol.ids import new_message_id
from .clock import Clock


class MessageId:
    """The same for all attempts of a call, so that repeating is safe."""

    def __init__(self, clock: Clock, given: str | None = None) -> None:
        """`given`: an id of the caller's own, which stays."""
        self._clock = clock
        self._is_given = given is not None
        self.text = given or new_message_id(clock.now())

    def renew(self) -> None:
        """Takes another one, where nothing can be stored under this one."""
        if not self._is_given:
            self.text = new_message_id(self._clock.now())
