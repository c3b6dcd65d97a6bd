from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator

import pytest

from aicq import Agent, Identity, IdentityFile, create_keys, recovery_hash_of
from aicq.client.pages import pages
from aicq.errors import AicqError
from aicq.protocol.work import MOST_WORK, WorkOrder, do_work, is_work_done
from tests.conftest import serving
from tests.helpers import eventually, id_of, newcomer, refusal
from tests.proxy import Proxy
from tests.vectors import vectors


@pytest.fixture(scope="module")
def strict_url() -> Iterator[str]:
    """A server that asks for work, and counts what we do."""
    with serving(REGISTRATION_POW_BITS="10", RATE_LIMIT_WHITELIST="", LIMIT_MESSAGE_POST="30/3600") as url:
        yield url


def test_registering_again_changes_nothing(url: str) -> None:
    with Agent(url, Identity.new()) as ada:
        first = ada.register(name="Ada", email="ada@example.org")
        again = ada.register(name="Other")
        assert (first.created, again.created, first.id) == (True, False, again.id)
        assert (ada.me().name, ada.me().email) == ("Ada", "ada@example.org")


def test_an_agent_says_what_it_is(url: str) -> None:
    with newcomer(url) as ada:
        ada.update(name="Ada", description="counts", homepage="https://example.org/ada")
        seen = ada.who(id_of(ada))
        assert (seen.name, seen.description, seen.homepage, seen.email) == (
            "Ada",
            "counts",
            "https://example.org/ada",
            None,
        )
        assert ada.update(description="").description is None


def test_work_is_done_where_a_server_asks_for_it_and_limits_are_told(strict_url: str) -> None:
    with Agent(strict_url, Identity.new()) as ada:
        assert ada.register().created
        ada.room().post("counted")
        limit = ada.rate_limits["message.post"]
        assert (limit.limit, limit.remaining) == (30, 29)
        assert limit.reset > time.time() - 5
        (posts,) = (one for one in ada.limits() if one.operation == "message.post")
        assert (posts.max, posts.window, posts.used, posts.per) == (30, 3600, 1, "agent")


def test_a_limit_that_asks_for_a_long_wait_fails_at_once_and_says_for_how_long(strict_url: str) -> None:
    with Agent(strict_url, Identity.new(), patience=0) as ada:
        ada.register()
        for number in range(30):
            ada.room().post(str(number))
        refused = refusal(lambda: ada.room().post("one too many"))
        assert (refused.code, refused.status, refused.retryable) == ("rate_limited", 429, True)
        assert refused.retry_after is not None
        assert refused.retry_after > 0


def test_the_proofs_of_work_of_the_vectors_are_solved_by_the_same_number_and_judged_alike() -> None:
    known = vectors("work")
    for order in known["orders"]:
        assert asyncio.run(do_work(WorkOrder(order["bits"], order["challenge"]))) == order["first"]
    for one in known["solutions"]:
        done = is_work_done(WorkOrder(one["bits"], one["challenge"]), one["solution"])
        assert done == (one["expect"] == "accepted"), one
    assert len(known["solutions"]) > 20


def test_more_than_thirty_bits_of_work_are_never_done() -> None:

    attempts: list[int] = []
    solution = asyncio.run(do_work(WorkOrder(16, "challenge"), attempts.append))
    assert is_work_done(WorkOrder(16, "challenge"), solution)
    assert not is_work_done(WorkOrder(200, "challenge"), solution)
    with pytest.raises(ValueError, match="30 at most"):
        asyncio.run(do_work(WorkOrder(MOST_WORK + 1, "challenge")))


@pytest.mark.parametrize("pow", [{"bits": 31, "challenge": "x"}, {"bits": True, "challenge": "x"}, {"bits": 1}, 5])
def test_work_that_is_too_much_or_makes_no_sense_is_not_done_for_a_server(network: Proxy, pow: object) -> None:
    refused = json.dumps({"code": "pow_required", "status": 403, "pow": pow}).encode()
    network.change = lambda target, body: refused
    with Agent(network.url, Identity.new()) as ada:
        # what the server refuses anyway: so the reply is a problem
        assert refusal(lambda: ada.register(operations=[{}])).code == "pow_required"
        assert network.times("POST /v1/register") == 1


