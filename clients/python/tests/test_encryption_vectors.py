from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from aicq.encryption.body import plain_text
from aicq.encryption.dm_v1 import decrypt_dm, decrypt_dm_bytes, encrypt_dm, encrypt_dm_with
from aicq.encryption.keyexchange import (
    answer_key_offer,
    finish_key_exchange,
    key_answer_bytes,
    key_offer_bytes,
    new_key_offer,
)
from aicq.encryption.prekeys import Party, PrekeySecret, check_prekey, new_prekey, prekey_bytes
from aicq.encryption.session import Session, accept_session, decrypt_in_session, encrypt_in_session, start_session
from aicq.encryption.x3dh import Bundle, Us, initiate
from aicq.errors import EncryptionError
from aicq.protocol.encoding import to_base64
from aicq.protocol.identity import Identity
from tests.vectors import unbase64, vectors

data = vectors("sessions")
now = data["now"]
prekeys = data["prekeys"]


def end(name: str) -> Us:
    return Us(Identity(unbase64(data[name]["seed"])), data[name]["installation"])


ada, bob = end("ada"), end("bob")


def kept(id: str) -> PrekeySecret | None:
    for one in prekeys.values():
        if one["prekey"]["id"] == id:
            return {"id": id, "purpose": one["prekey"]["purpose"], "secret_key": one["secret_key"]}
    return None


def secrets(*texts: str | None) -> Callable[[], bytes]:
    """Gives these secrets in turn, and no others."""
    left = [text for text in texts if text is not None]
    return lambda: unbase64(left.pop(0))


def refusal(work: Callable[[], object]) -> str:
    try:
        work()
    except EncryptionError as error:
        return error.code
    return "read"


def test_bodies_of_others_are_read_or_refused_with_the_reason() -> None:
    known = vectors("dms")
    us = Identity(unbase64(known["agents"]["bob"]["seed"]))
    for one in known["bodies"]:
        assert refusal(lambda one=one: decrypt_dm(us, one["body"])) == one["expect"], one["name"]  # type: ignore[misc]
        if one["expect"] == "read":
            assert decrypt_dm_bytes(us, one["body"]) == unbase64(one["plaintext"]), one["name"]


def test_the_bodies_of_v0_are_the_ones_we_make() -> None:
    known = vectors("v0")
    for one in known["direct_messages"]:
        recipient = known["agents"][one["recipient"]]
        secret, nonce = unbase64(one["ephemeral_secret"]), unbase64(one["nonce"])
        plain = one["plaintext"].encode()
        assert encrypt_dm_with(secret, nonce, unbase64(recipient["public_key"]), plain) == one["wire"]
        assert decrypt_dm(Identity(unbase64(recipient["seed"])), one["wire"]) == one["plaintext"]
    for one in known["direct_messages_to_reject"]:
        us = Identity(unbase64(known["agents"][one["recipient"]]["seed"]))
        assert refusal(lambda one=one, us=us: decrypt_dm(us, one["wire"])) != "read", one["name"]  # type: ignore[misc]


def test_half_a_surrogate_pair_is_not_encrypted_and_a_text_has_its_limit() -> None:
    key = bob.identity.public_key
    assert refusal(lambda: encrypt_dm(key, "\ud800")) == "not_utf8"
    assert refusal(lambda: encrypt_dm(key, "x" * 6_084)) == "read"
    assert refusal(lambda: encrypt_dm(key, "x" * 6_085)) == "too_long"


def test_prekeys_are_the_ones_we_make_and_are_accepted_until_they_expire() -> None:
    for one in prekeys.values():
        prekey = one["prekey"]
        assert prekey_bytes(prekey).decode() == one["canonical"]
        made, secret = new_prekey(
            bob.identity,
            prekey["purpose"],
            prekey["installation"],
            prekey["created"],
            prekey["expires"],
            secrets(one["secret_key"]),
        )
        assert made == prekey
        assert secret == kept(prekey["id"])
        key = check_prekey(prekey, bob.party, [prekey["purpose"]], prekey["expires"] - 1)
        assert to_base64(key) == prekey["public_key"]


def test_prekeys_that_could_be_of_somebody_else_are_refused_with_the_reason() -> None:
    signed = prekeys["signed"]["prekey"]
    for one in data["prekeys_to_refuse"]:
        bundle = Bundle(one["prekey"]) if one["as"] == "signed" else Bundle(signed, one["prekey"])
        code = refusal(lambda bundle=bundle: start_session(ada, bob.party, bundle, now))  # type: ignore[misc]
        assert code == one["expect"], one["name"]


