from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aicq import AicqError, FileDmStore, Identity, IdentityFile, KeyHistory, MemoryDmStore
from aicq.files import Files
from aicq.protocol.encoding import to_base64


def test_the_file_of_the_specification_is_the_agent_that_it_says(tmp_path: Path) -> None:
    path = tmp_path / "agent.json"
    members = {
        "aicq": "identity/1",
        "id": "7cec0105-b02f-8faf-9639-ad98f0703b4e",
        "seed": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    }
    path.write_text(json.dumps(members))
    file = IdentityFile.load(path)
    assert (file.identity.seed, file.identity.id) == (bytes(range(32)), members["id"])
    file.save()
    assert json.loads(path.read_text()) == members


def test_what_is_saved_is_for_the_owner_alone_and_members_that_are_not_known_stay(tmp_path: Path) -> None:
    path = tmp_path / "agent.json"
    made = IdentityFile.new(path)
    assert path.stat().st_mode & 0o777 == 0o600
    members = json.loads(path.read_text())
    former = to_base64(bytes(32))
    path.write_text(json.dumps({**members, "former": [former], "color": {"of": "the sea"}}))
    path.chmod(0o644)
    file = IdentityFile.load(path).with_next()
    saved = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert (saved["color"], saved["former"], saved["seed"]) == ({"of": "the sea"}, [former], members["seed"])
    assert file.next is not None
    assert saved["next"] == to_base64(file.next.seed)
    assert file.next.id == made.identity.id
    assert os.listdir(tmp_path) == ["agent.json"]


def test_an_agent_that_is_there_is_not_replaced_by_a_new_one(tmp_path: Path) -> None:
    IdentityFile.new(tmp_path / "agent.json")
    with pytest.raises(FileExistsError):
        IdentityFile.new(tmp_path / "agent.json")


def test_of_two_programs_that_make_an_agent_at_once_both_have_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "agent.json"
    link = os.link

    def slow(draft: Path, to: Path) -> None:
        monkeypatch.setattr("aicq.files.os.link", link)
        IdentityFile.new(path)
        link(draft, to)

    monkeypatch.setattr("aicq.files.os.link", slow)
    assert IdentityFile.open(path).identity.did == IdentityFile.load(path).identity.did
    assert os.listdir(tmp_path) == ["agent.json"]


def test_a_link_to_nothing_is_not_replaced_by_an_agent(tmp_path: Path) -> None:
    path = tmp_path / "agent.json"
    path.symlink_to(tmp_path / "nothing")
    with pytest.raises(FileExistsError):
        IdentityFile.new(path)
    assert (path.is_symlink(), os.listdir(tmp_path)) == (True, ["agent.json"])


def _history(key: Identity) -> KeyHistory:
    """One that says what is current."""
    return SimpleNamespace(key=key.did)  # type: ignore[return-value]


def test_the_newest_eight_keys_of_before_are_kept(tmp_path: Path) -> None:
    file = IdentityFile.new(tmp_path / "agent.json")
    had = [file.identity.did]
    for _ in range(10):
        file = file.with_next()
        assert file.next is not None
        file = file.settled(_history(file.next))
        had.insert(0, file.identity.did)
    assert [one.did for one in IdentityFile.load(file.path).former] == had[1:9]


def _held(file: IdentityFile) -> tuple[object, ...]:
    """What a file holds, by the keys."""
    next = file.next and file.next.did
    return file.identity.did, next, [one.did for one in file.former], file.others


def test_a_key_to_come_that_is_in_use_already_is_not_one_of_before(tmp_path: Path) -> None:
    file = IdentityFile.new(tmp_path / "agent.json")
    replace(file, next=file.identity).save()  # as an agent that is taken back begins
    settled = IdentityFile.load(file.path).settled(_history(file.identity))
    assert _held(settled) == _held(IdentityFile.load(file.path)) == (file.identity.did, None, [], {})


def test_what_another_program_put_into_the_file_stays_there_when_a_key_becomes_current(tmp_path: Path) -> None:
    path = tmp_path / "agent.json"
    file = IdentityFile.new(path).with_next()
    assert file.next is not None
    first, second, third = file.identity, file.next, Identity.new(file.identity.id)

    def settled() -> tuple[object, ...]:
        made = file.settled(_history(second))
        assert _held(made) == _held(IdentityFile.load(path))
        return _held(made)

    replace(file, identity=third, next=None, former=(second, first)).save()
    assert settled() == (third.did, None, [second.did, first.did], {})  # which has gone on from that key
    replace(file, next=third, others={"color": "blue"}).save()
    assert settled() == (second.did, third.did, [first.did], {"color": "blue"})
    other = Identity.new()
    replace(file, identity=other, next=None).save()
    assert settled() == (other.did, None, [], {})
    path.unlink()
    assert settled() == (second.did, None, [first.did], {})