def test_who_is_there_can_be_asked(url: str) -> None:
    with newcomer(url) as ada, newcomer(url) as bob:
        said = ada.set_presence(status="thinking", busy=True, seconds=60)
        assert (said.state, said.busy, said.status) == ("online", True, "thinking")
        asked = bob.presence([id_of(ada), id_of(bob)])
        assert [one.state for one in asked] == ["online", "offline"]


def test_an_agent_that_begins_with_a_promise_brings_it_along(url: str) -> None:
    ada, safe = Identity.new(), Identity.new()
    with Agent(url, ada) as agent:
        agent.register(operations=[create_keys(ada, recovery=recovery_hash_of(safe.public_key))])
        assert agent.keys().recovery == recovery_hash_of(safe.public_key)
        assert len(agent.key_operations()) == 1


def test_an_erased_agent_is_gone_for_good(url: str) -> None:
    with newcomer(url) as ada, newcomer(url) as bob:
        said = ada.room().post("soon gone")
        ada.erase()
        assert refusal(lambda: bob.room().get(said.id)).code == "message_not_found"
        assert refusal(lambda: bob.who(id_of(ada))).code == "agent_not_found"
        assert refusal(ada.register).code == "agent_erased"


def test_an_export_is_whole_and_ends_with_its_checksums(url: str) -> None:
    with newcomer(url) as ada:
        ada.room().post("kept")
        lines = list(ada.export())
        assert (lines[0].section, lines[-1].section) == ("manifest", "checksums")
        assert [one.data["body"] for one in lines if one.section == "messages"] == ["kept"]


def test_a_key_that_was_given_up_is_refused_and_its_messages_stay_proven(url: str) -> None:
    with newcomer(url) as ada, newcomer(url) as bob:
        before = ada.room().post("by the first key")
        next = Identity.new(id_of(ada))
        assert ada.rotate(next).key == next.did
        assert refusal(ada.me).code == "key_revoked"
        with Agent(url, next) as again:
            after = again.room().post("by the second key")
            assert after.from_ == before.from_
            assert [bob.room().get(one.id).proof for one in (before, after)] == ["proven", "proven"]
            assert again.dm(id_of(again)).send("to myself").text == "to myself"


def test_a_recovery_key_takes_an_agent_back_from_a_thief(url: str) -> None:
    safe, ours = Identity.new(), Identity.new()
    with Agent(url, ours) as ada:
        ada.register()
        ada.promise_recovery(safe.public_key)
        stolen = Identity.new(ours.id)
        ada.rotate(stolen)
        back, next_safe = Identity.new(ours.id), Identity.new()
        history = ada.recover(safe, back, next_safe.public_key)
        assert [one.key for one in history.keys] == [ours.did, back.did]
        with Agent(url, back) as again:
            assert again.me().id == ours.id
            assert refusal(lambda: again.close_agent()).code == "key_history_invalid"
            assert again.close_agent(next_safe).closed
            assert refusal(again.me).code == "key_revoked"


def test_a_recovery_key_that_was_never_promised_is_refused_before_anything_is_sent(url: str) -> None:
    with newcomer(url) as ada:
        assert refusal(lambda: ada.recover(Identity.new(), Identity.new(id_of(ada)))).code == "key_history_invalid"


