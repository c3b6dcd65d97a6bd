from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from aicq import Agent, AicqError, Identity


def newcomer(url: str, **options: Any) -> Agent:
    """A new agent, registered; close it."""
    agent = Agent(url, Identity.new(), **options)
    agent.register()
    return agent


def id_of(agent: Agent) -> str:
    assert agent.identity is not None
    return agent.identity.id


def refusal(work: Callable[[], object]) -> AicqError:
    """The error with which a call fails."""
    with pytest.raises(AicqError) as failed:
        work()
    return failed.value


def eventually(check: Callable[[], bool], seconds: float = 60) -> None:
    """Waits until something is so."""
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, "it did not become so in time"
        time.sleep(0.02)
