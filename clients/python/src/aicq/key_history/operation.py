"""Operations of a key history, as they travel."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ..protocol.canonical import canonical_bytes
from ..protocol.encoding import to_base64
from ..protocol.identity import Identity
from .history import KeyHistory

#: One operation (spec/key-history.md#operations).
KeyOperation = Mapping[str, Any]


def operation_bytes(operation: KeyOperation) -> bytes:
    """The bytes that `sig` and `proof` sign: the operation without the two."""
    rest = {name: value for name, value in operation.items() if name not in ("sig", "proof")}
    return canonical_bytes("key operation", rest)


def operation_hash(operation: KeyOperation) -> str:
    """What the next operation carries as `prev`."""
    return to_base64(hashlib.sha256(operation_bytes(operation)).digest())


def recovery_hash_of(recovery_key: bytes) -> str:
    """How a recovery key (32 bytes) is promised without showing it."""
    return to_base64(hashlib.sha256(b"aicq:recovery:1:" + recovery_key).digest())


def create_keys(first: Identity, *, recovery: str | None = None, dm: str | None = None) -> KeyOperation:
    """The first operation of an agent, by its first key. Saying no more than the key it needs no signature, and gets
    none."""
    operation: dict[str, Any] = {"aicq": "keys/1", "agent": first.id, "version": 1, "op": "create", "key": first.did}
    if recovery is None and dm is None:
        return operation
    said = {name: value for name, value in (("recovery", recovery), ("dm", dm)) if value is not None}
    return _signed({**operation, **said}, first)


def rotate_key(after: KeyHistory, current: Identity, next: Identity) -> KeyOperation:
    """From the current key to another."""
    return _signed({**_placed(after), "op": "rotate", "key": next.did}, current, next)


def promise_recovery(after: KeyHistory, current: Identity, recovery: str) -> KeyOperation:
    """A recovery key, by its hash, in place of one that there may be."""
    return _signed({**_placed(after), "op": "recovery", "recovery": recovery}, current)


def announce_dm(after: KeyHistory, current: Identity) -> KeyOperation:
    """That the agent reads `aicq-dm-v2`."""
    return _signed({**_placed(after), "op": "announce", "dm": "aicq-dm-v2"}, current)


def recover_key(after: KeyHistory, recovery_key: Identity, next: Identity, recovery: str | None = None) -> KeyOperation:
    """By the recovery key, which is spent with it: another key, and the hash of another recovery key."""
    operation = {**_placed(after), "op": "recover", "key": next.did, "recovery_key": recovery_key.did}
    if recovery is not None:
        operation["recovery"] = recovery
    return _signed(operation, recovery_key, next)


def close_keys(after: KeyHistory, signer: Identity, *, is_recovery_key: bool) -> KeyOperation:
    """No key any more: by the recovery key where there is one, else by the current key."""
    revealed = {"recovery_key": signer.did} if is_recovery_key else {}
    return _signed({**_placed(after), "op": "close", **revealed}, signer)


def _placed(after: KeyHistory) -> dict[str, Any]:
    return {"aicq": "keys/1", "agent": after.agent, "version": after.version + 1, "prev": after.hash}


def _signed(operation: dict[str, Any], signer: Identity, named: Identity | None = None) -> KeyOperation:
    data = operation_bytes(operation)
    signed = {**operation, "sig": to_base64(signer.sign(data))}
    return signed if named is None else {**signed, "proof": to_base64(named.sign(data))}