@pytest.mark.parametrize("vector", data["sessions"], ids=lambda one: one["name"])
def test_a_session_is_held_to_the_byte(vector: dict[str, Any]) -> None:
    one_time = prekeys[vector["one_time"]]["prekey"] if vector.get("one_time") else None
    bundle = Bundle(prekeys["signed"]["prekey"], one_time)
    agreed, _, _ = initiate(ada, bob.party, bundle, now, secrets(vector["ephemeral_secret"]))
    assert to_base64(agreed.secret) == vector["secret"]
    assert to_base64(agreed.associated) == vector["associated"]
    assert agreed.first_message_id == vector["first_message_id"]
    new_secret = secrets(vector["ephemeral_secret"], vector["ratchet_secret"])
    sessions: dict[str, Session] = {"ada": start_session(ada, bob.party, bundle, now, new_secret)}
    sent = [step for step in vector["steps"] if "send" in step]
    for step in vector["steps"]:
        if "send" in step:
            sessions[step["send"]], body = encrypt_in_session(sessions[step["send"]], step["text"])
            assert body == step["body"]
            continue
        message, reader = sent[step["message"]], step["receive"]
        if "expect" in step:
            before = copy.deepcopy(sessions[reader])
            assert refusal(lambda r=reader, m=message: decrypt_in_session(sessions[r], m["body"])) == step["expect"]  # type: ignore[misc]
            assert sessions[reader] == before
            continue
        given = secrets(step.get("new_secret"))
        if reader in sessions:
            session, plain = decrypt_in_session(sessions[reader], message["body"], given)
        else:
            first = accept_session(bob, ada.identity.id, ada.identity.public_key, kept, message["body"], given)
            session, plain = first.session, first.plain
            assert (session["id"], first.first_message_id) == (vector["session"], vector["first_message_id"])
            is_spent = vector.get("one_time") == "one-time"
            assert first.spent == (prekeys["one-time"]["prekey"]["id"] if is_spent else None)
        assert plain_text(plain) == message["text"]
        sessions[reader] = json.loads(json.dumps(session))
    assert "opening" not in sessions["ada"]
    assert sessions["ada"]["ratchet"]["skipped"] == []


def test_a_thousand_messages_may_be_missing_and_not_one_more() -> None:
    far = data["far"]
    session = accept_session(bob, ada.identity.id, ada.identity.public_key, kept, far["0"]).session
    assert refusal(lambda: decrypt_in_session(session, far["1002"])) == "too_many_skipped"
    after, _ = decrypt_in_session(session, far["1001"])
    assert len(after["ratchet"]["skipped"]) == 1_000


def test_a_first_message_that_cannot_be_read_is_refused_with_the_reason() -> None:
    them = Party(ada.identity.id, ada.installation, ada.identity.public_key)
    for one in data["bodies_to_refuse"]:
        code = refusal(lambda one=one: accept_session(bob, them.agent, them.public_key, kept, one["body"]))  # type: ignore[misc]
        assert code == one["expect"], one["name"]


def test_a_key_exchange_gives_both_the_same_secret() -> None:
    known = vectors("keyexchange")
    us, them = Identity(unbase64(known["bob"]["seed"])), Identity(unbase64(known["ada"]["seed"]))
    offer, answer = known["offer"]["offer"], known["answer"]["answer"]
    assert key_offer_bytes(offer).decode() == known["offer"]["canonical"]
    assert key_answer_bytes(offer, answer).decode() == known["answer"]["canonical"]
    made, secret = new_key_offer(
        them,
        us.id,
        offer["purpose"],
        offer["created"],
        offer["expires"],
        secrets(known["offer"]["secret_key"]),
    )
    assert made == offer
    given = secrets(known["answer"]["secret_key"])
    assert answer_key_offer(us, offer, them.did, known["now"], given) == (answer, unbase64(known["secret"]))
    assert finish_key_exchange(offer, secret, answer, us.did) == unbase64(known["secret"])
    for one in known["offers_to_refuse"]:
        code = refusal(lambda one=one: answer_key_offer(us, one["offer"], them.did, known["now"]))  # type: ignore[misc]
        assert code == "exchange_invalid", one["name"]
