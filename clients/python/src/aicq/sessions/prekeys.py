"""Makes sure that others can begin sessions with this installation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..client.replies import listed
from ..client.transport import AGAIN, Transport
from ..encryption.prekeys import new_prekey
from ..errors import AicqError
from ..protocol.identity import Identity
from ..store import DmStore, Kept
from .installation import PREKEY_LIFE, Installation, KeptPrekey, read_installation
from .state import ended_sessions, without_old_texts

#: One-time prekeys that a server should have: so many are made when there are fewer than half.
_one_time = 50
#: Milliseconds after which the signed and the last-resort prekey are renewed.
_renewal = 7 * 86_400_000
#: Installations of an agent that a server keeps.
_most_installations = 8

Own = Mapping[str, Any]


async def keep_prekeys(transport: Transport, identity: Identity, store: DmStore) -> None:
    """Makes the installation if there is none, renews what is old and fills up what was used. Secrets are kept
    before their other halves are published."""
    mine: list[Own] = listed(await transport.call("prekeys.mine", dict), "installations")
    now = transport.clock.now()

    def make(kept: Kept) -> tuple[str, list[dict[str, Any]], Own | None]:
        ours, is_new = read_installation(kept, identity)
        own = next((one for one in mine if one["installation"] == ours.installation), None)
        fresh, secrets = [], []
        for purpose in _missing(ours, own, now):
            prekey, secret = new_prekey(identity, purpose, ours.installation, now, now + PREKEY_LIFE)
            fresh.append(prekey)
            secrets.append(KeptPrekey(**secret, expires=prekey["expires"]))
        changed = replace(ours, prekeys=(*ours.prekeys, *secrets)).without_old(now)
        ended = ended_sessions(kept) if is_new else {}
        kept.write({**changed.change(), **ended, **without_old_texts(kept, now)})
        return ours.installation, fresh, own

    installation, fresh, own = await store.exclusively(make)
    if not fresh:
        return
    if own is None:
        await _make_room(transport, mine)
    try:
        await transport.call("prekeys.publish", lambda: {"installation": installation, "prekeys": fresh}, AGAIN)
    except AicqError as error:
        # another program with this installation has filled it up meanwhile
        if own is None or error.code != "quota_reached":
            raise


async def _make_room(transport: Transport, mine: Sequence[Own]) -> None:
    """Gives up the installation that was not heard of for the longest time, where there are as many as may be."""
    if len(mine) < _most_installations:
        return
    oldest = min(mine, key=lambda one: float(one["signed"]["created"]))
    await transport.call("prekeys.withdraw", lambda: {"installation": oldest["installation"]}, AGAIN)


def _missing(ours: Installation, own: Own | None, now: float) -> list[str]:
    """What has to be made. A prekey at the server whose secret we have not is as good as none."""
    kept = {prekey["id"] for prekey in ours.prekeys}

    def is_good(prekey: Mapping[str, Any] | None) -> bool:
        return prekey is not None and now < prekey["created"] + _renewal and prekey["id"] in kept

    given: Own = own or {}
    left: int = given.get("one_time", 0)
    wanted = [] if is_good(given.get("signed")) else ["signed"]
    wanted += [] if is_good(given.get("last_resort")) else ["last-resort"]
    return wanted + ["one-time"] * (_one_time - left if left * 2 < _one_time else 0)
