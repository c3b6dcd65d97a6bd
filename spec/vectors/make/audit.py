"""An audit: entries, their links, a checkpoint, and what a verifier finds where somebody changed it."""

import hashlib
import json

from canonical import canonical
from common import ada, b64, bob, seed, write

ROOM = "0199f7d1-0000-7000-8000-000000000001"


def payload_bytes(entry):
    """RFC 8785: here members are ASCII, numbers whole."""
    members = ["at", "type", "outcome", "agent", "subject", "room", "message", "address", "request_id", "details"]
    said = {name: entry[name] for name in members if name in entry}
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


said = [
    {"at": 1_790_000_000_000, "type": "server.started", "outcome": "done", "details": {"version": "1.0.0", "settings": {"REGION": "ö", "PORT": "1"}}},
    {"at": 1_790_000_000_100, "type": "agent.registered", "outcome": "done", "agent": ada.id, "address": "192.0.2.0/24",
     "request_id": "r-1", "details": {"proven": True}},
    {"at": 1_790_000_000_200, "type": "room.member_removed", "outcome": "done", "agent": ada.id, "subject": bob.id, "room": ROOM},
    {"at": 1_790_000_060_000, "type": "limit.refused", "outcome": "refused", "details": {"count": 7, "minute": 1_790_000_000_000}},
]
link = bytes(32)
entries = []
for position, entry in enumerate(said, 1):
    salt = seed(f"audit salt {position}")
    commitment = hashlib.sha256(salt + payload_bytes(entry)).digest()
    link = hashlib.sha256(link + commitment + position.to_bytes(8, "big")).digest()
    made = {"position": position, **entry, "salt": salt.hex(), "commitment": commitment.hex(), "link": link.hex()}
    entries.append(made)


def checkpoint(count, root=None, agent=bob):
    at = 1_790_000_000_300
    statement = {"aicq": "audit/1", "at": at, "count": count, "key": agent.did, "root": root or entries[count - 1]["link"]}
    sig = b64(agent.sign(canonical(statement).encode()))
    return {key: value for key, value in statement.items() if key != "aicq"} | {"sig": sig}


def erased(entry):
    return {"position": entry["position"], "erased": True, "commitment": entry["commitment"], "link": entry["link"]}


def case(name, entries, checkpoints, fault=None):
    return {"name": name, "entries": entries, "checkpoints": checkpoints, "fault": fault}


def bad(position, kind):
    return {"position": position, "kind": kind}


one, two, three, four = entries
at3 = [checkpoint(3)]
write("audit.json", {
    "key": bob.did,
    "cases": [
        case("as it was written", entries, at3),
        case("one is erased", [one, erased(two), three, four], at3),
        case("pruned up to the checkpoint", [four], at3),
        case("pruned, and no checkpoint says what was before", [three, four], at3, bad(1, "missing")),
        case("another agent", [one, two | {"agent": bob.id}, three, four], at3, bad(2, "changed")),
        case("another salt", [one | {"salt": two["salt"]}, two, three, four], at3, bad(1, "changed")),
        case("one is gone", [one, three, four], at3, bad(2, "missing")),
        case("the end is gone", [one, two], at3, bad(3, "missing")),
        case("two have changed places", [one, three | {"position": 2}, two | {"position": 3}, four], at3, bad(2, "misplaced")),
        case("one comes twice", [one, one, two, three], at3, bad(1, "misplaced")),
        case("another root under a good signature", entries, [checkpoint(3, root="00" * 32)], bad(1, "rewritten")),
        case("another root under the old signature", entries, [at3[0] | {"root": "00" * 32}], bad(3, "checkpoint_forged")),
        case("signed by somebody else", entries, [checkpoint(3, agent=ada)], bad(3, "checkpoint_forged")),
    ],
})
