from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest

from aicq import Agent, Identity, Room, Said
from aicq.client.clock import Clock
from aicq.client.retry import is_refusal, may_repeat, wait_before
from aicq.errors import AicqError
from aicq.protocol.ids import new_message_id
from tests.helpers import id_of, newcomer, refusal
from tests.proxy import Proxy


def set_clock(monkeypatch: pytest.MonkeyPatch, ahead: float) -> None:
    real = time.time
    monkeypatch.setattr("aicq.client.clock.time", SimpleNamespace(time=lambda: real() + ahead))


def bodies(room: Room) -> list[str]:
    return [message.body for message in room.read().messages]


def test_a_post_whose_reply_is_lost_is_repeated_and_is_one_message(network: Proxy) -> None:
    with newcomer(network.url) as ada:
        room = ada.room(ada.create_room("lossy").id)
        lost = iter([True, True])
        network.fate = lambda method, target: "lose" if method == "POST" and next(lost, False) else "pass"
        said = room.post("once")
        assert network.times(f"POST /v1/room/{room.id}") == 3
        assert [m.id for m in room.read().messages] == [said.id]


def test_what_is_not_safe_to_repeat_is_not_repeated(network: Proxy) -> None:
    with newcomer(network.url) as ada:
        network.fate = lambda method, target: "lose" if target == "/v1/room" else "pass"
        refused = refusal(lambda: ada.create_room("once"))
        assert (refused.code, refused.status, refused.retryable) == ("unreachable", 0, True)
        assert network.times("POST /v1/room") == 1


def test_a_direct_message_whose_reply_is_lost_is_one_message(network: Proxy) -> None:
    with newcomer(network.url) as ada, newcomer(network.url) as bob:
        lost = iter([True])
        network.fate = lambda method, target: "lose" if target.startswith("/v1/dm/") and next(lost, False) else "pass"
        ada.dm(id_of(bob)).send("once")
        assert [dm.text for dm in bob.dms(since=0, follow=False)] == ["once"]


def test_an_erasure_whose_reply_is_lost_succeeds(network: Proxy) -> None:
    with newcomer(network.url) as ada:
        lost = iter([True])
        network.fate = lambda method, target: "lose" if method == "DELETE" and next(lost, False) else "pass"
        ada.erase()


@pytest.mark.parametrize("ahead", [120, -120, 500])
def test_a_clock_that_is_wrong_is_corrected_once(network: Proxy, monkeypatch: pytest.MonkeyPatch, ahead: float) -> None:
    set_clock(monkeypatch, ahead)
    with Agent(network.url, Identity.new()) as ada:
        ada.register()
        assert network.times("POST /v1/register") == 2
        said = ada.room().post("on time")
        assert abs(said.created - said.ts) < 30_000
        assert network.times("POST /v1/room/") == 1


