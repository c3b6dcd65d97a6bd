"""Checks a history by itself, without trust in the server that gave it (spec/key-history.md#verifying)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import AicqError
from ..protocol.ed25519 import check_public_key
from ..protocol.encoding import from_base64
from ..protocol.ids import did_key_of, public_key_of_did_key
from ..protocol.proof import is_key_of, is_signed_by
from .history import KeyHistory, NamedKey
from .operation import KeyOperation, operation_bytes, operation_hash, recovery_hash_of

_most = 500

_details = {
    "malformed": "has not the members of its kind",
    "other_agent": "is of another agent",
    "not_next": "does not follow the one before it",
    "key_used_before": "names a key that the history had already",
    "bad_signature": "is not signed by the key that decides",
    "bad_proof": "shows no possession of the key that it names",
    "wrong_recovery_key": "reveals another recovery key than the one that was promised",
    "recovery_key_needed": "closes the history by the current key, though there is a recovery key",
    "closed": "follows the end of the history",
    "too_long": f"is beyond the {_most} that a history may have",
}

_always = {"aicq", "agent", "version", "op"}
_members: dict[str, tuple[set[str], set[str]]] = {
    "create": ({"key"}, {"recovery", "dm", "sig"}),
    "rotate": ({"prev", "key", "sig", "proof"}, set()),
    "recovery": ({"prev", "recovery", "sig"}, set()),
    "announce": ({"prev", "dm", "sig"}, set()),
    "recover": ({"prev", "key", "recovery_key", "sig", "proof"}, {"recovery"}),
    "close": ({"prev", "sig"}, {"recovery_key"}),
}


def verify_key_history(agent: str, operations: Sequence[KeyOperation]) -> KeyHistory:
    """Who the agent's keys are follows from its id alone. Errors: `key_history_invalid`, with `reason` and `version`
    in `problem`; `invalid_public_key`."""
    history: KeyHistory | None = None
    for operation in operations:
        history = extend_key_history(agent, history, operation)
    if history is None:
        raise _refused("malformed", 1)
    return history


def extend_key_history(agent: str, before: KeyHistory | None, operation: KeyOperation) -> KeyHistory:
    """What a history says with one more operation; `None`: the operation is the first. Errors: as above."""
    version = (before.version if before else 0) + 1
    _check_place(agent, before, operation, version)
    _check_keys(agent, before, operation, version)
    _check_signatures(before, operation, version)
    key: str | None = operation.get("key")
    recovery = operation.get("recovery")
    if before and operation["op"] != "recover" and recovery is None:
        recovery = before.recovery
    keys = before.keys if before else ()
    return KeyHistory(
        agent=agent,
        version=version,
        hash=operation_hash(operation),
        key=key or (before.key if before else ""),
        keys=keys if key is None else (*keys, NamedKey(key, version)),
        recovery=recovery,
        dm=operation.get("dm") or (before.dm if before else None),
        closed=operation["op"] == "close",
    )


def _check_place(agent: str, before: KeyHistory | None, operation: KeyOperation, version: int) -> None:
    if version > _most:
        raise _refused("too_long", version)
    if not _is_well_formed(operation):
        raise _refused("malformed", version)
    if operation["agent"] != agent:
        raise _refused("other_agent", version)
    if operation["version"] != version or operation.get("prev") != (before.hash if before else None):
        raise _refused("not_next", version)
    if (operation["op"] == "create") != (before is None):
        raise _refused("not_next", version)
    if before and before.closed:
        raise _refused("closed", version)


def _check_keys(agent: str, before: KeyHistory | None, operation: KeyOperation, version: int) -> None:
    key, revealed = operation.get("key"), operation.get("recovery_key")
    promised = before.recovery if before else None
    if key is not None:
        _read_did_key(key)
    if revealed is not None and recovery_hash_of(_read_did_key(revealed)) != promised:
        raise _refused("wrong_recovery_key", version)
    if operation["op"] == "close" and revealed is None and promised is not None:
        raise _refused("recovery_key_needed", version)
    if key is not None and (key == revealed or (before is not None and before.names(key))):
        raise _refused("key_used_before", version)
    if operation["op"] == "create" and not is_key_of(key, agent):
        raise _refused("other_agent", version)


def _check_signatures(before: KeyHistory | None, operation: KeyOperation, version: int) -> None:
    says_more = operation["op"] != "create" or "recovery" in operation or "dm" in operation
    decides = operation.get("recovery_key") or (before.key if before else operation.get("key"))
    if (says_more or "sig" in operation) and not is_signed_by(
        decides, operation.get("sig"), lambda: operation_bytes(operation)
    ):
        raise _refused("bad_signature", version)
    if "proof" in operation and not is_signed_by(
        operation.get("key"), operation["proof"], lambda: operation_bytes(operation)
    ):
        raise _refused("bad_proof", version)


def _is_well_formed(operation: object) -> bool:
    """Whether it has exactly the members of its kind, each of its type."""
    if not isinstance(operation, Mapping):
        return False
    kind = operation.get("op")
    if not isinstance(kind, str) or kind not in _members:
        return False
    needed, allowed = _members[kind]
    names = set(operation)
    if not (_always | needed <= names <= _always | needed | allowed):
        return False
    for name, value in operation.items():
        if not (_is_whole(value) if name == "version" else isinstance(value, str)):
            return False
    recovery = from_base64(operation["recovery"]) if "recovery" in operation else bytes(32)
    is_promise = recovery is not None and len(recovery) == 32
    return operation["aicq"] == "keys/1" and operation.get("dm", "aicq-dm-v2") == "aicq-dm-v2" and is_promise


def _is_whole(value: object) -> bool:
    return type(value) is int and abs(value) < 2**53


def _read_did_key(did: str) -> bytes:
    key = public_key_of_did_key(did)
    if key is None or did_key_of(key) != did:
        raise AicqError("invalid_public_key", "a key of the history is not a did:key of an Ed25519 key")
    check_public_key(key)
    return key


def _refused(reason: str, version: int) -> AicqError:
    return AicqError(
        "key_history_invalid",
        f"operation {version} {_details[reason]}",
        problem={"code": "key_history_invalid", "reason": reason, "version": version},
    )
