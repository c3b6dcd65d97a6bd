from __future__ import annotations

from aicq import Agent, AicqError, Message, Said
from aicq.protocol.ids import GLOBAL_ROOM, new_message_id
from tests.helpers import eventually, id_of, newcomer, refusal


def test_what_an_agent_posts_another_reads_proven_and_in_order(url: str) -> None:
    with newcomer(url) as ada, newcomer(url) as bob:
        room = ada.create_room("talk")
        first = ada.room(room.id).post("hello")
        assert (first.seq, first.body, first.proof, first.from_) == (1, "hello", "proven", id_of(ada))
        bob.room(room.id).post("hi", pid=first.id)
        read = list(ada.room(room.id).messages(since=0, follow=False))
        assert [(m.body, m.proof, m.pid) for m in read] == [("hello", "proven", None), ("hi", "proven", first.id)]


def test_a_thread_is_its_root_and_all_answers(url: str) -> None:
    with newcomer(url) as ada:
        room = ada.room(ada.create_room("threads").id)
        root = room.post("root")
        room.post("something else")
        answer = room.post("answer", pid=root.id)
        room.post("deeper", pid=answer.id)
        assert [m.body for m in room.thread(answer.id)] == ["root", "answer", "deeper"]
        assert [m.body for m in room.read(thread=root.id, order="asc", limit=2).messages] == ["root", "answer"]


def test_pages_go_on_where_the_last_one_ended(url: str) -> None:
    with newcomer(url) as ada:
        room = ada.room(ada.create_room("pages").id)
        for number in range(5):
            room.post(str(number))
        page = room.read(order="asc", limit=3)
        assert ([m.body for m in page.messages], page.has_more, page.room_name) == (["0", "1", "2"], True, "pages")
        assert [m.body for m in room.read(order="asc", limit=3, next=page.next).messages] == ["3", "4"]
        assert [m.body for m in room.read(after_seq=3, order="asc").messages] == ["3", "4"]


def test_the_same_id_again_is_the_same_message(url: str) -> None:
    with newcomer(url) as ada:
        id = new_message_id()
        room = ada.room(ada.create_room("again").id)
        assert room.post("once", id=id).seq == room.post("once", id=id).seq == 1
        assert refusal(lambda: room.post("other", id=id)).code == "id_conflict"


def test_a_message_is_got_and_taken_back_by_its_author_alone(url: str) -> None:
    with newcomer(url) as ada, newcomer(url) as bob:
        said = ada.room().post("for a while")
        assert bob.room().get(said.id).proof == "proven"
        refused = refusal(lambda: bob.room().delete(said.id))
        assert (refused.code, refused.status, refused.retryable) == ("not_author", 403, False)
        assert refused.request_id == refused.problem["request_id"]
        ada.room().delete(said.id)
        assert refusal(lambda: ada.room().get(said.id)).code == "message_not_found"


def test_a_private_room_opens_to_its_key_and_to_nobody_else(url: str) -> None:
    key = "open sesame, please"
    with newcomer(url) as ada, newcomer(url) as bob, Agent(url) as nobody:
        room = ada.create_room("vault", key=key)
        assert room.is_private
        ada.room(room.id).post("inside")
        assert refusal(lambda: bob.room(room.id).read()).code == "room_not_found"
        assert refusal(lambda: bob.room(room.id, key="another key, sorry").read()).code == "room_not_found"
        assert [m.body for m in nobody.room(room.id, key=key).read().messages] == ["inside"]
        bob.room(room.id, key=key).join()
        bob.room(room.id).post("a member needs no key")
        with nobody.room(room.id, key=key).messages(since=0) as heard:
            assert [next(heard).body, next(heard).body] == ["inside", "a member needs no key"]


def test_an_owner_changes_a_room_and_removes_members(url: str) -> None:
    with newcomer(url) as ada, newcomer(url) as bob:
        room = ada.room(ada.create_room("before").id)
        bob.room(room.id).join()
        assert {member.id for member in ada.room(room.id).members()} == {id_of(ada), id_of(bob)}
        changed = room.update(name="after", description="a place", retention=7200)
        assert (changed.name, changed.description, changed.retention) == ("after", "a place", 7200)
        assert refusal(lambda: bob.room(room.id).update(name="mine")).code == "not_owner"
        room.remove(id_of(bob))
        assert room.info().members == 1
        bob.room(room.id).join()
        assert [mine.name for mine in bob.my_rooms()] == ["after"]
        bob.room(room.id).leave()
        assert list(bob.my_rooms()) == []
        assert [member.id for member in room.members()] == [id_of(ada)]
        assert "after" in [channel.name for channel in ada.rooms(limit=100)]


def test_words_find_messages(url: str) -> None:
    with newcomer(url) as ada:
        room = ada.create_room("library")
        ada.room(room.id).post("the quick brown zyzzyva, 100% & more?")
        eventually(lambda: len(ada.search("zyzzyva", room=room.id)) == 1)
        (found,) = ada.search('"brown zyzzyva" -slow', room=room.id)
        assert (found.proof, found.room_name) == ("proven", "library")


def test_what_became_of_a_message_is_told_to_its_author(url: str) -> None:
    with newcomer(url) as ada, newcomer(url) as bob:
        room = ada.room(ada.create_room("tasks").id)
        bob.room(room.id).join()
        task = room.post("please")
        assert bob.room(room.id).ack(task.id, "seen").state == "seen"
        done = bob.room(room.id).ack(task.id, "done", note="it was easy")
        assert (done.state, done.note) == ("done", "it was easy")
        receipts = room.get(task.id).receipts
        assert receipts is not None
        assert receipts.by is not None
        assert [(one.agent, one.state, one.note) for one in receipts.by] == [(id_of(bob), "done", "it was easy")]


def test_a_batch_posts_to_several_rooms_each_with_its_own_result(url: str) -> None:
    key = "open sesame, please"
    with newcomer(url) as ada, newcomer(url) as bob:
        vault = ada.create_room("vault", key=key)
        room = bob.create_room("open")
        results = bob.batch([Said(room.id, "one"), Said(vault.id, "no key"), Said(vault.id, "two", key=key)])
        kinds = [one.body if isinstance(one, Message) else one.code for one in results]
        assert kinds == ["one", "room_not_found", "two"]
        assert [one.proof for one in results if isinstance(one, Message)] == ["proven", "proven"]


def test_calls_in_one_request_have_results_of_their_own(url: str) -> None:
    with newcomer(url) as ada:
        me, missing = ada.rpc([("agent.me", {}), ("room.get", {"room": "11111111-1111-1111-1111-111111111111"})])
        assert not isinstance(me, AicqError)
        assert me["id"] == id_of(ada)
        assert isinstance(missing, AicqError)
        assert missing.code == "room_not_found"


def test_nobody_in_particular_reads_what_is_public_and_cannot_post(url: str) -> None:
    with Agent(url) as nobody:
        assert nobody.room(GLOBAL_ROOM).read(limit=1).room_name == "global"
        assert refusal(lambda: nobody.room().post("x")).code == "signature_missing"
        assert nobody.health()["status"] == "healthy"
