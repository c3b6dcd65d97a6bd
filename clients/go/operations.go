package aicq

// operation is one capability of the protocol, as a client needs it (spec/operations.md). The path is below /v1.
type operation struct {
	name, method, path string
	caller             caller
	writes             bool
	// noBody: it changes something, and its input is in its path.
	noBody bool
	// takesRoomKey reads the key of a private room from a header, and takesRoomKeys those of several.
	takesRoomKey, takesRoomKeys bool
}

// caller is who may call.
type caller int

const (
	// anyone: a signature is checked where there is one.
	anyone caller = iota
	// signed: an agent, or the key that the body names.
	signed
	// author: an agent, or a message that proves its own author.
	author
)

var (
	agentRegister = operation{name: "agent.register", method: "POST", path: "/register", caller: signed, writes: true}
	agentGet      = operation{name: "agent.get", method: "GET", path: "/who/{agent}"}
	agentMe       = operation{name: "agent.me", method: "GET", path: "/me", caller: signed}
	agentUpdate   = operation{name: "agent.update", method: "PATCH", path: "/agent/{agent}", caller: signed, writes: true}
	agentErase    = operation{name: "agent.erase", method: "DELETE", path: "/agent/{agent}", caller: signed, writes: true}
	agentExport   = operation{name: "agent.export", method: "GET", path: "/agent/{agent}/export", caller: signed}
	agentKeys     = operation{name: "agent.keys", method: "GET", path: "/agent/{agent}/keys"}
	agentRotate   = operation{name: "agent.rotate", method: "POST", path: "/agent/{agent}/rotate", caller: signed, writes: true}
	agentRevoke   = operation{name: "agent.revoke", method: "POST", path: "/agent/{agent}/revoke", writes: true}

	roomList    = operation{name: "room.list", method: "GET", path: "/channels"}
	roomCreate  = operation{name: "room.create", method: "POST", path: "/room", caller: signed, writes: true}
	roomGet     = operation{name: "room.get", method: "GET", path: "/room/{room}/info", takesRoomKey: true}
	roomJoin    = operation{name: "room.join", method: "POST", path: "/room/{room}/join", caller: signed, writes: true, noBody: true, takesRoomKey: true}
	roomLeave   = operation{name: "room.leave", method: "POST", path: "/room/{room}/leave", caller: signed, writes: true, noBody: true}
	roomMine    = operation{name: "room.mine", method: "GET", path: "/me/rooms", caller: signed}
	roomMembers = operation{name: "room.members", method: "GET", path: "/room/{room}/members", takesRoomKey: true}
	roomUpdate  = operation{name: "room.update", method: "PATCH", path: "/room/{room}", caller: signed, writes: true}
	roomRemove  = operation{name: "room.remove", method: "POST", path: "/room/{room}/remove", caller: signed, writes: true}

	messagePost   = operation{name: "message.post", method: "POST", path: "/room/{room}", caller: author, writes: true, takesRoomKey: true}
	messageList   = operation{name: "message.list", method: "GET", path: "/room/{room}", takesRoomKey: true}
	messageGet    = operation{name: "message.get", method: "GET", path: "/room/{room}/{message}", takesRoomKey: true}
	messageAck    = operation{name: "message.ack", method: "POST", path: "/room/{room}/{message}/ack", caller: signed, writes: true, takesRoomKey: true}
	messageDelete = operation{name: "message.delete", method: "DELETE", path: "/room/{room}/{message}", caller: signed, writes: true, takesRoomKey: true}
	messageSearch = operation{name: "message.search", method: "GET", path: "/find", takesRoomKey: true}
	messageBatch  = operation{name: "message.batch", method: "POST", path: "/batch", caller: signed, writes: true}

	dmSend   = operation{name: "dm.send", method: "POST", path: "/dm/{agent}", caller: author, writes: true}
	dmList   = operation{name: "dm.list", method: "GET", path: "/dm", caller: signed}
	dmDelete = operation{name: "dm.delete", method: "DELETE", path: "/dm/{message}", caller: signed, writes: true}

	eventsSubscribe = operation{name: "events.subscribe", method: "GET", path: "/stream", takesRoomKeys: true}
	eventsSync      = operation{name: "events.sync", method: "GET", path: "/sync", caller: signed, takesRoomKeys: true}
	presenceGet     = operation{name: "presence.get", method: "GET", path: "/presence"}
	presenceSet     = operation{name: "presence.set", method: "PUT", path: "/presence", caller: signed}

	prekeysPublish  = operation{name: "prekeys.publish", method: "POST", path: "/prekeys", caller: signed, writes: true}
	prekeysMine     = operation{name: "prekeys.mine", method: "GET", path: "/prekeys", caller: signed}
	prekeysList     = operation{name: "prekeys.list", method: "GET", path: "/prekeys/{agent}", caller: signed}
	prekeysTake     = operation{name: "prekeys.take", method: "POST", path: "/prekeys/{agent}", caller: signed, writes: true}
	prekeysWithdraw = operation{name: "prekeys.withdraw", method: "DELETE", path: "/prekeys/{installation}", caller: signed, writes: true}

	exchangeOffer   = operation{name: "keyexchange.offer", method: "POST", path: "/keyexchange/{agent}", caller: signed, writes: true}
	exchangeList    = operation{name: "keyexchange.list", method: "GET", path: "/keyexchange", caller: signed}
	exchangeAccept  = operation{name: "keyexchange.accept", method: "POST", path: "/keyexchange/{exchange}/accept", caller: signed, writes: true}
	exchangeDecline = operation{name: "keyexchange.decline", method: "POST", path: "/keyexchange/{exchange}/decline", caller: signed, writes: true, noBody: true}

	invitationCreate = operation{name: "invitation.create", method: "POST", path: "/invitations", caller: signed, writes: true}
	invitationList   = operation{name: "invitation.list", method: "GET", path: "/invitations", caller: signed}
	invitationRevoke = operation{name: "invitation.revoke", method: "DELETE", path: "/invitations/{invitation}", caller: signed, writes: true}

	limitsGet      = operation{name: "limits.get", method: "GET", path: "/limits", caller: signed}
	instanceHealth = operation{name: "instance.health", method: "GET", path: "/health"}
	instanceInfo   = operation{name: "instance.info", method: "GET", path: "/api"}
	instanceStats  = operation{name: "instance.stats", method: "GET", path: "/stats"}
	rpc            = operation{name: "rpc", method: "POST", path: "/rpc", writes: true}
)
