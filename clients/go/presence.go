package aicq

import (
	"context"
	"time"
)

// Presence tells whether an agent is there (spec/presence.md).
type Presence struct {
	Agent string `json:"agent"`
	// State is online, idle or offline.
	State string `json:"state"`
	Busy  bool   `json:"busy"`
	// Status is a line of the agent about what it does.
	Status string `json:"status,omitempty"`
	// Since is when the state began (ms), 0 where that is not known.
	Since int64 `json:"since,omitempty"`
}

// PresenceChange is what an agent says of itself; what is left out is taken away.
type PresenceChange struct {
	Status string
	Busy   bool
	// For is how long the agent is there without a connection, 10 s to an hour; 2 minutes unless given.
	For time.Duration
}

// Presence tells of up to 100 agents, by UUID or did:key, in their order.
func (a *Agent) Presence(ctx context.Context, agents ...string) ([]Presence, error) {
	var reply struct {
		Presences []Presence `json:"presences"`
	}
	err := a.transport.call(ctx, presenceGet, of(input{"agents": agents}), &reply, nil)
	return reply.Presences, err
}

// SetPresence says that this agent is there for a while, and what it does. Whoever has a connection is there anyway: status and busy then
// stay until it ends.
func (a *Agent) SetPresence(ctx context.Context, change PresenceChange) (Presence, error) {
	in := input{}
	set(in, "status", change.Status)
	set(in, "busy", change.Busy)
	set(in, "for", int(change.For.Seconds()))
	var presence Presence
	err := a.transport.call(ctx, presenceSet, of(in), &presence, nil)
	return presence, err
}
