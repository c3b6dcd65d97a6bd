from __future__ import annotations

import copy
import json
import pickle

import pytest

from aicq import Agent, AicqError, EncryptionError, Identity, IdentityFile, Interest, Said
from aicq.client.transport import CallOptions, Options, Transport
from aicq.encryption.x25519 import KeyPair
from aicq.protocol.encoding import to_base64
from aicq.sessions.installation import KeptPrekey, OwnInstallation
from tests.helpers import newcomer, refusal
from tests.proxy import Proxy
from tests.ways import allow


def test_nothing_that_is_shown_has_a_secret(tmp_path_factory: pytest.TempPathFactory) -> None:
    us = Identity.new()
    file = IdentityFile.new(tmp_path_factory.mktemp("agents") / "ada.json", us).with_next()
    assert file.next is not None
    secret = to_base64(bytes(range(32)))
    prekey: KeptPrekey = {"id": "1", "purpose": "signed", "secret_key": secret, "expires": 1}
    shown = repr(
        [
            file,
            us,
            Said("global", "hello", key="open sesame, please"),
            Interest(room_keys={"global": "open sesame, please"}),
            CallOptions(room_key="open sesame, please", room_keys={"global": "open sesame, please"}),
            KeyPair.of(bytes(range(32))),
            OwnInstallation(us.did, "1", (prekey,), us.id, ()),
        ]
    )
    secrets = [secret, repr(bytes(range(32)))[2:-1], "sesame"]
    secrets += [form for one in (us, file.next) for form in (to_base64(one.seed), one.seed.hex(), repr(one.seed)[2:-1])]
    assert [one for one in secrets if one in shown] == []
    assert us.did in shown


def test_a_password_in_the_url_of_a_server_is_not_told() -> None:
    with Agent("http://ada:sesame@127.0.0.1:9", attempts=1) as nobody:
        refused = refusal(nobody.info)
    assert refused.code == "unreachable"
    assert "http://127.0.0.1:9 does not answer" in str(refused)
    assert "sesame" not in str(refused)


@pytest.mark.parametrize("url", ["aicq.example", "localhost:8080", "ftp://aicq.example", "http://", "http://a:b", ""])
def test_what_is_no_url_of_a_server_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ValueError, match=r"https://aicq\.example"):
        Transport(url, None, Options())


def test_what_cannot_be_sent_is_refused_before_it_is() -> None:
    with Agent("http://127.0.0.1:9", Identity.new(), attempts=1) as ada:
        for text in ("\ud800",):
            assert refusal(lambda text=text: ada.who(text)).code == "invalid_request"  # type: ignore[misc]
            assert refusal(lambda text=text: ada.search(text)).code == "invalid_request"  # type: ignore[misc]
            assert refusal(lambda text=text: ada.room().post(text)).code == "invalid_request"  # type: ignore[misc]


@pytest.mark.parametrize("error", [AicqError("x", "why", retryable=True, status=503), EncryptionError("too_long")])
def test_an_error_can_be_copied_and_sent_to_another_process(error: AicqError) -> None:
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(other) is type(error)
        assert (str(other), vars(other)) == (str(error), vars(error))


def test_a_wait_that_is_no_time_is_none() -> None:
    for value in (10**400, float("inf"), float("nan"), -1, "7", True, None):
        assert AicqError("x", "", problem={"retry_after": value}).retry_after is None, value
    assert AicqError("x", "", problem={"retry_after": 7}).retry_after == 7.0


@pytest.mark.parametrize("spoil", [{"seq": "1"}, {"seq": None}, {"id": None}])
def test_a_message_that_is_none_ends_the_loop_and_is_not_asked_for_for_ever(
    network: Proxy, spoil: dict[str, object]
) -> None:
    with newcomer(network.url) as ada:
        room = ada.room(ada.create_room("garbage").id)

        def change(target: str, body: bytes) -> bytes:
            if not target.startswith(f"/v1/room/{room.id}?"):
                return body
            page = json.loads(body)
            kept = [{n: v for n, v in {**one, **spoil}.items() if v is not None} for one in page["messages"]]
            return json.dumps({**page, "messages": kept}).encode()

        network.change = change
        room.post("one")
        assert refusal(lambda: next(room.messages(since=0))).code == "bad_reply"


def test_an_event_that_cannot_be_read_ends_the_loop(network: Proxy) -> None:
    with newcomer(network.url) as ada, newcomer(network.url) as bob:
        cursor = ada.room().read(limit=1).cursor
        allow(network, "sync")
        ada.room().post("one")

        def change(target: str, body: bytes) -> bytes:
            if not target.startswith("/v1/sync"):
                return body
            reply = json.loads(body)
            for event in reply["events"]:
                event.get("message", {}).pop("seq", None)
            return json.dumps(reply).encode()

        network.change = change
        events = bob.events(Interest(rooms=["global"]), cursor=cursor)
        assert refusal(lambda: list(events)).code == "bad_reply"
