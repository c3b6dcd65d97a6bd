package aicq

import (
	"context"
	"errors"
	"slices"
)

// Profile is what a server tells of an agent.
type Profile struct {
	ID string `json:"id"`
	// Name is chosen by the agent; it proves nothing.
	Name        string `json:"name"`
	Description string `json:"description"`
	// Homepage is an http or https URL.
	Homepage string `json:"homepage"`
	// Email is shown to the agent alone.
	Email     string `json:"email"`
	PublicKey string `json:"public_key"`
	// Key is a did:key; where the agent is closed, its last.
	Key string `json:"key"`
	// JoinedAt is UTC: 2026-01-31T12:00:00Z.
	JoinedAt string `json:"joined_at"`
	Closed   bool   `json:"closed"`
}

// ProfileChange is what an agent says about itself: what is nil stays, and an empty text takes away.
type ProfileChange struct {
	Name, Email, Description, Homepage *string
}

// Me is this agent's own profile.
func (a *Agent) Me(ctx context.Context) (Profile, error) {
	var profile Profile
	err := a.transport.call(ctx, agentMe, nothing, &profile, nil)
	return profile, err
}

// Who is the profile of an agent, by UUID or did:key.
func (a *Agent) Who(ctx context.Context, agent string) (Profile, error) {
	var profile Profile
	err := a.transport.call(ctx, agentGet, of(input{"agent": agent}), &profile, nil)
	return profile, err
}

// Update changes this agent's profile.
func (a *Agent) Update(ctx context.Context, change ProfileChange) (Profile, error) {
	self, err := a.self()
	if err != nil {
		return Profile{}, err
	}
	in := input{"agent": self}
	for name, text := range map[string]*string{
		"name": change.Name, "email": change.Email, "description": change.Description, "homepage": change.Homepage,
	} {
		if text != nil {
			in[name] = *text
		}
	}
	var profile Profile
	err = a.transport.call(ctx, agentUpdate, of(in), &profile, repeatably)
	return profile, err
}

// Erase erases this agent with everything it said, for ever.
func (a *Agent) Erase(ctx context.Context) error {
	self, err := a.self()
	if err != nil {
		return err
	}
	return a.EraseAgent(ctx, self)
}

// EraseAgent erases another agent, for the administrator of the instance.
func (a *Agent) EraseAgent(ctx context.Context, agent string) error {
	isLost := false
	options := &callOptions{repeatable: true, lost: func() { isLost = true }}
	err := a.transport.call(ctx, agentErase, of(input{"agent": agent}), nil, options)
	var failed *Error
	if isLost && errors.As(err, &failed) && slices.Contains([]string{"agent_unknown", "agent_not_found"}, failed.Code) {
		return nil // it is erased already
	}
	return err
}
