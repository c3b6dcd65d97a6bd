"""Agreement on a secret with an installation that need not be there (X3DH; spec/encryption.md#agreement)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from ..protocol.ed25519 import montgomery_of
from ..protocol.identity import Identity
from .prekeys import Party, Prekey, check_prekey
from .wire import Opening, uuid_bytes
from .x25519 import KeyPair, NewSecret, check_canonical, hkdf, random_secret, shared_secret


@dataclass(frozen=True)
class Us:
    """An installation of ours, by one key of the agent."""

    identity: Identity
    installation: str

    @property
    def party(self) -> Party:
        return Party(self.identity.id, self.installation, self.identity.public_key)


@dataclass(frozen=True)
class Bundle:
    """What a server gives to whoever wants to begin a session with an installation."""

    signed: Prekey
    #: A one-time prekey or, when none is left, the last-resort one.
    one_time: Prekey | None = None


@dataclass(frozen=True)
class Agreement:
    """What both sides have in common afterwards."""

    #: 32 bytes.
    secret: bytes = field(repr=False)
    #: Goes with every message of the session as associated data: both ends, the initiator first.
    associated: bytes
    #: 64 hexadecimal digits, the same however often the first message arrives.
    first_message_id: str


def initiate(
    us: Us, them: Party, bundle: Bundle, now: float, new_secret: NewSecret = random_secret
) -> tuple[Agreement, Opening, bytes]:
    """The agreement, what the first messages carry, and the signed prekey that was used. `now`: milliseconds.
    Errors: `prekey_invalid`, `prekey_expired`, `key_not_canonical`, `low_order_point`, `invalid_public_key`."""
    their_identity = montgomery_of(them.public_key)
    signed = check_prekey(bundle.signed, them, ["signed"], now)
    one_time = bundle.one_time and check_prekey(bundle.one_time, them, ["one-time", "last-resort"], now)
    ephemeral = KeyPair.of(new_secret())
    opening = Opening(
        us.identity.public_key,
        us.installation,
        ephemeral.public,
        bundle.signed["id"],
        bundle.one_time["id"] if bundle.one_time else None,
    )
    secrets = [
        us.identity.agree(signed),
        shared_secret(ephemeral.secret, their_identity),
        shared_secret(ephemeral.secret, signed),
    ]
    if one_time:
        secrets.append(shared_secret(ephemeral.secret, one_time))
    return _agreement(us.party, them, opening, secrets), opening, signed


def accept(us: Us, them: Party, opening: Opening, signed: KeyPair, one_time: KeyPair | None) -> Agreement:
    """The other side: the same agreement from the opening of a first message. `them` is who the initiator is known
    to be. Errors: `key_not_canonical`, `low_order_point`, `invalid_public_key`."""
    their_identity = montgomery_of(them.public_key)
    check_canonical(opening.ephemeral_key)
    secrets = [
        shared_secret(signed.secret, their_identity),
        us.identity.agree(opening.ephemeral_key),
        shared_secret(signed.secret, opening.ephemeral_key),
    ]
    if one_time:
        secrets.append(shared_secret(one_time.secret, opening.ephemeral_key))
    return _agreement(them, us.party, opening, secrets)


def _agreement(initiator: Party, responder: Party, opening: Opening, secrets: list[bytes]) -> Agreement:
    associated = b"aicq-dm-v2" + _end(initiator) + _end(responder)
    first = hashlib.sha256(b"aicq:first:1:" + associated + opening.to_bytes())
    # what comes first makes sure that the secrets cannot be those of another curve
    secret = hkdf(b"\xff" * 32 + b"".join(secrets), bytes(32), b"aicq-dm-v2:x3dh", 32)
    return Agreement(secret, associated, first.hexdigest())


def _end(party: Party) -> bytes:
    return party.public_key + uuid_bytes(party.agent) + uuid_bytes(party.installation)
