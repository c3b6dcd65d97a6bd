from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import aicq
from aicq import Agent, AsyncAgent, AsyncDm, AsyncKeyExchanges, AsyncRoom, Dm, Identity, KeyExchanges, Room
from aicq.protocol.canonical import canonical_bytes

pairs = [(AsyncAgent, Agent), (AsyncRoom, Room), (AsyncDm, Dm), (AsyncKeyExchanges, KeyExchanges)]
#: Of one face alone: how each is closed, and what one uses inside.
alone = {"aclose", "close", "envelope"}


@pytest.mark.parametrize(("asynchronous", "waiting"), pairs)
def test_both_faces_have_the_same_shape(asynchronous: type, waiting: type) -> None:
    def members(of: type) -> dict[str, object]:
        return {name: member for name, member in inspect.getmembers(of) if name[0] != "_" and name not in alone}

    one, other = members(asynchronous), members(waiting)
    attributes = {"peer", "id"}  # set by the asynchronous face when it is made
    assert set(one) == set(other) - attributes
    for name, member in one.items():
        if callable(member):
            theirs = inspect.signature(other[name])  # type: ignore[arg-type]
            assert list(inspect.signature(member).parameters) == list(theirs.parameters), name


def test_numbers_are_written_as_ecmascript_writes_them() -> None:
    cases = {
        -0.0: "0", 1.0: "1", 0.5: "0.5", -1.5: "-1.5", 1e21: "1e+21", 1e20: "100000000000000000000",
        1e-6: "0.000001", 1e-7: "1e-7", 123456.789: "123456.789", 5e-324: "5e-324", 1.5e300: "1.5e+300",
        333333333.33333329: "333333333.3333333", 2**53: "9007199254740992", 2**60: "1152921504606847000",
    }  # fmt: skip
    for number, text in cases.items():
        assert canonical_bytes("number", {"n": number}).decode() == f'{{"n":{text}}}'


def test_members_are_sorted_as_utf_16() -> None:
    written = canonical_bytes("thing", {"\U0001f600": 1, "\ufb33": 2, "a": None, "b": [True, {"z": 1, "y": "\x1f"}]})
    assert written.decode() == '{"b":[true,{"y":"\\u001f","z":1}],"\U0001f600":1,"\ufb33":2}'


def test_a_closed_agent_says_so() -> None:
    agent = Agent("http://127.0.0.1:9", Identity.new())
    agent.close()
    agent.close()
    with pytest.raises(RuntimeError, match="closed"):
        agent.info()


def test_everything_that_is_named_is_there_and_no_file_is_long() -> None:
    assert all(hasattr(aicq, name) for name in aicq.__all__)
    for file in Path(aicq.__file__).parent.rglob("*.py"):
        lines = len(file.read_text("utf-8").splitlines())
        assert lines <= 300, f"{file} has {lines} lines"
