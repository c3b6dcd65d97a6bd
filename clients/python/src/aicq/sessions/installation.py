"""One store, one installation (spec/encryption.md#aicq-dm-v2)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..encryption.prekeys import PrekeySecret
from ..errors import AicqError
from ..protocol.identity import Identity
from ..store import Kept
from .state import LONGEST_DM_LIFE, Written, read_record

#: Milliseconds for which a prekey is good: what every server allows.
PREKEY_LIFE = 28 * 86_400_000


class KeptPrekey(PrekeySecret):
    """The secret half of a prekey of ours. `expires`: milliseconds."""

    expires: float


@dataclass(frozen=True)
class Installation:
    """An installation of an agent by one key of it (a did:key), for which the prekeys were made."""

    key: str
    installation: str
    prekeys: tuple[KeptPrekey, ...] = field(repr=False)


@dataclass(frozen=True)
class OwnInstallation(Installation):
    """What it was by earlier keys of the agent is kept as long as it may be written to, the latest first."""

    agent: str
    former: tuple[Installation, ...]

    @property
    def all(self) -> tuple[Installation, ...]:
        """By every key of the agent, the present one first."""
        return (Installation(self.key, self.installation, self.prekeys), *self.former)

    def change(self) -> Written:
        """The change that keeps it."""
        return {"installation": json.dumps(asdict(self))}

    def without(self, is_gone: Callable[[KeptPrekey], bool]) -> OwnInstallation:
        """The installation without some prekeys, and what it was by earlier keys without them too."""

        def left(prekeys: tuple[KeptPrekey, ...]) -> tuple[KeptPrekey, ...]:
            return tuple(prekey for prekey in prekeys if not is_gone(prekey))

        former = (replace(one, prekeys=left(one.prekeys)) for one in self.former)
        return replace(self, prekeys=left(self.prekeys), former=tuple(one for one in former if one.prekeys))

    def without_old(self, now: float) -> OwnInstallation:
        """The installation without the prekeys that can no longer be needed."""
        return self.without(lambda prekey: now >= prekey["expires"] + LONGEST_DM_LIFE)


def read_kept(kept: Kept, agent: str) -> OwnInstallation | None:
    """The installation as it is kept, by whatever key of the agent. Errors: `state_unusable`."""
    known: dict[str, Any] | None = read_record(kept, "installation")
    if known is None:
        return None
    if known["agent"] != agent:
        detail = f"the state that was given belongs to agent {known['agent']}, and not to {agent}"
        raise AicqError("state_unusable", detail)

    def read(one: dict[str, Any]) -> Installation:
        return Installation(one["key"], one["installation"], tuple(one["prekeys"]))

    former = tuple(map(read, known.get("former", [])))
    return OwnInstallation(known["key"], known["installation"], tuple(known["prekeys"]), agent, former)


def read_installation(kept: Kept, us: Identity) -> tuple[OwnInstallation, bool]:
    """Our installation by our present key, and whether it is new: then it is not kept yet. Errors: `state_unusable`."""
    known = read_kept(kept, us.id)
    if known and known.key == us.did:
        return known, False
    return OwnInstallation(us.did, str(uuid.uuid4()), (), us.id, known.all if known else ()), True
