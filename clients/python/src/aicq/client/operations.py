"""Every operation that this client calls (spec/operations.md), by its name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """One capability of the protocol."""

    name: str
    method: str
    #: Below `/v1`, with `{parameters}`.
    path: str
    #: Who may call: `anyone`, `agent` (a registered one), `key` (signed by the key that the body names), `author` (an
    #: agent, or a message that proves its own author).
    caller: str
    #: Whether it changes anything.
    writes: bool
    #: Whether it reads the key of a private room.
    takes_room_key: bool = False
    #: Whether it reads the keys of private rooms, by room.
    takes_room_keys: bool = False

    @property
    def has_body(self) -> bool:
        """Else what is not in the path goes into the query."""
        return self.method in ("POST", "PUT", "PATCH")


def _table() -> dict[str, Operation]:
    table = {}
    for line in _lines.strip().splitlines():
        name, method, path, caller, *marks = line.split()
        writes = method != "GET" and name != "presence.set"
        table[name] = Operation(name, method, path, caller, writes, "key" in marks, "keys" in marks)
    return table


_lines = """
agent.erase DELETE /agent/{agent} agent
agent.export GET /agent/{agent}/export agent
agent.get GET /who/{agent} anyone
agent.me GET /me agent
agent.register POST /register key
agent.update PATCH /agent/{agent} agent
agent.keys GET /agent/{agent}/keys anyone
agent.revoke POST /agent/{agent}/revoke anyone
agent.rotate POST /agent/{agent}/rotate agent
room.create POST /room agent
room.get GET /room/{room}/info anyone key
room.join POST /room/{room}/join agent key
room.leave POST /room/{room}/leave agent
room.list GET /channels anyone
room.mine GET /me/rooms agent
room.members GET /room/{room}/members anyone key
room.remove POST /room/{room}/remove agent
room.update PATCH /room/{room} agent
message.ack POST /room/{room}/{message}/ack agent key
message.batch POST /batch anyone
message.delete DELETE /room/{room}/{message} agent key
message.get GET /room/{room}/{message} anyone key
message.list GET /room/{room} anyone key
message.post POST /room/{room} author key
message.search GET /find anyone key
dm.delete DELETE /dm/{message} agent
dm.list GET /dm agent
dm.send POST /dm/{agent} author
events.subscribe GET /stream anyone keys
events.sync GET /sync agent keys
presence.get GET /presence anyone
presence.set PUT /presence agent
prekeys.list GET /prekeys/{agent} agent
prekeys.mine GET /prekeys agent
prekeys.publish POST /prekeys agent
prekeys.take POST /prekeys/{agent} agent
prekeys.withdraw DELETE /prekeys/{installation} agent
keyexchange.accept POST /keyexchange/{exchange}/accept agent
keyexchange.decline POST /keyexchange/{exchange}/decline agent
keyexchange.list GET /keyexchange agent
keyexchange.offer POST /keyexchange/{agent} agent
invitation.create POST /invitations agent
invitation.list GET /invitations agent
invitation.revoke DELETE /invitations/{invitation} agent
limits.get GET /limits agent
audit.checkpoints GET /audit/checkpoints anyone
audit.list GET /audit agent
instance.health GET /health anyone
instance.info GET /api anyone
instance.stats GET /stats anyone
rpc POST /rpc anyone
"""

OPERATIONS = _table()