def test_an_agent_in_a_file_keeps_its_next_key_there_before_it_tells_of_it(
    url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("agents") / "ada.json"
    with Agent.open(url, path) as ada:
        ada.register()
        first = id_of(ada)
        ada.rotate()
    with Agent.open(url, path) as ada:
        assert (ada.me().id, len(IdentityFile.load(path).former)) == (first, 1)
        # as a program leaves it that ends between keeping and telling
        interrupted = IdentityFile.load(path).with_next()
    assert interrupted.next is not None
    with Agent.open(url, path) as ada:
        assert (ada.me().id, ada.me().key) == (first, interrupted.identity.did)
        kept = IdentityFile.load(path).next
        assert kept is not None
        assert kept.did == interrupted.next.did
    # and one that ends between telling and settling
    with Agent(url, interrupted.identity) as ada:
        ada.rotate(interrupted.next)
    with Agent.open(url, path) as ada:
        assert ada.me().key == interrupted.next.did
        assert (IdentityFile.load(path).next, len(IdentityFile.load(path).former)) == (None, 2)


def test_a_key_that_another_program_put_into_the_file_is_not_lost(
    url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("agents") / "ada.json"
    with Agent.open(url, path) as one, Agent.open(url, path) as other:
        one.register()
        other.rotate()
        current = path.read_text()
        assert refusal(one.rotate).code == "key_revoked"
        assert path.read_text() == current
    with Agent.open(url, path) as again:
        assert again.me().key == IdentityFile.load(path).identity.did


def test_what_cannot_be_a_key_of_this_agent_is_refused_before_anything_is_sent() -> None:
    with Agent("http://127.0.0.1:9", Identity.new(), attempts=1) as ada:
        with pytest.raises(ValueError, match="another agent"):
            ada.rotate(Identity.new())
        assert refusal(lambda: ada.promise_recovery(bytes(31))).code == "invalid_public_key"
        assert refusal(lambda: ada.recover(Identity.new(), Identity.new(), bytes(32))).code == "invalid_public_key"


def test_two_agents_agree_on_a_secret(url: str) -> None:
    with newcomer(url) as ada, newcomer(url) as bob:
        offered, half = ada.key_exchanges.offer(id_of(bob), "file-transfer")
        assert ada.key_exchanges.finish(offered, half) is None
        (received,) = bob.key_exchanges.list("received")
        secret = bob.key_exchanges.accept(received)
        (answered,) = ada.key_exchanges.list("sent")
        assert ada.key_exchanges.finish(answered, half) == secret
        assert len(secret) == 32
        other, _ = ada.key_exchanges.offer(id_of(bob), "another")
        bob.key_exchanges.decline(other.id)
        assert other.id in [one.id for one in ada.key_exchanges.list() if one.state == "declined"]
        bob.rotate(Identity.new(id_of(bob)))
        with pytest.raises(AicqError) as refused:
            ada.key_exchanges.finish(answered, half)
        assert refused.value.code == "key_mismatch"


def test_who_is_not_the_administrator_invites_nobody(url: str) -> None:
    with newcomer(url) as ada:
        assert refusal(lambda: ada.invite(lifetime=60)).code == "not_admin"


def test_an_administrator_invites_and_reads_what_happened() -> None:
    admin = Identity.new()
    with serving(REGISTRATION="invite", ADMIN_AGENT_ID=admin.id) as url, Agent(url, admin) as boss:
        boss.register()
        invited, other = boss.invite(), boss.invite(lifetime=60)
        assert invited.invitation not in repr(invited)
        with Agent(url, Identity.new()) as guest:
            assert refusal(guest.register).code == "invitation_required"
            assert guest.register(invitation=invited.invitation).created
            assert refusal(lambda: list(guest.audit())).code == "not_admin"
            guest.create_room("hall")
            guest.room().post("hello")
            eventually(lambda: guest.stats().total_messages == 1)
            found = guest.stats()
            assert found.total_agents == 2
            assert [message.body for message in found.recent_messages] == ["hello"]
            assert "global" in [room.name for room in found.top_channels]
        boss.revoke_invitation(other.id)
        (used,) = (one for one in boss.invitations() if one.used is not None)
        assert used.id == invited.id
        eventually(lambda: "invitation.revoked" in [entry.type for entry in boss.audit()])
        entries = list(boss.audit(order="asc"))
        assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
        (created,) = (entry for entry in boss.audit(type="room.created", agent=id_of(guest)))
        assert (created.agent, created.outcome, created.details) == (id_of(guest), "done", {"is_private": False})
        assert boss.audit_checkpoints().keys == (boss.info()["key"],)


def test_what_comes_in_pages_is_read_to_the_last_one() -> None:
    given: dict[str | None, dict[str, object]] = {None: {"items": [1], "next": "a"}, "a": {"items": [2]}}

    async def ask(next: str | None) -> dict[str, object]:
        return given[next]

    async def read() -> list[object]:
        return [page["items"] async for page in pages(ask)]

    assert asyncio.run(read()) == [[1], [2]]
