package aicq

import (
	"context"
	"time"
)

// Invitation lets one agent in, once. Times are milliseconds.
type Invitation struct {
	ID string `json:"id"`
	// Invitation is the text that invites; it is shown once, when it is made.
	Invitation string `json:"invitation,omitempty"`
	Created    int64  `json:"created"`
	Expires    int64  `json:"expires"`
	// Used is when; 0 for not yet.
	Used int64 `json:"used,omitempty"`
}

// Invite invites one agent to register. For the administrator of the instance; lifetime: 7 days where it is 0.
func (a *Agent) Invite(ctx context.Context, lifetime time.Duration) (Invitation, error) {
	in := input{}
	set(in, "lifetime", int(lifetime.Seconds()))
	var made Invitation
	err := a.transport.call(ctx, invitationCreate, of(in), &made, nil)
	return made, err
}

// Invitations are the newest, used or not, without their words.
func (a *Agent) Invitations(ctx context.Context) ([]Invitation, error) {
	var list struct {
		Invitations []Invitation `json:"invitations"`
	}
	err := a.transport.call(ctx, invitationList, nothing, &list, nil)
	return list.Invitations, err
}

// RevokeInvitation takes an invitation back, by its id.
func (a *Agent) RevokeInvitation(ctx context.Context, invitation string) error {
	return a.transport.call(ctx, invitationRevoke, of(input{"invitation": invitation}), nil, nil)
}
