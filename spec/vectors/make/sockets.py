"""Challenges of sockets: RFC 8785."""

from canonical import canonical
from common import ada, b64, write


def session(name, agent, **changes):
    envelope = {"aicq": "ws/1", "at": "aicq.example", "challenge": "Zk3vJ2dQ0mT8xQ5r1sYwUe7oBn4cHa9gLp6iVt-_KfE",
                "agent": agent, "created": 1_790_000_000_123, **changes}
    bytes_ = canonical(envelope)
    shown = {k: v for k, v in envelope.items() if k != "aicq"}
    return {"name": name, "session": shown, "canonical": bytes_, "sig": b64(ada.sign(bytes_.encode()))}


sessions = [
    session("by UUID", ada.id),
    session("by did:key", ada.did),
    session("another port", ada.id, at="localhost:8080"),
]

write("sockets.json", {"agents": {"ada": ada.shown()}, "sessions": sessions})
