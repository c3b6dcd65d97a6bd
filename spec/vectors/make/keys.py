"""Key histories: signed operations, what they say together, and which of two holds."""

import hashlib

from canonical import canonical
from common import Agent, ada, b64, base58, bob, write

second, third, thief, safe, safe2 = (Agent(f"keys {name}") for name in ("second", "third", "thief", "recovery", "recovery 2"))


def promise(key):
    return b64(hashlib.sha256(b"aicq:recovery:1:" + key.public).digest())


def content(operation):
    return canonical({k: v for k, v in operation.items() if k not in ("sig", "proof")})


def hash_of(operation):
    return b64(hashlib.sha256(content(operation).encode()).digest())


def op(kind, after=(), by=None, proof=None, **more):
    """The operation that comes after a list of others."""
    made = {"aicq": "keys/1", "agent": ada.id, "version": len(after) + 1, "op": kind}
    if after:
        made["prev"] = hash_of(after[-1])
    made |= more
    data = content(made).encode()
    if by:
        made["sig"] = b64(by.sign(data))
    if proof:
        made["proof"] = b64(proof.sign(data))
    return made


def create(**more):
    return op("create", by=ada if more else None, key=ada.did, **more)


def rotate(after, by, to, **more):
    return op("rotate", after, by, to, key=to.did, **more)


def recover(after, by, to, **more):
    return op("recover", after, by, to, key=to.did, recovery_key=by.did, **more)


def changed(operation, **changes):
    return {k: v for k, v in {**operation, **changes}.items() if v is not None}


def history(name, operations, expect="valid", **says):
    made = {"name": name, "agent": ada.id, "operations": operations, "expect": expect}
    if expect != "valid":
        return made
    return made | {"canonical": [content(one) for one in operations], "hash": hash_of(operations[-1]), "version": len(operations), **says}


plain = [create()]
promised = [create(recovery=promise(safe))]
rotated = [*plain, rotate(plain, ada, second)]
twice = [*rotated, rotate(rotated, second, third)]
guarded = [*promised, rotate(promised, ada, second)]
saved = [*guarded, recover(guarded, safe, third, recovery=promise(safe2))]
spent = [*guarded, recover(guarded, safe, third)]
announced = [*plain, op("announce", plain, ada, dm="aicq-dm-v2")]
later = [*rotated, op("recovery", rotated, second, recovery=promise(safe))]
closed = [*rotated, op("close", rotated, second)]
closed_by_recovery = [*guarded, op("close", guarded, safe, recovery_key=safe.did)]
weak = "did:key:z" + base58(b"\xed\x01" + bytes([1]) + bytes(31))
not_canonical = "did:key:z" + base58(b"\xed\x01" + bytes([0xee]) + b"\xff" * 30 + bytes([0x7f]))


def says(*keys, recovery=None, dm=None, closed=False):
    made = {"keys": [{"key": key.did, "version": version} for key, version in keys], "closed": closed}
    return made | ({"recovery": promise(recovery)} if recovery else {}) | ({"dm": dm} if dm else {})


