"""What is kept: sessions, peers, and texts that are not acknowledged yet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypedDict, cast

from ..encryption.session import Session
from ..protocol.ids import is_message_id, message_id_time
from ..store import Kept

#: Milliseconds after which no direct message comes any more, on any server; so long are secrets of old prekeys and read
#: texts kept.
LONGEST_DM_LIFE = 31 * 86_400_000

#: Sessions with one agent that are kept; the one that was used longest ago goes first.
_most_sessions = 16


class _PlaceBase(TypedDict):
    id: str
    installation: str
    #: did:key of the peer.
    key: str


class Place(_PlaceBase, total=False):
    """A session of a peer."""

    #: Until the peer has answered: when its prekey expires (ms), after which it may not be able to read us.
    until: float
    #: Too much is missing, or we have another key than when it began: another session has to be begun.
    broken: bool


class Peer(TypedDict):
    """What is known of an agent that we write with. That there is one says that it has announced `aicq-dm-v2`."""

    #: The one in which it was read or written last comes last.
    sessions: list[Place]


class KeptText(TypedDict):
    """A text that was read and is not acknowledged yet: its key is gone."""

    text: str
    from_: str
    #: The end of its body, so that it is shown for no other.
    end: str


Written = dict[str, "str | None"]


def read_record(kept: Kept, name: str) -> Any:
    """A record as it is kept, or `None`."""
    text = kept.read(name)
    return None if text is None else json.loads(text)


def read_peer(kept: Kept, agent: str) -> Peer | None:
    return cast("Peer | None", read_record(kept, f"peer-{agent}"))


def read_session(kept: Kept, id: str) -> Session | None:
    return cast("Session | None", read_record(kept, f"session-{id}"))


def read_text(kept: Kept, message: str) -> KeptText | None:
    return cast("KeptText | None", read_record(kept, text_name(message)))


def text_name(message: str) -> str:
    return f"text-{message}"


def peer_change(agent: str, sessions: Sequence[Place]) -> Written:
    return {f"peer-{agent}": json.dumps({"sessions": list(sessions)})}


def text_change(message: str, text: KeptText) -> Written:
    return {text_name(message): json.dumps(text)}


def session_change(peer: Peer | None, session: Session, *, until: float | None = None, broken: bool = False) -> Written:
    """The change that keeps a session as the one that was used last; one that is broken stays so."""
    known = peer["sessions"] if peer else []
    party = session["peer"]
    place: Place = {"id": session["id"], "installation": party["installation"], "key": party["key"]}
    if until is not None:
        place["until"] = until
    if broken or any(one["id"] == session["id"] and one.get("broken") for one in known):
        place["broken"] = True
    sessions = [*(one for one in known if one["id"] != session["id"]), place]
    dropped: Written = {f"session-{one['id']}": None for one in sessions[:-_most_sessions]}
    return {
        **dropped,
        f"session-{session['id']}": json.dumps(session),
        **peer_change(party["agent"], sessions[-_most_sessions:]),
    }


def ended_sessions(kept: Kept) -> Written:
    """The changes after which nothing is said in the sessions that there are; what comes in them is read."""
    changes: Written = {}
    for name in kept.names():
        peer = read_peer(kept, name[5:]) if name.startswith("peer-") else None
        if peer:
            broken: list[Place] = [{**one, "broken": True} for one in peer["sessions"]]
            changes.update(peer_change(name[5:], broken))
    return changes


def without_old_texts(kept: Kept, now: float) -> Written:
    """The change that erases texts of messages that are no longer anywhere."""

    def is_old(name: str) -> bool:
        id = name.removeprefix("text-")
        return id != name and is_message_id(id) and message_id_time(id) < now - LONGEST_DM_LIFE

    return {name: None for name in kept.names() if is_old(name)}
