from __future__ import annotations

import asyncio
import threading
from typing import cast

import pytest

from aicq import Agent, Event, EventStream, Identity, Interest
from aicq.client.transport import Transport
from aicq.events.by_sync import by_sync
from tests.helpers import eventually, id_of, newcomer, refusal
from tests.proxy import Proxy
from tests.ways import allow, everything, paths


def bodies(events: EventStream, count: int) -> list[str]:
    """Of so many messages."""
    heard: list[str] = []
    while len(heard) < count:
        event = next(events)
        if event.message:
            assert event.message.proof == "proven"
            heard.append(event.message.body)
    return heard


@pytest.mark.parametrize("way", everything)
def test_events_come_by_the_best_way_that_is_open(network: Proxy, way: str) -> None:
    with newcomer(network.url) as ada, newcomer(network.url) as bob:
        allow(network, *everything[everything.index(way) :])
        with bob.events(Interest(rooms=["global"])) as events:
            events.ready()
            for text in ("a", "b"):
                ada.room().post(text)
            assert bodies(events, 2) == ["a", "b"]
        asked = [name for name, path in paths.items() if network.times(f"GET {path}")]
        assert asked[-1] == way


def test_where_no_way_is_to_be_had_the_loop_fails(network: Proxy) -> None:
    with newcomer(network.url) as bob:
        allow(network)
        events = bob.events(Interest(rooms=["global"]))
        assert refusal(lambda: next(events)).code == "unreachable"


def test_who_goes_on_from_a_cursor_gets_what_came_meanwhile_once_whatever_the_way(network: Proxy) -> None:
    with newcomer(network.url) as ada, newcomer(network.url) as bob:
        cursor: str | None = ada.room().read(limit=1).cursor
        for text in ("a", "b", "c"):
            ada.room().post(text)
        heard: list[Event] = []
        for way in everything:
            allow(network, way)
            with bob.events(Interest(rooms=["global"]), cursor=cursor) as events:
                event = next(event for event in events if event.message)
                heard.append(event)
                cursor = events.cursor
        assert [event.message.body for event in heard if event.message] == ["a", "b", "c"]


@pytest.mark.parametrize("way", everything)
def test_a_connection_that_breaks_is_opened_again_and_nothing_is_lost_or_comes_twice(network: Proxy, way: str) -> None:
    with newcomer(network.url) as ada, newcomer(network.url) as bob:
        room = ada.room(ada.create_room("broken").id)
        allow(network, way)
        with bob.room(room.id).messages(since=0) as heard:
            got = []
            for number in range(9):
                room.post(str(number))
                if number % 3 == 1:
                    network.cut()
                got.append(next(heard).body)
            assert got == [str(number) for number in range(9)]


@pytest.mark.parametrize("way", everything)
def test_events_go_on_where_a_connection_broke_off(network: Proxy, way: str) -> None:
    with newcomer(network.url) as ada, newcomer(network.url) as bob:
        room = ada.room(ada.create_room("on").id)
        allow(network, way)
        events = bob.events(Interest(rooms=[room.id]))
        events.ready()
        heard: list[str] = []
        reading = threading.Thread(
            target=lambda: heard.extend(event.message.body for event in events if event.message), daemon=True
        )
        reading.start()
        for number in range(4):
            room.post(str(number))
            if number % 2:
                network.cut()
        room.post("last")
        eventually(lambda: "last" in heard, 120)
        events.close()
        reading.join(60)
        assert heard == ["0", "1", "2", "3", "last"]


def test_what_an_event_tells_again_is_not_given_twice(network: Proxy) -> None:
    with newcomer(network.url) as ada, newcomer(network.url) as bob:
        room = ada.room(ada.create_room("twice").id)
        before = room.read().cursor.encode()
        room.post("one")
        room.post("two")
        after = room.read().cursor.encode()
        # a page that says an earlier cursor: the stream then tells what the page has told
        network.change = lambda target, body: body.replace(after, before)
        page = bob.room(room.id).read()
        assert page.cursor.encode() != after

        def change(target: str, body: bytes) -> bytes:
            if not target.startswith(f"/v1/room/{room.id}?"):
                return body
            import json

            return json.dumps({**json.loads(body), "cursor": before.decode()}).encode()

        network.change = change
        with bob.room(room.id).messages(since=0) as heard:
            got = [next(heard).body, next(heard).body]
            room.post("three")
            got.append(next(heard).body)
        assert got == ["one", "two", "three"]


