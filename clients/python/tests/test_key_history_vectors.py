from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aicq.errors import AicqError
from aicq.key_history.forks import recovery_place, takes_place
from aicq.key_history.operation import (
    announce_dm,
    close_keys,
    create_keys,
    operation_bytes,
    promise_recovery,
    recover_key,
    recovery_hash_of,
    rotate_key,
)
from aicq.key_history.verify import extend_key_history, verify_key_history
from aicq.protocol.identity import Identity
from tests.vectors import unbase64, vectors

data = vectors("keys")


def someone(name: str) -> Identity:
    return Identity(unbase64(data["agents"][name]["seed"]))


def named(name: str) -> list[object]:
    found: list[object] = next(one["operations"] for one in data["histories"] if one["name"] == name)
    return found


@pytest.mark.parametrize("one", data["histories"], ids=lambda one: one["name"])
def test_a_history_says_what_it_should_or_is_refused_for_the_right_reason(one: dict[str, object]) -> None:
    operations: list[dict[str, object]] = one["operations"]  # type: ignore[assignment]
    if one["expect"] != "valid":
        with pytest.raises(AicqError) as refused:
            verify_key_history(str(one["agent"]), operations)
        assert refused.value.problem.get("reason", refused.value.code) == one["expect"]
        return
    history = verify_key_history(str(one["agent"]), operations)
    assert (history.hash, history.version, history.closed) == (one["hash"], one["version"], one["closed"])
    assert [{"key": each.key, "version": each.version} for each in history.keys] == one["keys"]
    assert (history.recovery, history.dm) == (one.get("recovery"), one.get("dm"))
    assert history.key == history.keys[-1].key
    assert [operation_bytes(operation).decode() for operation in operations] == one["canonical"]


@pytest.mark.parametrize("one", data["forks"], ids=lambda one: one["name"])
def test_of_two_histories_the_one_holds_that_should(one: dict[str, Any]) -> None:
    assert ("offered" if takes_place(one["known"], one["offered"]) else "known") == one["holds"]


def test_we_sign_the_same_operations_to_the_same_bytes() -> None:
    ada, second, third, safe = map(someone, ["ada", "second", "third", "recovery"])
    recovery, promised = recovery_hash_of(safe.public_key), data["recovery_hashes"]["recovery 2"]
    assert recovery == data["recovery_hashes"]["recovery"]
    plain, first = create_keys(ada), create_keys(ada, recovery=recovery)

    def at(*operations: object) -> object:
        return verify_key_history(ada.id, operations)  # type: ignore[arg-type]

    rotated = rotate_key(at(first), ada, second)  # type: ignore[arg-type]
    place = verify_key_history(ada.id, [first, rotated])
    assert [first, rotated, recover_key(place, safe, third, promised)] == named("recovered, with a new promise")
    assert [first, rotated, close_keys(place, safe, is_recovery_key=True)] == named("closed by the recovery key")
    start = verify_key_history(ada.id, [plain])
    assert [plain, announce_dm(start, ada)] == named("announced later")
    moved = rotate_key(start, ada, second)
    after = verify_key_history(ada.id, [plain, moved])
    assert [plain, moved, promise_recovery(after, second, recovery)] == named("promised later")
    assert [plain, moved, close_keys(after, second, is_recovery_key=False)] == named("closed by the current key")


def test_a_recovery_key_signs_where_it_was_promised_last_whatever_a_thief_made_of_that() -> None:
    fork = next(one for one in data["forks"] if one["name"].endswith("and uses it"))
    safe, ada = someone("recovery"), someone("ada")
    late = recovery_place(fork["agent"], fork["known"], safe.public_key)
    early = recovery_place(fork["agent"], fork["known"], safe.public_key, ada.did)
    assert late is not None
    assert early is not None
    assert (late.version, early.version) == (3, 1)
    assert recovery_place(fork["agent"], fork["known"], someone("bob").public_key) is None


def test_a_history_has_an_end() -> None:
    ada = someone("ada")
    last = replace(verify_key_history(ada.id, [create_keys(ada)]), version=499)
    full = extend_key_history(ada.id, last, announce_dm(last, ada))
    assert full.version == 500
    with pytest.raises(AicqError) as refused:
        extend_key_history(ada.id, full, announce_dm(full, ada))
    assert refused.value.problem["reason"] == "too_long"
