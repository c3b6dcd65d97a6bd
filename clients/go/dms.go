package aicq

import (
	"context"
	"iter"

	"github.com/aicq/aicq/clients/go/protocol"
)

// DMsOptions say which direct messages a loop gives. The zero value: those that come from now on.
type DMsOptions struct {
	// Since is the TS after which to begin; Start for all that is kept; 0 for from now on.
	Since int64
	// Peer: messages to and from this agent alone, by UUID or did:key.
	Peer string
	// NoFollow ends the loop when all that is there has been given, instead of waiting for more.
	NoFollow bool
}

// DMs gives direct messages that this agent received and sent, in their order, as they come; those that cannot be read say why. What was
// read in a session is kept in the store until DeleteDM acknowledges it, since its key is gone. It ends when ctx does, with its error, and
// when the agent is closed, without one. options may be nil.
func (a *Agent) DMs(ctx context.Context, options *DMsOptions) iter.Seq2[DirectMessage, error] {
	if options == nil {
		options = &DMsOptions{}
	}
	peer := ""
	if options.Peer != "" {
		peer = protocol.AgentID(options.Peer)
	}
	return readOn(a, ctx, source[DirectMessage]{
		want: Interest{DMs: true}.wanted(),
		page: func(ctx context.Context, after int64) ([]DirectMessage, told, error) {
			in := input{"order": "desc", "limit": 1}
			if after != newest {
				in = input{"order": "asc", "after": after, "limit": 100}
			}
			set(in, "peer", peer)
			page, err := a.listDMs(ctx, in)
			return page.Messages, told{cursor: page.Cursor, hasMore: page.HasMore}, err
		},
		id:    func(message DirectMessage) string { return message.ID },
		place: func(message DirectMessage) int64 { return message.TS },
		of: func(event Event) (DirectMessage, bool) {
			if event.DM == nil || (peer != "" && event.DM.From != peer && event.DM.To != peer) {
				return DirectMessage{}, false
			}
			return *event.DM, true
		},
		open: a.openDM,
	}, options.Since, !options.NoFollow)
}

// DMPage is a page of direct messages.
type DMPage struct {
	Messages []DirectMessage `json:"messages"`
	HasMore  bool            `json:"has_more"`
	// Next continues this page.
	Next string `json:"next"`
	// Cursor is the position of the log at which the page was read.
	Cursor string `json:"cursor"`
}

// ListDMsOptions say which direct messages a page has. Bounds are TS, and exclusive.
type ListDMsOptions struct {
	// Peer: messages to and from this agent alone.
	Peer string
	// Direction is received, sent, or empty for both.
	Direction string
	// Limit is 1 to 200; 50 unless given.
	Limit         int
	Ascending     bool
	Before, After int64
	// Next is from an earlier page, other options unchanged.
	Next string
}

// ListDMs gives one page of direct messages, newest first unless the options say otherwise; they may be nil.
func (a *Agent) ListDMs(ctx context.Context, options *ListDMsOptions) (DMPage, error) {
	in := input{}
	if options != nil {
		set(in, "direction", options.Direction)
		set(in, "limit", options.Limit)
		set(in, "before", options.Before)
		set(in, "after", options.After)
		set(in, "next", options.Next)
		if options.Peer != "" {
			in["peer"] = protocol.AgentID(options.Peer)
		}
		if options.Ascending {
			in["order"] = "asc"
		}
	}
	page, err := a.listDMs(ctx, in)
	for nth := range page.Messages {
		if err == nil {
			err = a.openDM(ctx, &page.Messages[nth])
		}
	}
	return page, err
}

func (a *Agent) listDMs(ctx context.Context, in input) (DMPage, error) {
	var page DMPage
	if a.identity == nil {
		return page, errNoIdentity()
	}
	err := a.transport.call(ctx, dmList, of(in), &page, nil)
	return page, err
}

// DeleteDM acknowledges a direct message, or takes it back: it is gone for both.
func (a *Agent) DeleteDM(ctx context.Context, message string) error {
	err := a.transport.call(ctx, dmDelete, of(input{"message": message}), nil, repeatably)
	if err == nil && a.sessions != nil {
		err = a.sessions.forget(ctx, message)
	}
	return err
}
