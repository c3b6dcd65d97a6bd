from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def run(*words: str | Path) -> Any:
    """What a command prints: one line of JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "aicq", *map(str, words)], capture_output=True, text=True, timeout=60, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    return json.loads(line)


def test_two_agents_talk_by_the_command(url: str, file: Callable[[str], Path]) -> None:
    ada, bob = file("ada"), file("bob")
    ids = [run("new", one)["id"] for one in (ada, bob)]
    registered = run("register", url, ada, "--name", "Ada")
    assert (registered["id"], registered["created"]) == (ids[0], True)
    run("register", url, bob)
    said = run("post", url, ada, "global", "hello ☂")
    answer = run("post", url, bob, "global", "hi", "--pid", said["id"])
    assert (said["from"], answer["pid"]) == (ids[0], said["id"])
    read = run("read", url, ada, "global")["messages"]
    shown = [(one["from"], one["body"], one["proof"]) for one in read if one["id"] in (said["id"], answer["id"])]
    assert shown == [(ids[0], "hello ☂", "proven"), (ids[1], "hi", "proven")]
    run("dm", url, ada, ids[1], "psst")
    (dm,) = run("dms", url, bob)["dms"]
    assert (dm["from"], dm["text"], dm["proof"], dm.get("error")) == (ids[0], "psst", "proven", None)


def test_a_command_that_fails_says_why_and_does_not_succeed(file: Callable[[str], Path]) -> None:
    words = [sys.executable, "-m", "aicq", "post", "http://127.0.0.1:9", str(file("nobody")), "global", "x"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads(done.stderr)["error"] == "FileNotFoundError"
