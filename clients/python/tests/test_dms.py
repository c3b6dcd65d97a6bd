from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from aicq import Agent, AicqError, AsyncAgent, FileDmStore, Identity, MemoryDmStore
from tests.helpers import id_of, newcomer, refusal
from tests.proxy import Proxy


def keeper(url: str, identity: Identity | None = None, store: Any = None, **options: Any) -> Agent:
    """An agent that keeps sessions."""
    agent = Agent(url, identity or Identity.new(), dm_store=store or MemoryDmStore(), **options)
    agent.register()
    return agent


def texts(agent: Agent) -> list[tuple[str | None, str, str | None]]:
    """What an agent received."""
    return [(dm.text, dm.proof, dm.error) for dm in agent.dms(since=0, follow=False) if not dm.sent]


def test_a_direct_message_is_read_by_its_recipient_alone_and_proves_who_sent_it(url: str) -> None:
    with newcomer(url) as ada, newcomer(url) as bob:
        sent = ada.dm(id_of(bob)).send("between us: ☂")
        assert (sent.sent, sent.proof, sent.text) == (True, "proven", None)
        (got,) = bob.read_dms(peer=id_of(ada)).messages
        assert (got.text, got.proof, got.from_, got.sent) == ("between us: ☂", "proven", id_of(ada), False)
        assert bob.read_dms(direction="sent").messages == ()
        bob.delete_dm(got.id)
        assert (texts(bob), list(ada.dms(since=0, follow=False))) == ([], [])


def test_direct_messages_come_as_they_are_sent(url: str) -> None:
    with newcomer(url) as ada, newcomer(url) as bob, bob.dms(since=0) as coming:
        for text in ("one", "two"):
            ada.dm(id_of(bob)).send(text)
            assert next(coming).text == text


def test_an_unsigned_message_that_somebody_passes_on_is_not_taken_for_anothers(network: Proxy) -> None:
    with newcomer(network.url) as ada, newcomer(network.url) as bob, newcomer(network.url) as eve:
        ada.dm(id_of(bob)).send("from ada")
        network.change = lambda target, body: body.replace(id_of(ada).encode(), id_of(eve).encode())
        assert texts(bob) == [("from ada", "forged", None)]


def test_nothing_is_encrypted_for_a_key_that_is_not_the_recipients(network: Proxy) -> None:
    with newcomer(network.url) as ada, newcomer(network.url) as bob:
        mallory = Identity.new()
        assert bob.identity is not None
        key = bob.identity.did.encode()
        network.change = lambda target, body: body.replace(key, mallory.did.encode())
        assert refusal(lambda: ada.dm(id_of(bob)).send("secret")).code == "key_mismatch"
        assert network.times("POST /v1/dm/") == 0


def test_a_message_for_a_key_of_before_is_read_with_it(url: str) -> None:
    with newcomer(url) as ada, newcomer(url) as bob:
        assert bob.identity is not None
        ada.dm(id_of(bob)).send("to the first key")
        next = Identity.new(id_of(bob))
        bob.rotate(next)
        with Agent(url, next) as forgetful, Agent(url, next, former=[bob.identity]) as again:
            assert texts(forgetful) == [(None, "proven", "wrong_key_or_tampered")]
            assert texts(again) == [("to the first key", "proven", None)]


def test_agents_with_stores_write_in_sessions_and_prove_each_other(url: str) -> None:
    with keeper(url) as ada, keeper(url) as bob:
        assert bob.keys().dm == "aicq-dm-v2"
        sent = ada.dm(id_of(bob)).send("first")
        assert (sent.sig, sent.body[:12]) == (None, "YWljcS1kbS0y")
        assert texts(bob) == [("first", "proven", None)]
        bob.dm(id_of(ada)).send("answer")
        assert texts(ada) == [("answer", "proven", None)]
        ada.dm(id_of(bob)).send("second")
        assert texts(bob) == [("first", "proven", None), ("second", "proven", None)]


