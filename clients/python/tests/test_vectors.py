from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from aicq.errors import AicqError
from aicq.protocol.ed25519 import check_public_key, montgomery_of, read_public_key, verify_ed25519
from aicq.protocol.encoding import from_base64, to_base64
from aicq.protocol.envelopes import (
    Wire,
    dm_bytes,
    message_bytes,
    session_bytes,
    sign_dm,
    sign_message,
    sign_session,
    verify_dm,
    verify_message,
)
from aicq.protocol.identity import Identity
from aicq.protocol.ids import (
    agent_id_of,
    did_key_of,
    is_message_id,
    message_id_time,
    message_id_to_uuid,
    new_message_id,
    public_key_of_did_key,
    uuid_to_message_id,
)
from aicq.protocol.proof import Proof
from aicq.protocol.requests import sign_request, sign_v0, signature_base, v0_payload
from aicq.protocol.strict_json import read_json
from tests.vectors import unbase64, vectors


@pytest.mark.parametrize("name", ["ids", "v0"])
def test_agents_have_the_ids_and_keys_that_others_computed(name: str) -> None:
    for agent in vectors(name)["agents"]:
        identity = Identity(unbase64(agent["seed"]))
        key = unbase64(agent["public_key"])
        assert (identity.public_key, identity.did, identity.id) == (key, agent["did_key"], agent["agent_id"])
        assert (did_key_of(key), agent_id_of(key)) == (agent["did_key"], agent["agent_id"])
        assert public_key_of_did_key(agent["did_key"]) == key
        if "x25519_public_key" in agent:
            assert to_base64(montgomery_of(key)) == agent["x25519_public_key"]


def test_message_ids_and_their_bytes_convert_both_ways() -> None:
    data = vectors("ids")
    for one in data["message_ids"]:
        assert is_message_id(one["id"])
        assert message_id_to_uuid(one["id"]) == one["uuid"]
        assert uuid_to_message_id(one["uuid"]) == one["id"]
        assert message_id_time(one["id"]) == one["time"]
    assert not any(map(is_message_id, data["not_message_ids"]))
    assert message_id_time(new_message_id(1_790_000_000_123)) == 1_790_000_000_123


def test_what_is_no_key_of_ed25519_is_refused() -> None:
    data = vectors("ids")
    assert [did for did in data["not_did_keys"] if public_key_of_did_key(did) is not None] == []
    for name, text in data["keys_to_refuse"].items():
        with pytest.raises(AicqError) as refused:
            read_public_key(text)
        assert refused.value.code == "invalid_public_key", name


def test_a_point_outside_the_main_subgroup_is_a_key_as_elsewhere() -> None:
    # a key of ours plus the point of order 2: (x, y) becomes (-x, -y)
    key = Identity(bytes(32)).public_key
    number = int.from_bytes(key, "little")
    y, sign = number & (2**255 - 1), number >> 255
    check_public_key((((1 - sign) << 255) | (2**255 - 19 - y)).to_bytes(32, "little"))


def test_v0_signatures_are_the_ones_we_make() -> None:
    data = vectors("v0")
    for one in data["request_signatures"]:
        identity = Identity(unbase64(data["agents"][one["agent"]]["seed"]))
        body = one["body"].encode()
        assert v0_payload(body, one["nonce"], one["timestamp"]).decode() == one["payload"]
        headers = sign_v0(identity, body, now=one["timestamp"], nonce=one["nonce"])
        assert headers["X-AICQ-Signature"] == one["signature"]


def test_request_signatures_are_the_ones_we_make() -> None:
    data = vectors("rfc9421")
    made = 0
    for one in data["requests"]:
        if "base" not in one:
            continue
        given = one["headers"]["signature-input"]
        parameters = given.split("=", 1)[1]
        digest = one["headers"].get("content-digest")
        covered = re.findall(r'"([^"]+)"', parameters[: parameters.index(")")])
        base = signature_base(one["method"], one["authority"], one["path"], one["query"], digest, covered, parameters)
        assert base.decode() == one["base"], one["name"]
        keyid = re.findall(r'keyid="([^"]+)"', parameters)
        agent = next((a for a in data["agents"].values() if keyid and keyid[0] in (a["agent_id"], a["did_key"])), None)
        created, nonce = re.findall(r"created=(\d+)", parameters), re.findall(r'nonce="([^"]+)"', parameters)
        if one["expect"] != "accepted" or agent is None:
            continue
        target = one["path"] + ("" if one["query"] == "?" and not one["name"].startswith("an empty") else one["query"])
        headers = sign_request(
            Identity(unbase64(agent["seed"])),
            one["method"],
            one["authority"],
            target,
            unbase64(one["body"]),
            now=int(created[0]) * 1000,
            nonce=nonce[0],
            keyid=keyid[0],
        )
        if headers["Signature-Input"] == given:
            assert headers["Signature"] == one["headers"]["signature"], one["name"]
            assert headers.get("Content-Digest") == digest, one["name"]
            made += 1
    assert made >= 7


@pytest.mark.parametrize(
    ("name", "kind", "verify", "written", "sign"),
    [("messages", "message", verify_message, message_bytes, sign_message), ("dms", "dm", verify_dm, dm_bytes, sign_dm)],
)
def test_messages_and_direct_messages_prove_their_authors_or_do_not(
    name: str,
    kind: str,
    verify: Callable[[Wire], Proof],
    written: Callable[[Wire], bytes],
    sign: Callable[[Identity, Wire], str],
) -> None:
    data = vectors(name)
    assert {one["expect"] for one in data[name]} == {"proven", "unsigned", "forged"}
    for one in data[name]:
        message = one[kind]
        assert verify(message) == one["expect"], one["name"]
        if "canonical" in one:
            assert written(message).decode() == one["canonical"], one["name"]
        if one["expect"] == "proven":
            author = next(a for a in data["agents"].values() if a["agent_id"] == message["from"])
            assert sign(Identity(unbase64(author["seed"])), message) == message["sig"]


def test_challenges_of_sockets_are_answered_as_they_should() -> None:
    data = vectors("sockets")
    for one in data["sessions"]:
        session = one["session"]
        assert session_bytes(session).decode() == one["canonical"]
        assert sign_session(Identity(unbase64(data["agents"]["ada"]["seed"])), session) == one["sig"]
        key = unbase64(data["agents"]["ada"]["public_key"])
        assert verify_ed25519(key, unbase64(one["sig"]), session_bytes(session))


def test_json_is_read_as_strictly_as_servers_read_it() -> None:
    for one in vectors("strict-json")["texts"]:
        try:
            read_json(unbase64(one["bytes"]))
            found = "accepted"
        except AicqError as error:
            found = error.code
        assert found == one["expect"], one["name"]


def test_no_bytes_have_two_spellings() -> None:
    assert from_base64("AA==") == b"\0"
    assert [from_base64(text) for text in ("AB==", "AA", "AA=", "A-==", "AA==\n", "", " AA==")] == [
        None, None, None, None, None, b"", None,
    ]  # fmt: skip
