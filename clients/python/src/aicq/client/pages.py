"""Lists that come page by page."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any


async def pages(ask: Callable[[str | None], Awaitable[Any]]) -> AsyncGenerator[Any, None]:
    """Every page, each as it is wanted. `ask`: asks for the first one, or for that which a `next` names."""
    next: str | None = None
    while True:
        page = await ask(next)
        yield page
        next = page.get("next")
        if next is None:
            return