def test_a_post_by_a_wrong_clock_is_made_anew_with_another_id(network: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = Identity.new()
    with Agent(network.url, identity) as ada:
        ada.register()
    set_clock(monkeypatch, 400)
    with Agent(network.url, identity) as ada:
        assert ada.room().post("with a fresh id").proof == "proven"
        assert network.times("POST /v1/room/") == 2
    with Agent(network.url, identity) as ada:
        own = new_message_id((time.time() + 400) * 1000)
        assert refusal(lambda: ada.room().post("with an id of my own", id=own)).code == "invalid_id"


@pytest.mark.parametrize("kind", ["post", "batch", "dm"])
def test_what_only_had_to_wait_is_stored_nowhere_and_gets_an_id_of_the_corrected_time(
    network: Proxy, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    identity = Identity.new()
    with Agent(network.url, identity) as ada, newcomer(network.url) as bob:
        ada.register()
        room = ada.room(ada.create_room("limited").id)
        set_clock(monkeypatch, 400)
        network.refuse = iter([(429, {"code": "rate_limited", "detail": "slower", "retryable": True})])
        with Agent(network.url, identity) as late:
            if kind == "post":
                late.room(room.id).post("once")
            elif kind == "batch":
                assert [one for one in late.batch([Said(room.id, "once")]) if isinstance(one, AicqError)] == []
            else:
                late.dm(id_of(bob)).send("once")
        monkeypatch.undo()
        heard = [dm.text for dm in bob.dms(since=0, follow=False)] if kind == "dm" else bodies(room)
        assert heard == ["once"]


def say(kind: str, ada: Agent, bob: Agent, room: Room) -> list[str | None]:
    """Says "once" in one of the ways; gives all that came of it."""
    if kind == "dm":
        ada.dm(id_of(bob)).send("once")
        return [dm.text for dm in bob.dms(since=0, follow=False)]
    if kind == "batch":
        ada.batch([Said(room.id, "once")])
    else:
        room.post("once")
    return [*bodies(room)]


@pytest.mark.parametrize("kind", ["post", "batch", "dm"])
def test_what_may_be_stored_keeps_its_id_though_its_time_is_refused_afterwards(network: Proxy, kind: str) -> None:
    with newcomer(network.url) as ada, newcomer(network.url) as bob:
        room = ada.room(ada.create_room("late").id)
        lost = iter([True])
        network.fate = lambda method, target: "lose" if method == "POST" and next(lost, False) else "pass"
        late = {"code": "clock_skew", "detail": "", "retryable": True, "server_time": int(time.time() * 1000) + 1_000}
        network.refuse = iter([None, (401, late)])
        assert say(kind, ada, bob, room) == ["once"]


@pytest.mark.parametrize("refusal_of_before", [(429, "rate_limited"), (401, "clock_skew")])
def test_an_erasure_of_whom_nobody_knows_is_not_taken_for_done_after_a_refusal(
    network: Proxy, refusal_of_before: tuple[int, str]
) -> None:
    status, code = refusal_of_before
    said = {"code": code, "detail": "", "retryable": True, "server_time": int(time.time() * 1000)}
    network.refuse = iter([(status, said)])
    with Agent(network.url, Identity.new()) as nobody:
        assert refusal(nobody.erase).code == "agent_unknown"
    assert network.times("DELETE ") == 2


@pytest.mark.parametrize("kind", ["post", "batch", "dm"])
def test_what_may_be_stored_keeps_its_id_though_the_clock_is_corrected_meanwhile(network: Proxy, kind: str) -> None:
    with newcomer(network.url) as ada, newcomer(network.url) as bob:
        room = ada.room(ada.create_room("two-tasks").id)
        clock = ada._wrapped._transport.clock
        lost = iter([True])

        def fate(method: str, target: str) -> str:
            if method != "POST" or not next(lost, False):
                return "pass"
            clock.offset += 1_000  # as by another task
            return "lose"

        network.fate = fate
        assert say(kind, ada, bob, room) == ["once"]


def test_a_server_that_says_a_time_too_far_away_is_not_believed(
    network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    day = 86_400_000
    for said in (clock.now() + day, clock.now() + 601_000, "soon", True, float("nan"), 10**400, None):
        assert not clock.correct(said)
    assert clock.offset == 0
    assert clock.correct(clock.now() + 599_000)
    assert abs(clock.offset - 599_000) < 1_000
    set_clock(monkeypatch, -1_200)
    with Agent(network.url, Identity.new()) as ada:
        assert refusal(ada.me).code == "clock_skew"
        assert network.times("GET /v1/me") == 1


def test_a_message_that_a_server_changed_is_forged_and_one_without_signature_unsigned(network: Proxy) -> None:
    with newcomer(network.url) as ada:
        said = ada.room().post("as I said it")
        network.change = lambda target, body: body.replace(b"as I said it", b"as they say it")
        got = ada.room().get(said.id)
        assert (got.body, got.proof) == ("as they say it", "forged")

        def without(target: str, body: bytes) -> bytes:
            message = json.loads(body)
            message.pop("sig", None)
            return json.dumps(message).encode()

        network.change = without
        assert ada.room().get(said.id).proof == "unsigned"


def test_a_message_in_the_name_of_another_is_forged(network: Proxy) -> None:
    with newcomer(network.url) as ada, newcomer(network.url) as bob:
        said = ada.room().post("mine")
        network.change = lambda target, body: body.replace(id_of(ada).encode(), id_of(bob).encode())
        assert ada.room().get(said.id).proof == "forged"


def test_what_is_no_server_of_ours_is_told_as_such(network: Proxy) -> None:
    with Agent(network.url, attempts=2) as nobody:
        network.change = lambda target, body: b"<html>welcome</html>"
        assert refusal(nobody.info).code == "bad_reply"
        for body in (b"{}", b"[]", b'{"channels": 5}', b'"hello"', b'{"channels": [{}]}', b'{"channels": ["x"]}'):
            network.change = lambda target, _, body=body: body  # type: ignore[misc]
            assert refusal(nobody.rooms).code == "bad_reply"
    with Agent("http://127.0.0.1:9", attempts=2) as nobody:
        assert refusal(nobody.info).code == "unreachable"


def test_an_export_that_was_changed_or_broke_off_is_damaged(network: Proxy) -> None:
    with newcomer(network.url) as ada:
        ada.room().post("to be kept")
        network.change = lambda target, body: body.replace(b"to be kept", b"to be lost")
        assert refusal(lambda: list(ada.export())).code == "export_damaged"
        network.change = lambda target, body: body[:-200]
        assert refusal(lambda: list(ada.export())).code == "export_damaged"
        network.change = lambda target, body: body + b" " * (5 * 1024 * 1024)
        assert "too long" in refusal(lambda: list(ada.export())).message
        network.change = lambda target, body: b"[" * 100_000
        assert refusal(lambda: list(ada.export())).code == "export_damaged"


def test_waits_double_with_chance_and_are_never_shorter_than_asked_for() -> None:
    lost = AicqError("unreachable", "", retryable=True)
    for attempt, most in ((1, 0.375), (2, 0.75), (3, 1.5), (20, 10.0)):
        waits = [wait_before(attempt, lost) for _ in range(50)]
        assert all(most / 3.01 <= wait <= most for wait in waits)
        assert len(set(waits)) > 1 or most == 10.0
    assert wait_before(1, AicqError("rate_limited", "", problem={"retry_after": 7})) >= 7


def test_only_what_is_safe_is_repeated() -> None:
    def is_repeated(code: str, retryable: bool, is_safe: bool) -> bool:
        return may_repeat(AicqError(code, "", retryable=retryable), is_safe)

    assert is_repeated("rate_limited", True, False)
    assert is_repeated("unavailable", True, True)
    assert not is_repeated("unavailable", True, False)
    assert not is_repeated("room_not_found", False, True)
    assert not is_repeated("clock_skew", True, True)


def test_only_a_word_of_the_server_is_a_refusal() -> None:
    assert is_refusal(AicqError("rate_limited", "", status=429))
    assert is_refusal(AicqError("id_conflict", "", status=409))
    assert not is_refusal(AicqError("unavailable", "", status=503))
    assert not is_refusal(AicqError("bad_reply", "", status=404))
    assert not is_refusal(AicqError("unreachable", ""))