def test_a_text_is_kept_until_it_is_acknowledged_and_outlives_the_program(url: str, tmp_path: Path) -> None:
    us = Identity.new()
    with keeper(url) as ada, keeper(url, us, FileDmStore(tmp_path / "bob")) as bob:
        ada.dm(us.id).send("once")
        assert texts(bob) == [("once", "proven", None)]
    with Agent(url, us, dm_store=FileDmStore(tmp_path / "bob")) as again:
        (dm,) = again.dms(since=0, follow=False)
        assert dm.text == "once"
        again.delete_dm(dm.id)
    assert not list((tmp_path / "bob").glob("text-*"))
    for file in (tmp_path / "bob").iterdir():
        assert file.stat().st_mode & 0o077 == 0


def test_each_installation_gets_a_message_of_its_own(url: str) -> None:
    us = Identity.new()
    with keeper(url) as ada, keeper(url, us) as desk, keeper(url, us) as phone:
        sent = ada.dm(us.id).send("to both")
        assert len(sent.copies) == 1
        assert sorted(texts(desk), key=str) == sorted(texts(phone), key=str)
        assert sorted(text for text, _, _ in texts(desk) if text) == ["to both"]
        assert [error for _, _, error in texts(phone) if error] == ["prekey_unknown"]


def test_tasks_that_begin_at_once_leave_prekeys_once(network: Proxy) -> None:
    async def work() -> None:
        async with AsyncAgent(network.url, Identity.new(), dm_store=MemoryDmStore()) as ada:
            await asyncio.gather(*(ada.register() for _ in range(3)))

    asyncio.run(work())
    assert network.times("POST /v1/prekeys") == 1


def test_tasks_that_wait_for_a_server_that_is_down_share_its_failure_and_who_comes_later_asks_again(
    network: Proxy,
) -> None:
    async def work() -> list[str]:
        async with AsyncAgent(network.url, Identity.new(), dm_store=MemoryDmStore(), attempts=2) as ada:
            streams = [ada.dms(since=0) for _ in range(4)]
            network.fate = lambda method, target: "drop"
            failed = await asyncio.gather(*(anext(one) for one in streams), return_exceptions=True)
            assert network.times("/v1/") == 2
            network.fate = lambda method, target: "pass"
            await ada.register()
            return [error.code for error in failed if isinstance(error, AicqError)]

    assert asyncio.run(work()) == ["unreachable"] * 4
    assert network.times("POST /v1/prekeys") == 1


def test_tasks_that_share_an_agent_write_and_read_in_one_session_and_one_that_is_cancelled_spoils_nothing(
    url: str,
) -> None:
    async def work() -> list[str]:
        async with (
            AsyncAgent(url, Identity.new(), dm_store=MemoryDmStore()) as ada,
            AsyncAgent(url, Identity.new(), dm_store=MemoryDmStore()) as bob,
        ):
            await asyncio.gather(ada.register(), bob.register())
            assert bob.identity is not None
            to_bob = ada.dm(bob.identity.id)
            for delay in (0.0, 0.01, 0.05):
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(to_bob.send("cancelled"), delay)
            await asyncio.gather(*(to_bob.send(str(number)) for number in range(8)))
            pages = await asyncio.gather(*(bob.read_dms(order="asc", limit=100) for _ in range(3)))
            assert {dm.error for page in pages for dm in page.messages} == {None}
            assert len({tuple(dm.text for dm in page.messages) for page in pages}) == 1
            return sorted(str(dm.text) for dm in pages[0].messages if dm.text != "cancelled")

    assert asyncio.run(work()) == [str(number) for number in range(8)]


def test_a_state_belongs_to_one_agent(url: str, tmp_path: Path) -> None:
    with (
        keeper(url, None, FileDmStore(tmp_path / "one")),
        Agent(url, Identity.new(), dm_store=FileDmStore(tmp_path / "one")) as other,
    ):
        assert refusal(other.register).code == "state_unusable"


