"""Which of two valid histories of an agent holds (spec/key-history.md#forks)."""

from __future__ import annotations

from collections.abc import Sequence

from ..protocol.ids import public_key_of_did_key
from .history import KeyHistory
from .operation import KeyOperation, operation_hash, recovery_hash_of
from .verify import extend_key_history, verify_key_history


def takes_place(known: Sequence[KeyOperation], offered: Sequence[KeyOperation]) -> bool:
    """Whether a history that is offered takes the place of the one that is known. Both are verified already, and of
    one agent."""
    common = _common(known, offered)
    if common == len(offered):
        return False
    if common == len(known):
        return True
    if common == 0:
        return len(known) == 1 and "recovery" not in known[0] and "dm" not in known[0]
    recovery = verify_key_history(known[0]["agent"], known[:common]).recovery

    def is_decided(branch: Sequence[KeyOperation]) -> bool:
        return recovery is not None and any(_revealed(operation) == recovery for operation in branch[common:])

    return is_decided(offered) and not is_decided(known)


def recovery_place(
    agent: str, operations: Sequence[KeyOperation], recovery_key: bytes, last_key: str | None = None
) -> KeyHistory | None:
    """The latest place of a history at which a recovery key (32 bytes) is promised, so that it may sign what comes
    next: a fork, where something comes after it already. `None` if it never was. `last_key`: did:key of the last key
    that was not a thief's, after which all shall be cut off."""
    recovery = recovery_hash_of(recovery_key)
    history: KeyHistory | None = None
    found: KeyHistory | None = None
    for operation in operations:
        history = extend_key_history(agent, history, operation)
        if history.recovery == recovery and last_key in (None, history.key) and not history.closed:
            found = history
    return found


def _common(one: Sequence[KeyOperation], two: Sequence[KeyOperation]) -> int:
    """How many operations two histories have in common, from the first on."""
    common = 0
    for first, second in zip(one, two, strict=False):
        if operation_hash(first) != operation_hash(second):
            break
        common += 1
    return common


def _revealed(operation: KeyOperation) -> str | None:
    key = public_key_of_did_key(operation.get("recovery_key"))
    return None if key is None else recovery_hash_of(key)
