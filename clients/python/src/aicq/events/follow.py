"""What happens, once and in order, over whichever way is open."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from ..errors import AicqError
from .link import Broken, Interest, Link, Told

T = TypeVar("T")

#: Failures in a row after which another way is tried.
_enough = 2

# Seconds: until the first return after a loss, and before a second try where nothing was open yet, both at random from
# 0 and doubled with each failure, up to the most; and for how long a server may ask us to wait before anything was
# open.
_lost, _opening, _most, _first = 2.0, 0.25, 20.0, 90.0

# Seconds after which the best way is tried again, and to which that grows as it keeps failing.
_better, _better_most = 60.0, 600.0


@dataclass(frozen=True)
class _ComeBack:
    least: float
    is_blocked: bool


async def follow(links: Sequence[Link], interest: Interest, start: str | None) -> AsyncGenerator[Told, None]:
    """Ways that break are opened again where they broke off. Errors: what coming back does not mend
    (`resync_required`, `room_not_found`, `key_revoked`), and, before anything could be opened, that nothing could
    be."""
    cursor, at, failures, here, was_open, again = start, 0, 0, 0, False, _better
    while True:
        is_live, since = False, time.monotonic()
        run = links[at](interest, cursor)
        try:
            async for told in run:
                # a way that opens and brings nothing may be one that is cut off each time
                if is_live:
                    failures = here = 0
                is_live = was_open = True
                cursor = told.cursor
                yield told
                if at == 0 or time.monotonic() - since < again:
                    continue
                async with aclosing(links[0](interest, cursor)) as best:
                    is_there = await _opens(best)
                if not is_there:
                    again, since = min(again * 2, _better_most), time.monotonic()
                    continue
                at, again = 0, _better
                break
        except (AicqError, Broken) as error:
            come_back = _when_to_come_back(error)
            if come_back is None or (not was_open and come_back.least > _first):
                raise
            failures += 1
            here += 1
            is_asked = isinstance(error, Broken) and error.come_back == "later"
            if not is_asked and (here >= _enough or (come_back.is_blocked and not is_live)):
                at, here = (at + 1) % len(links), 0
                if at == 0 and not was_open:
                    raise error if isinstance(error, AicqError) else _unreachable(error) from error
            base = _lost if was_open else _opening
            await asyncio.sleep(come_back.least + random.random() * min(base * 2.0 ** (failures - 1), _most))
        finally:
            await run.aclose()


async def insist(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` gives, however often it has to be done until then. Errors: those that coming back does not mend."""
    failures = 0
    while True:
        try:
            return await work()
        except AicqError as error:
            come_back = _when_to_come_back(error)
            # what a server itself says that cannot be read, it says again
            if come_back is None or (error.code == "bad_reply" and error.status == 0):
                raise
            await asyncio.sleep(come_back.least + random.random() * min(_lost * 2.0**failures, _most))
            failures += 1


async def _opens(link: AsyncGenerator[Told, None]) -> bool:
    """Whether a way tells that it is open."""
    try:
        await anext(link)
    except (AicqError, Broken, StopAsyncIteration):
        return False
    return True


def _when_to_come_back(error: AicqError | Broken) -> _ComeBack | None:
    """Seconds to wait at least, where coming back can help."""
    if isinstance(error, Broken):
        return _ComeBack(30 + random.random() * 30 if error.come_back == "later" else 0, error.is_blocked)
    if error.code == "bad_reply":
        return _ComeBack(0, True)
    return _ComeBack(error.retry_after or 0, False) if error.retryable else None


def _unreachable(cause: Exception) -> AicqError:
    return AicqError("unreachable", f"no stream of events could be opened: {cause}", retryable=True)