def test_a_server_cannot_lead_back_to_what_was_before_the_announcement(network: Proxy) -> None:
    with keeper(network.url) as ada, keeper(network.url) as bob:
        ada.dm(id_of(bob)).send("in a session")

        def hide(target: str, body: bytes) -> bytes:
            if target.endswith(f"/prekeys/{id_of(bob)}"):
                return b'{"installations":[]}'
            if target.endswith(f"/agent/{id_of(bob)}/keys"):
                document = json.loads(body)
                return json.dumps({**document, "operations": document["operations"][:1]}).encode()
            return body

        network.change = hide
        network.asked.clear()
        assert refusal(lambda: ada.dm(id_of(bob)).send("again")).code == "downgrade_refused"
        assert network.times("POST /v1/dm/") == 0


def test_prekeys_that_a_server_made_itself_are_refused(network: Proxy) -> None:
    with keeper(network.url) as ada, keeper(network.url) as bob:

        def swap(target: str, body: bytes) -> bytes:
            document = json.loads(body) if target.endswith(f"/prekeys/{id_of(bob)}") else None
            if not document:
                return body
            for one in document.get("installations", [document]):
                one["signed"]["public_key"] = "A" * 42 + "E="
            return json.dumps(document).encode()

        network.change = swap
        assert refusal(lambda: ada.dm(id_of(bob)).send("secret")).code == "prekey_invalid"


@pytest.mark.parametrize("remembers", ["the program", "its store"])
def test_a_key_that_was_given_up_gets_nothing_from_who_knew_that(
    network: Proxy, tmp_path: Path, remembers: str
) -> None:
    us = Identity.new()
    store = FileDmStore(tmp_path) if remembers == "its store" else None
    with Agent(network.url, us, dm_store=store) as ada, newcomer(network.url) as bob:
        ada.register()
        next = Identity.new(id_of(bob))
        bob.rotate(next)
        assert ada.dm(id_of(bob)).send("to the second key").key == next.did

        def hide(target: str, body: bytes) -> bytes:
            if not target.endswith(f"/agent/{id_of(bob)}/keys"):
                return body
            document = json.loads(body)
            return json.dumps({**document, "operations": document["operations"][:1]}).encode()

        network.change = hide
        with Agent(network.url, us, dm_store=store) as again:
            knows = again if store else ada
            assert knows.dm(id_of(bob)).send("and this").key == next.did


def test_a_session_begun_with_a_key_of_before_is_read_and_answered_in_a_new_one(url: str) -> None:
    us, store = Identity.new(), MemoryDmStore()
    with keeper(url) as ada, keeper(url, us, store) as bob:
        ada.dm(us.id).send("to the first key")
        next = Identity.new(us.id)
        bob.rotate(next)
        with Agent(url, next, former=[us], dm_store=store) as again:
            again.register()
            assert texts(again) == [("to the first key", "proven", None)]
            again.dm(id_of(ada)).send("by the second")
            assert texts(ada) == [("by the second", "proven", None)]
            ada.dm(us.id).send("thanks")
            assert [text for text, _, _ in texts(again)] == ["to the first key", "thanks"]


def test_one_time_prekeys_are_filled_up_and_a_first_message_is_read_once(network: Proxy) -> None:
    store = MemoryDmStore()
    us = Identity.new()
    with keeper(network.url, us, store) as bob, keeper(network.url) as ada:
        ada.dm(us.id).send("first")
        assert texts(bob) == [("first", "proven", None)]
        kept = json.loads(store.read("installation") or "{}")
        assert sum(one["purpose"] == "one-time" for one in kept["prekeys"]) == 49
        # the same body under another id begins nothing again
        network.change = lambda target, body: body.replace(b'"id":"0', b'"id":"1') if "/v1/dm?" in target else body
        ((_, _, error),) = texts(bob)
        assert error == "already_read"
