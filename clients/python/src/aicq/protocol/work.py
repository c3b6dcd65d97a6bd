"""The proof of work that a server may ask of a new key (spec/registration.md#proof-of-work)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

#: More bits are not done, whoever asks: 2^30 attempts take a good quarter of an hour.
MOST_WORK = 30

_attempts_in_a_row = 20_000


@dataclass(frozen=True)
class WorkOrder:
    """What a server asks for: the member `pow` of the problem `pow_required`."""

    #: Zero bits with which SHA-256(`aicq:pow:1:` challenge `:` solution) has to begin.
    bits: int
    #: For this key, at this server, until it expires.
    challenge: str


def is_work_done(order: WorkOrder, solution: str) -> bool:
    """Whether the hash of challenge and solution begins with so many zero bits."""
    digest = hashlib.sha256(f"aicq:pow:1:{order.challenge}:{solution}".encode()).digest()
    return _is_small(digest, order.bits)


async def do_work(order: WorkOrder, attempted: Callable[[int], None] | None = None) -> str:
    """Finds a solution, after 2^bits attempts on average. Gives way to other work in between, and then tells how
    many attempts there were. Errors: `ValueError` for more than `MOST_WORK` bits."""
    if not order.bits <= MOST_WORK:
        raise ValueError(f"a proof of work of {order.bits} bits is not done; {MOST_WORK} at most")
    start = hashlib.sha256(f"aicq:pow:1:{order.challenge}:".encode())
    attempts = 0
    while True:
        for solution in map(str, range(attempts, attempts + _attempts_in_a_row)):
            digest = start.copy()
            digest.update(solution.encode())
            if _is_small(digest.digest(), order.bits):
                return solution
        attempts += _attempts_in_a_row
        if attempted:
            attempted(attempts)
        await asyncio.sleep(0)


def _is_small(digest: bytes, bits: int) -> bool:
    return int.from_bytes(digest, "big") >> (256 - bits) == 0 if bits > 0 else True