histories = [
    history("a key and no more", plain, **says((ada, 1))),
    history("the same, signed", [op("create", by=ada, key=ada.did)], **says((ada, 1))),
    history("a key and a promise", promised, **says((ada, 1), recovery=safe)),
    history("everything at once", [create(recovery=promise(safe), dm="aicq-dm-v2")], **says((ada, 1), recovery=safe, dm="aicq-dm-v2")),
    history("another key", rotated, **says((ada, 1), (second, 2))),
    history("a third key", twice, **says((ada, 1), (second, 2), (third, 3))),
    history("announced later", announced, **says((ada, 1), dm="aicq-dm-v2")),
    history("promised later", later, **says((ada, 1), (second, 2), recovery=safe)),
    history("another promise", [*promised, op("recovery", promised, ada, recovery=promise(safe2))], **says((ada, 1), recovery=safe2)),
    history("recovered, with a new promise", saved, **says((ada, 1), (second, 2), (third, 3), recovery=safe2)),
    history("recovered, with no promise any more", spent, **says((ada, 1), (second, 2), (third, 3))),
    history("closed by the current key", closed, **says((ada, 1), (second, 2), closed=True)),
    history("closed by the recovery key", closed_by_recovery, **says((ada, 1), (second, 2), recovery=safe, closed=True)),
    history("nothing", [], "malformed"),
    history("of another agent", [changed(plain[0], agent=bob.id)], "other_agent"),
    history("begun with a key of another agent", [op("create", key=bob.did)], "other_agent"),
    history("a promise that nobody signed", [changed(promised[0], sig=None)], "bad_signature"),
    history("a promise that somebody else signed", [op("create", by=thief, key=ada.did, recovery=promise(thief))], "bad_signature"),
    history("another promise than was signed", [changed(promised[0], recovery=promise(thief))], "bad_signature"),
    history("begun twice", [*plain, op("create", plain, ada, key=second.did)], "malformed"),
    history("begun in the middle", [rotated[1]], "not_next"),
    history("one is missing", [plain[0], twice[2]], "not_next"),
    history("another order", [twice[0], twice[2], twice[1]], "not_next"),
    history("another past", [*promised, rotated[1]], "not_next"),
    history("another number", [*plain, changed(rotated[1], version=3)], "not_next"),
    history("signed by an earlier key", [*rotated, rotate(rotated, ada, third)], "bad_signature"),
    history("signed by the key that it names", [*plain, rotate(plain, thief, thief)], "bad_signature"),
    history("no possession of the new key", [*plain, op("rotate", plain, ada, thief, key=bob.did)], "bad_proof"),
    history("no proof at all", [*plain, changed(rotated[1], proof=None)], "malformed"),
    history("a key that it had", [*rotated, rotate(rotated, second, ada)], "key_used_before"),
    history("the key that it has", [*plain, rotate(plain, ada, ada)], "key_used_before"),
    history("the recovery key as the next key", [*promised, recover(promised, safe, safe)], "key_used_before"),
    history("a recovery key that was never promised", [*plain, recover(plain, thief, thief)], "wrong_recovery_key"),
    history("another recovery key", [*guarded, recover(guarded, thief, third)], "wrong_recovery_key"),
    history("a recovery key that was spent", [*spent, recover(spent, safe, bob)], "wrong_recovery_key"),
    history("recovered by the current key", [*guarded, op("recover", guarded, second, third, key=third.did, recovery_key=safe.did)], "bad_signature"),
    history("recovered without the new key", [*guarded, op("recover", guarded, safe, safe, key=third.did, recovery_key=safe.did)], "bad_proof"),
    history("closed by the current key in spite of a promise", [*guarded, op("close", guarded, second)], "recovery_key_needed"),
    history("something after the end", [*closed, rotate(closed, second, third)], "closed"),
    history("a kind that does not exist", [*plain, op("grow", plain, ada)], "malformed"),
    history("a member that is not of its kind", [*plain, rotate(plain, ada, second, recovery=promise(safe))], "malformed"),
    history("a member that is not known", [*plain, rotate(plain, ada, second, note="x")], "malformed"),
    history("another purpose", [*plain, changed(rotated[1], aicq="keys/2")], "malformed"),
    history("another form of direct messages", [*plain, op("announce", plain, ada, dm="aicq-dm-v1")], "malformed"),
    history("a promise that is no hash", [*plain, op("recovery", plain, ada, recovery=b64(bytes(31)))], "malformed"),
    history("a key of small order", [*plain, op("rotate", plain, ada, ada, key=weak)], "invalid_public_key"),
    history("a key that is not canonical", [*plain, op("rotate", plain, ada, ada, key=not_canonical)], "invalid_public_key"),
    history("a key in base64", [*plain, op("rotate", plain, ada, second, key=b64(second.public))], "invalid_public_key"),
    history("a signature in base64url", [*plain, changed(rotated[1], sig="-_" * 43 + "==")], "bad_signature"),
]

# a thief who has the first key, or the second
stolen = [*promised, rotate(promised, ada, thief)]
stolen_plain = [*plain, rotate(plain, ada, thief)]
stolen_again = [*guarded, rotate(guarded, second, thief)]
stolen_deep = [*stolen_again, op("recovery", stolen_again, thief, recovery=promise(thief))]
stolen_deeper = [*stolen_deep, recover(stolen_deep, thief, bob)]
saved_otherwise = [*guarded, recover(guarded, safe, bob)]


def fork(name, known, offered, holds):
    return {"name": name, "agent": ada.id, "known": known, "offered": offered, "holds": holds}


forks = [
    fork("the same", rotated, rotated, "known"),
    fork("a longer one", rotated, twice, "offered"),
    fork("a shorter one", twice, rotated, "known"),
    fork("nothing was said yet", plain, guarded, "offered"),
    fork("a promise takes the place of nothing", plain, promised, "offered"),
    fork("nothing does not take the place of a promise", promised, rotated, "known"),
    fork("two that begin otherwise", rotated, guarded, "known"),
    fork("two rotations, no recovery key", stolen_plain, twice, "known"),
    fork("two rotations, and the recovery key has not signed", stolen, guarded, "known"),
    fork("the first key was stolen, and the recovery key signs later", stolen, saved, "offered"),
    fork("the second key was stolen, and the recovery key signs", stolen_again, saved, "offered"),
    fork("a thief promises another recovery key", stolen_deep, saved, "offered"),
    fork("a thief promises another recovery key and uses it", stolen_deeper, saved, "offered"),
    fork("a thief is late", saved, stolen_deeper, "known"),
    fork("the recovery key closes what a thief goes on with", stolen_again, closed_by_recovery, "offered"),
    fork("a thief after the end", closed_by_recovery, stolen_deeper, "known"),
    fork("the recovery key signed both", saved_otherwise, saved, "known"),
]

agents = {"ada": ada, "second": second, "third": third, "thief": thief, "recovery": safe, "recovery 2": safe2, "bob": bob}
write("keys.json", {
    "agents": {name: agent.shown() for name, agent in agents.items()},
    "recovery_hashes": {"recovery": promise(safe), "recovery 2": promise(safe2)},
    "histories": histories,
    "forks": forks,
})
