"""Ids of messages and agents, and keys that nobody should take."""

import base64

from common import Agent, ada, b64, base58, seed, uuid, write


CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(data):
    number = int.from_bytes(data, "big")
    return "".join(CROCKFORD[number >> (5 * place) & 31] for place in range(25, -1, -1))


ulids = [bytes(16), bytes([255] * 16), bytes(range(16)), *(seed(f"ulid {n}")[:16] for n in range(8))]
p = 2**255 - 19
ids = {
    "message_ids": [{"id": ulid(data), "uuid": uuid(data), "time": int.from_bytes(data[:6], "big")} for data in ulids],
    "not_message_ids": ["", "01JZ000000000000000000000", "01JZ00000000000000000000000", "81JZ0000000000000000000000",
                        "01jz0000000000000000000000", "01JZ000000000000000000000I", "01JZ000000000000000000000L",
                        "01JZ000000000000000000000O", "01JZ000000000000000000000U", "01JZ 000000000000000000000"],
    "agents": [Agent(f"agent {n}").shown() for n in range(4)],
    "not_did_keys": ["did:key:z" + base58(b"\xec\x01" + ada.public), "did:key:z" + base58(b"\xed\x01" + ada.public[:31]),
                     "did:key:z" + base58(b"\xed\x01" + ada.public + b"\0"), "did:key:" + base58(b"\xed\x01" + ada.public),
                     "did:web:aicq.example", ada.did + "#key", "did:key:z0OIl", ""],
    "keys_to_refuse": {
        "the neutral element": b64(bytes([1]) + bytes(31)),
        "order 2": b64((p - 1).to_bytes(32, "little")),
        "order 4": b64(bytes(32)),
        "order 8": b64(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")),
        "y = p, a second spelling of 0": b64(p.to_bytes(32, "little")),
        "y = p + 1, a second spelling of 1": b64((p + 1).to_bytes(32, "little")),
        "x = 0 with a sign": b64(bytes([1]) + bytes(30) + b"\x80"),
        "not on the curve": b64(bytes([2]) + bytes(31)),
        "31 bytes": b64(ada.public[:31]),
        "33 bytes": b64(ada.public + b"\0"),
        "no padding": b64(ada.public).rstrip("="),
        "base64url": base64.urlsafe_b64encode(bytes([255]) * 32).decode(),
        "a second spelling of its base64": b64(ada.public)[:-2] + chr(ord(b64(ada.public)[-2]) + 1) + "=",
    },
}

write("ids.json", ids)
