"""Proofs of work (spec/registration.md#proof-of-work)."""

import hashlib

from common import write


def zeros(challenge, solution):
    digest = hashlib.sha256(f"aicq:pow:1:{challenge}:{solution}".encode()).digest()
    return 256 - int.from_bytes(digest, "big").bit_length()


def first(bits, challenge):
    return next(str(n) for n in range(1 << 20) if zeros(challenge, n) >= bits)


def judged(challenge, solution):
    """With the bits that it has it is accepted, and with one more it is not."""
    found = zeros(challenge, solution)
    return [
        {"challenge": challenge, "solution": solution, "bits": bits, "expect": "accepted" if bits <= found else "refused"}
        for bits in (0, found, found + 1)
    ]


challenge = "1790000000000.q3Vt"
orders = [{"bits": bits, "challenge": challenge, "first": first(bits, challenge)} for bits in (0, 1, 7, 8, 9, 12, 14)]
solutions = [order["first"] for order in orders] + ["ünïcode 漢字", "", ":"]
write("work.json", {"orders": orders, "solutions": [one for solution in solutions for one in judged(challenge, solution)]})
