"""What is kept, then what comes, without a hole between them and nothing twice."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..errors import AicqError
from .follow import follow, insist
from .link import Interest, Link

T = TypeVar("T")
R = TypeVar("R")

Wire = Mapping[str, Any]

#: Things given last that are remembered: as many as a log that was restored may have lost.
_remembered = 1_000


@dataclass(frozen=True)
class KeptPage:
    """`cursor`: from where to follow then."""

    items: Sequence[Wire]
    has_more: bool
    cursor: str


@dataclass(frozen=True)
class Source(Generic[T]):
    """Things in an order, which are kept and can be followed."""

    interest: Interest
    #: Those after a place, oldest first; without a place, the newest one.
    page: Callable[[int | None], Awaitable[KeptPage]]
    #: Where a thing is in the order.
    place_of: Callable[[Wire], int]
    #: What an event tells of such a thing.
    of: Callable[[Wire], Wire | None]
    #: Reads and checks it.
    open: Callable[[Wire], Awaitable[T]]
    #: Is done from time to time.
    upkeep: Callable[[], Awaitable[None]]


class _Given:
    """What was given, so that nothing is given twice."""

    def __init__(self, place: int | None) -> None:
        self.place = place
        self._last: dict[str, int] = {}

    def is_new(self, item: Wire, place: int) -> bool:
        if item["id"] in self._last:
            return False
        self.place = place
        self._last[item["id"]] = place
        if len(self._last) > _remembered:
            del self._last[next(iter(self._last))]
        return True

    def go_back(self) -> None:
        """To before what was given last: a log that was restored has other things there."""
        first = next(iter(self._last.values()), (self.place or 0) + 1)
        self.place = max(0, first - 1)


async def read_on(
    source: Source[T], links: Sequence[Link], since: int | None, goes_on: bool
) -> AsyncGenerator[T, None]:
    """Begins after a place, or from now on. Where the stream cannot go on from its cursor, what was missed is read
    again by its place."""
    given = _Given(since)
    has_begun = False

    async def ask(work: Callable[[], Awaitable[R]]) -> R:
        # who cannot begin hears why; who has begun goes on
        return await (insist(work) if has_begun else work())

    while True:
        await ask(source.upkeep)
        page = await ask(lambda: source.page(given.place))
        if given.place is None:
            given.place = source.place_of(page.items[0]) if page.items else 0
        else:
            while True:
                for item in page.items:
                    if given.is_new(item, source.place_of(item)):
                        yield await ask(lambda item=item: source.open(item))  # type: ignore[misc]
                if not page.has_more:
                    break
                after = source.place_of(page.items[-1])
                page = await ask(lambda after=after: source.page(after))  # type: ignore[misc]
        has_begun = True
        if not goes_on:
            return
        following = follow(links, source.interest, page.cursor)
        try:
            async for told in following:
                await insist(source.upkeep)
                for event in told.events:
                    found = source.of(event)
                    if found is not None and given.is_new(found, source.place_of(found)):
                        yield await insist(lambda found=found: source.open(found))  # type: ignore[misc]
        except AicqError as error:
            if error.code != "resync_required":
                raise
            given.go_back()
        finally:
            await following.aclose()