@pytest.mark.parametrize("way", everything)
def test_a_cursor_that_is_not_of_this_log_is_told_with_the_place_to_go_on_from(network: Proxy, way: str) -> None:
    with newcomer(network.url) as bob:
        allow(network, way)
        events = bob.events(Interest(rooms=["global"]), cursor="nowhere")
        refused = refusal(lambda: next(events))
        assert (refused.code, type(refused.problem["cursor"])) == ("resync_required", str)


def test_a_room_is_read_on_by_its_numbers_where_the_log_cannot(network: Proxy) -> None:
    with newcomer(network.url) as ada, newcomer(network.url) as bob:
        room = ada.room(ada.create_room("restored").id)
        room.post("one")
        spoiled = iter([True])

        def change(target: str, body: bytes) -> bytes:
            import json

            if not target.startswith(f"/v1/room/{room.id}?") or not next(spoiled, False):
                return body
            return json.dumps({**json.loads(body), "cursor": "of another log"}).encode()

        network.change = change
        with bob.room(room.id).messages(since=0) as heard:
            assert next(heard).body == "one"
            room.post("two")
            assert next(heard).body == "two"


def test_direct_messages_come_read_to_who_asks_for_nothing_in_particular(url: str) -> None:
    with newcomer(url) as ada, newcomer(url) as bob, bob.events() as events:
        events.ready()
        ada.dm(id_of(bob)).send("between us")
        event = next(events)
        assert event.dm is not None
        assert (event.type, event.dm.text, event.dm.proof) == ("dm.received", "between us", "proven")


@pytest.mark.parametrize("way", ["socket", "stream"])
def test_a_private_room_is_heard_with_its_key_by_who_is_not_registered_too(network: Proxy, way: str) -> None:
    key = "open sesame, please"
    with newcomer(network.url) as ada:
        room = ada.create_room("vault", key=key)
        for identity in (None, Identity.new()):
            cursor = ada.room(room.id).read().cursor
            ada.room(room.id).post(way)
            allow(network, way)
            with Agent(network.url, identity) as nobody:
                interest = Interest(rooms=[room.id], room_keys={room.id: key})
                with nobody.events(interest, cursor=cursor) as events:
                    assert bodies(events, 1) == [way]
                closed = nobody.events(Interest(rooms=[room.id]), cursor=cursor)
                assert refusal(lambda closed=closed: next(closed)).code == "room_not_found"  # type: ignore[misc]
            network.reset()


def test_presence_is_told_to_who_asked_for_it(url: str) -> None:
    with newcomer(url) as ada, newcomer(url) as bob, bob.events(Interest(presence=[id_of(ada)])) as events:
        events.ready()
        ada.set_presence(status="here")
        presence = next(event.presence for event in events if event.presence and event.presence.status)
        assert (presence.agent, presence.state, presence.status) == (id_of(ada), "online", "here")


def test_sync_tells_what_happened_after_a_cursor_and_names_what_does_not_fit(url: str) -> None:
    with newcomer(url) as ada, newcomer(url) as bob:
        room = ada.room(ada.create_room("much").id)
        bob.room(room.id).join()
        start = bob.sync()
        assert start.events == ()
        room.post("short")
        room.post("long " * 700)
        told = bob.sync(cursor=start.cursor, wait=5)
        assert [e.message.body[:5] for e in told.events if e.message] == ["short", "long "]
        little = bob.sync(cursor=start.cursor, max_tokens=700)
        assert len(little.rest) == 1
        assert little.rest[0].id is not None
        assert room.get(little.rest[0].id).body.startswith("long")


@pytest.mark.parametrize("reply", [b"", b"{}", b'{"events":[]}', b'{"events":[],"cursor":5}', b'{"cursor":"x"}', b"[]"])
def test_a_reply_to_sync_that_is_none_is_told_as_such(network: Proxy, reply: bytes) -> None:
    with newcomer(network.url) as bob:
        allow(network, "sync")
        network.change = lambda target, body: reply if target.startswith("/v1/sync") else body
        assert refusal(bob.sync).code == "bad_reply"
        events = bob.events(Interest(rooms=["global"]))
        assert refusal(lambda: next(events)).code == "bad_reply"


def test_a_reply_to_sync_without_anything_is_told_as_such() -> None:
    async def work() -> None:
        class Silent:
            async def call(self, *_: object) -> None:
                """A reply of status 204."""

        await anext(by_sync(cast(Transport, Silent()))(Interest(), None))

    assert refusal(lambda: asyncio.run(work())).code == "bad_reply"


def test_a_key_that_is_given_up_ends_the_stream(url: str) -> None:
    with newcomer(url) as ada, ada.events() as events:
        events.ready()
        ada.rotate(Identity.new(id_of(ada)))
        assert refusal(lambda: [None for _ in events]).code == "key_revoked"
