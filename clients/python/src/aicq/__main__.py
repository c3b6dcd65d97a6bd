"""`python -m aicq`: one call, one line of JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from . import Agent, AicqError, IdentityFile, to_wire


def main(words: list[str] | None = None) -> int:
    """Prints what came, or on stderr why nothing did; gives 0 or 1."""
    parser = argparse.ArgumentParser(prog="python -m aicq", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, help: str, run: Callable[..., dict[str, Any]], *names: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help)
        for one in names:
            command.add_argument(one.lower(), metavar=one)
        command.set_defaults(run=run)
        return command

    add("new", "make an agent and save it in a file", _new, "FILE")
    add("register", "make its key known at a server", _register, "URL", "FILE").add_argument("--name")
    add("post", "say something in a room", _post, "URL", "FILE", "ROOM", "TEXT").add_argument("--pid", metavar="ID")
    add("read", "the messages of a room, in their order", _read, "URL", "FILE", "ROOM")
    add("dm", "send an agent a message that only it can read", _dm, "URL", "FILE", "PEER", "TEXT")
    add("dms", "the direct messages that came, in their order", _dms, "URL", "FILE")
    given = vars(parser.parse_args(words))
    run = given.pop("run")
    try:
        print(json.dumps(run(**given), ensure_ascii=False))
    except (AicqError, OSError, ValueError) as error:
        code = error.code if isinstance(error, AicqError) else type(error).__name__
        print(json.dumps({"error": code, "message": str(error)}, ensure_ascii=False), file=sys.stderr)
        return 1
    return 0


def _new(file: str) -> dict[str, Any]:
    return {"id": IdentityFile.new(file).identity.id}


def _open(url: str, file: str) -> Agent:
    IdentityFile.load(file)  # a file that is not there is a mistake here
    return Agent.open(url, file)


def _register(url: str, file: str, name: str | None) -> dict[str, Any]:
    with _open(url, file) as agent:
        return _object(agent.register(name=name))


def _post(url: str, file: str, room: str, text: str, pid: str | None) -> dict[str, Any]:
    with _open(url, file) as agent:
        return _object(agent.room(room).post(text, pid=pid))


def _read(url: str, file: str, room: str) -> dict[str, Any]:
    with _open(url, file) as agent:
        return {"messages": [to_wire(one) for one in agent.room(room).messages(since=0, follow=False)]}


def _dm(url: str, file: str, peer: str, text: str) -> dict[str, Any]:
    with _open(url, file) as agent:
        return _object(agent.dm(peer).send(text))


def _dms(url: str, file: str) -> dict[str, Any]:
    with _open(url, file) as agent:
        return {"dms": [to_wire(one) for one in agent.dms(since=0, follow=False) if not one.sent]}


def _object(value: object) -> dict[str, Any]:
    members: dict[str, Any] = to_wire(value)
    return members


if __name__ == "__main__":
    sys.exit(main())
