from __future__ import annotations

import asyncio
import gc
import threading
import time

import pytest

from aicq import Agent, AsyncAgent, EventStream, Identity, Interest
from aicq.events.by_stream import Frame, FrameParser
from tests.helpers import newcomer
from tests.proxy import Proxy
from tests.ways import allow, everything


@pytest.mark.parametrize("way", everything)
def test_whoever_waits_is_let_go_when_the_stream_or_the_agent_is_closed(network: Proxy, way: str) -> None:
    with newcomer(network.url) as bob:
        allow(network, way)
        ended: list[str] = []

        def wait(events: EventStream) -> None:
            ended.append("event" if next(events, None) else "end")

        agent = Agent(network.url, bob.identity)
        left, closed = bob.events(Interest(rooms=["global"])), agent.events(Interest(rooms=["global"]))
        threads = [threading.Thread(target=wait, args=[one]) for one in (left, closed)]
        for events, thread in zip((left, closed), threads, strict=True):
            events.ready()
            thread.start()
        time.sleep(0.2)
        left.close()
        agent.close()
        for thread in threads:
            thread.join(60)
        assert ended == ["end", "end"]


def test_a_stream_that_is_closed_does_not_open(url: str) -> None:
    with newcomer(url) as ada:
        events = ada.events()
        events.close()
        with pytest.raises(RuntimeError, match="closed"):
            events.ready()
        assert list(events) == []


@pytest.mark.parametrize("way", ["socket", "stream"])
def test_a_stream_that_was_forgotten_ends_with_the_agent(network: Proxy, way: str) -> None:
    allow(network, way)

    async def work() -> int:
        async with AsyncAgent(network.url, Identity.new()) as ada:
            await ada.register()
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(anext(ada.room().messages()), 0.5)
            gc.collect()
        return len(asyncio.all_tasks())

    assert asyncio.run(work()) == 1


def test_who_waits_with_a_time_limit_loses_nothing_when_it_passes(url: str) -> None:
    async def wait() -> list[str]:
        async with AsyncAgent(url, Identity.new()) as ada:
            await ada.register()
            room = ada.room((await ada.create_room("patient")).id)
            async with room.messages(since=0) as heard:
                for _ in range(2):
                    with pytest.raises(asyncio.TimeoutError):
                        await asyncio.wait_for(anext(heard), 0.1)
                await room.post("late")
                return [(await asyncio.wait_for(anext(heard), 60)).body]

    assert asyncio.run(wait()) == ["late"]


def test_a_way_that_is_cut_off_each_time_it_opens_is_left_for_another(network: Proxy) -> None:
    allow(network, "stream", "sync")
    network.parts = 1

    async def work() -> str:
        async with AsyncAgent(network.url, Identity.new()) as ada:
            await ada.register()
            async with ada.events(Interest(rooms=["global"])) as events:
                await events.ready()
                said = await ada.room().post("heard at last")
                while True:
                    event = await asyncio.wait_for(anext(events), 120)
                    if event.message and event.message.id == said.id:
                        return event.message.body

    assert asyncio.run(work()) == "heard at last"
    assert network.times("GET /v1/sync") > 0


def test_frames_are_the_same_however_they_are_cut() -> None:
    data = 'retry: 2000\nid: 1\n\n: a comment\r\nid: 2\r\ndata: {"a":\r\ndata:1}\r\n\r\nid:3\rdata: ☂\r\r'.encode()
    expected = [Frame(id="1"), Frame("2", '{"a":\n1}'), Frame("3", "☂")]
    for size in range(1, 12):
        parser = FrameParser()
        frames = [frame for at in range(0, len(data), size) for frame in parser.push(data[at : at + size])]
        # a return at the very end may be half of a line's end
        assert (frames + parser.push(b"\n"))[:3] == expected, size
