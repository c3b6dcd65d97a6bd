"""Reads messages of `aicq-dm-v2`, each once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..encryption.body import plain_text
from ..encryption.prekeys import PrekeySecret
from ..encryption.session import Session, accept_session, decrypt_in_session
from ..encryption.wire import read_dm_v2
from ..encryption.x3dh import Us
from ..errors import EncryptionError
from ..protocol.identity import Identity
from ..protocol.ids import is_message_id
from ..store import Kept
from .installation import Installation, read_kept
from .state import (
    Place,
    Written,
    peer_change,
    read_peer,
    read_record,
    read_session,
    read_text,
    session_change,
    text_change,
)

#: First messages of one author that are remembered at most. Each author has places of its own, so that nobody takes
#: them from others; as many as an author needs who forgets its sessions at every start and starts every hour.
_most_seen = 1_500


@dataclass(frozen=True)
class Received:
    """A direct message to us, as it came."""

    id: str
    from_: str
    body: str


@dataclass(frozen=True)
class _Reading:
    session: Session = field(repr=False)
    plain: bytes = field(repr=False)
    #: What has to be kept besides the session.
    change: Written = field(repr=False)
    broken: bool = False


def read_received(kept: Kept, us: Sequence[Identity], message: Received, author: bytes | None) -> str:
    """The text of a message. It is kept together with the state that comes of reading it, in one step: a text is
    neither lost nor read with the same key twice, whenever the program ends. `us`: our present key, and those before
    it; `author`: the key with which it came, if that is known to be its author's. Errors: those of
    `EncryptionError`."""
    end = message.body[-24:]
    has_id = is_message_id(message.id)
    before = read_text(kept, message.id) if has_id else None
    if before and before["from_"] == message.from_ and before["end"] == end:
        return before["text"]
    known = read_session(kept, read_dm_v2(message.body).session)
    read = _in_session(kept, known, message) if known else _first(kept, us, message, author)
    text = plain_text(read.plain)
    peer = read_peer(kept, read.session["peer"]["agent"])
    changes = {**read.change, **session_change(peer, read.session, broken=read.broken)}
    if has_id:
        changes.update(text_change(message.id, {"text": text, "from_": message.from_, "end": end}))
    kept.write(changes)
    return text


def _in_session(kept: Kept, session: Session, message: Received) -> _Reading:
    if session["peer"]["agent"] != message.from_:
        raise EncryptionError("wrong_identity")
    try:
        after, plain = decrypt_in_session(session, message.body)
    except EncryptionError as error:
        if error.code == "too_many_skipped":
            _give_up(kept, session)
        raise
    return _Reading(after, plain, {})


def _give_up(kept: Kept, session: Session) -> None:
    """What we say next is said in a new session."""
    agent = session["peer"]["agent"]
    peer = read_peer(kept, agent)
    sessions: list[Place] = []
    for one in peer["sessions"] if peer else []:
        sessions.append({**one, "broken": True} if one["id"] == session["id"] else one)
    kept.write(peer_change(agent, sessions))


def _first(kept: Kept, us: Sequence[Identity], message: Received, author: bytes | None) -> _Reading:
    """A message that begins a session: the one-time prekey that it used is erased with it, or the message
    remembered. It may have been for an earlier key of ours: then it is read by that one, and the answer begins a new
    session."""
    ours = read_kept(kept, us[0].id)
    opening = read_dm_v2(message.body).opening
    if opening is None:
        raise EncryptionError("wrong_session")
    if ours is None:
        raise EncryptionError("prekey_unknown")
    if author is None:
        raise EncryptionError("wrong_identity")
    meant = next((one for one in ours.all if any(p["id"] == opening.signed_prekey for p in one.prekeys)), None)
    if meant is None:
        raise EncryptionError("prekey_unknown")
    identity = next((one for one in us if one.did == meant.key), None)
    if identity is None:
        raise EncryptionError("wrong_key_or_tampered", "the body was encrypted for a key that was not given")
    by_id: dict[str, PrekeySecret] = {prekey["id"]: prekey for prekey in meant.prekeys}
    read = accept_session(Us(identity, meant.installation), message.from_, author, by_id.get, message.body)
    if read.spent is not None:
        change = ours.without(lambda prekey: prekey["id"] == read.spent).change()
    else:
        change = _seen_once(kept, message.from_, read.first_message_id, opening.signed_prekey, ours.all)
    return _Reading(read.session, read.plain, change, broken=meant.key != ours.key)


def _seen_once(
    kept: Kept, author: str, first: str, signed_prekey: str, installations: Sequence[Installation]
) -> Written:
    """The change that remembers a first message for as long as it could begin its session again: while we have its
    signed prekey, whatever the time is. Errors: `already_read`, `too_many_begun`."""
    name = f"seen-{author}"
    seen: dict[str, str] = read_record(kept, name) or {}
    if first in seen:
        raise EncryptionError("already_read")
    ours = {prekey["id"] for one in installations for prekey in one.prekeys}
    needed = {id: prekey for id, prekey in seen.items() if prekey in ours}
    if len(needed) >= _most_seen:
        raise EncryptionError("too_many_begun")
    return {name: json.dumps({**needed, first: signed_prekey})}