@pytest.mark.parametrize(
    "change",
    [{"aicq": "identity/2"}, {"seed": "AAECAw=="}, {"id": "nobody"}, {"next": 5}, {"former": ["x"]}, {"seed": None}],
)
def test_a_file_of_another_form_is_refused_and_left_as_it_is(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "agent.json"
    IdentityFile.new(path)
    text = json.dumps({**json.loads(path.read_text()), **change})
    path.write_text(text)
    with pytest.raises(AicqError) as refused:
        IdentityFile.load(path)
    assert refused.value.code == "identity_unusable"
    assert path.read_text() == text


def test_a_file_with_a_member_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "agent.json"
    path.write_text('{"aicq": "identity/1", "aicq": "identity/1"}')
    with pytest.raises(AicqError) as refused:
        IdentityFile.load(path)
    assert refused.value.code == "identity_unusable"


def test_a_crash_while_a_file_is_replaced_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "agent.json"
    file = IdentityFile.new(path)
    before = path.read_text()

    def crash(*_: object) -> None:
        raise OSError("the power went out")

    monkeypatch.setattr("aicq.files.os.replace", crash)
    with pytest.raises(OSError, match="power"):
        file.with_next()
    assert path.read_text() == before


def test_changes_that_a_crash_interrupted_are_finished_by_who_comes_next(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.write({"one": "1", "two": "2"})
    (tmp_path / "journal").write_text(json.dumps([["one", "3"], ["two", None], ["three", "4"]]))
    after = Files(tmp_path)
    assert (after.read("one"), after.read("two"), after.read("three")) == ("3", None, "4")
    assert sorted(after.names()) == ["one", "three"]
    assert not (tmp_path / "journal").exists()
    with pytest.raises(ValueError, match="names nothing"):
        after.write({"../out": "x"})


def test_what_a_crash_left_of_old_secrets_goes_with_the_next_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files(tmp_path)
    files.write({"one": "1"})
    for crashes in (1, 2):  # while the journal is written, and while it is followed
        real, calls = os.replace, iter(range(crashes))

        def crash(draft: Path, path: Path, real: Any = real, calls: Any = calls, last: int = crashes - 1) -> None:
            if next(calls) == last:
                # as it is when nothing is tidied up any more
                draft.with_suffix(".kept").hardlink_to(draft)
                raise OSError("the power went out")
            real(draft, path)

        monkeypatch.setattr("aicq.files.os.replace", crash)
        with pytest.raises(OSError, match="power"):
            files.write({"one": "2"})
        monkeypatch.setattr("aicq.files.os.replace", real)
        for draft in tmp_path.glob("*.kept"):
            draft.rename(draft.with_suffix(".new"))
        assert list(tmp_path.glob("*.new")) != []
        Files(tmp_path).write({"two": "2"})
        assert list(tmp_path.glob("*.new")) == []
    assert Files(tmp_path).read("one") == "2"


def _count(folder: str, times: int) -> None:
    store = FileDmStore(folder)

    async def work() -> None:
        for _ in range(times):
            await store.exclusively(lambda kept: kept.write({"n": str(int(kept.read("n") or 0) + 1)}))

    asyncio.run(work())


def test_programs_take_turns_with_a_store(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    programs = [context.Process(target=_count, args=(str(tmp_path), 7)) for _ in range(3)]
    for program in programs:
        program.start()
    for program in programs:
        program.join(240)
    assert Files(tmp_path).read("n") == "21"


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_tasks_take_turns_with_a_store(tmp_path: Path, kind: str) -> None:
    store = MemoryDmStore() if kind == "memory" else FileDmStore(tmp_path)

    async def work() -> str | None:
        async def once() -> None:
            await store.exclusively(lambda kept: kept.write({"n": str(int(kept.read("n") or 0) + 1)}))

        await asyncio.gather(*(once() for _ in range(25)))
        return await store.exclusively(lambda kept: kept.read("n"))

    assert asyncio.run(work()) == "25"


def test_tasks_of_one_program_wait_for_each_other_as_long_as_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aicq.files._patience", 0.05)
    store = FileDmStore(tmp_path)

    async def work() -> None:
        await asyncio.gather(*(store.exclusively(lambda kept: time.sleep(0.2)) for _ in range(3)))

    asyncio.run(work())


def test_who_waits_too_long_for_a_store_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aicq.files._patience", 0.1)
    one, other = FileDmStore(tmp_path), FileDmStore(tmp_path)

    async def work() -> None:
        import threading

        free, held = threading.Event(), threading.Event()

        def hold(_: object) -> None:
            held.set()
            free.wait(60)

        holding = asyncio.ensure_future(one.exclusively(hold))
        await asyncio.to_thread(held.wait)
        try:
            await other.exclusively(lambda kept: kept.names())
        finally:
            free.set()
            await holding

    with pytest.raises(AicqError) as refused:
        asyncio.run(work())
    assert (refused.value.code, refused.value.retryable) == ("state_in_use", True)
