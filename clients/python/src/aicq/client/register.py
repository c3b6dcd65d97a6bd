"""Makes a key known, and does the work that the server asks for (spec/registration.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import AicqError
from ..key_history.operation import KeyOperation
from ..protocol.encoding import to_base64
from ..protocol.identity import Identity
from ..protocol.work import MOST_WORK, WorkOrder, do_work
from ..types import Registered
from ..wire import read, without_none
from .transport import CallOptions, Transport


async def register(
    transport: Transport,
    identity: Identity,
    *,
    name: str | None,
    email: str | None,
    invitation: str | None,
    operations: Sequence[KeyOperation] | None,
    working: Callable[[int, int], None] | None,
) -> Registered:
    """Errors: `pow_required` where the server asks for more work than is done."""
    given = without_none(
        public_key=to_base64(identity.public_key),
        name=name,
        email=email,
        invitation=invitation,
        operations=None if operations is None else [dict(one) for one in operations],
    )

    async def send(**work: Any) -> Registered:
        options = CallOptions(repeatable=True, keyid=identity.did)
        status, reply = await transport.call_with_status("agent.register", lambda: {**given, **work}, options)
        return read(Registered, reply, created=status == 201)

    try:
        return await send()
    except AicqError as error:
        order = _order(error.problem.get("pow")) if error.code == "pow_required" else None
        if order is None:
            raise
        expected = 2**order.bits
        tell = None if working is None else lambda attempts: working(attempts, expected)
        solution = await do_work(order, tell)
    return await send(pow={"challenge": order.challenge, "solution": solution})


def _order(pow: object) -> WorkOrder | None:
    """What is asked for, if it is something that can be done."""
    bits = pow.get("bits") if isinstance(pow, Mapping) else None
    challenge = pow.get("challenge") if isinstance(pow, Mapping) else None
    if type(bits) is not int or not 0 <= bits <= MOST_WORK or not isinstance(challenge, str):
        return None
    return WorkOrder(bits, challenge)
