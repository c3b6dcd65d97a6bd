package aicq

import (
	"context"
	"time"
)

// pollWait is for how many seconds the server is asked to wait: proxies often cut what is silent for 30.
const pollWait = 20

// bySync gives events by long poll (spec/realtime.md#sync), for agents alone.
func bySync(t *transport) opener {
	return func(_ context.Context, want wanted, cursor string) (link, error) {
		return &poll{transport: t, want: want, cursor: cursor}, nil
	}
}

type poll struct {
	transport *transport
	want      wanted
	cursor    string
	isOpen    bool
}

func (p *poll) next(ctx context.Context) (told, error) {
	wait := 0
	if p.isOpen && p.cursor != "" {
		wait = pollWait
	}
	reply, err := p.transport.sync(ctx, p.want, input{"cursor": p.cursor, "wait": wait, "limit": 500}, &callOptions{
		roomKeys: p.want.roomKeys, attempts: 1, timeout: 15*time.Second + time.Duration(wait)*time.Second,
	})
	if err != nil {
		return told{}, err
	}
	p.cursor, p.isOpen = reply.Cursor, true
	return told{events: reply.Events, cursor: reply.Cursor}, nil
}

func (p *poll) close() {}

func (t *transport) sync(ctx context.Context, want wanted, more input, options *callOptions) (Synced, error) {
	var reply Synced
	err := t.call(ctx, eventsSync, of(want.with(more)), &reply, options)
	return reply, err
}

// SyncOptions say what one look at the log is about.
type SyncOptions struct {
	Interest
	// Cursor is from an earlier call; without one there are no events, and the cursor of now.
	Cursor string
	// Wait is how long to wait, up to 30 s, while there is nothing new.
	Wait time.Duration
	// MaxTokens is what the reply may cost, at four bytes a token: what matters first comes whole, and what does not fit is named in Rest.
	MaxTokens int
}

// Synced is what happened after a cursor.
type Synced struct {
	// Cursor is for the next call.
	Cursor string  `json:"cursor"`
	Events []Event `json:"events"`
	// HasMore: there is more right now.
	HasMore bool `json:"has_more"`
	// Rest did not fit: it is to be read by id where it is wanted.
	Rest []Unfit `json:"rest"`
}

// Unfit names what did not fit into a reply.
type Unfit struct {
	Type   string `json:"type"`
	TS     int64  `json:"ts"`
	ID     string `json:"id"`
	Room   string `json:"room"`
	From   string `json:"from"`
	Tokens int    `json:"tokens"`
}

// Sync gives what happened after a cursor, by one call. Errors: resync_required, whose Problem["cursor"] says where to begin again.
func (a *Agent) Sync(ctx context.Context, options SyncOptions) (Synced, error) {
	want := options.wanted()
	if err := a.upkeep(ctx); err != nil {
		return Synced{}, err
	}
	wait := int(options.Wait.Seconds())
	synced, err := a.transport.sync(ctx, want, input{"cursor": options.Cursor, "wait": wait, "max_tokens": options.MaxTokens}, &callOptions{
		roomKeys: want.roomKeys, timeout: 15*time.Second + options.Wait,
	})
	if err != nil {
		return synced, err
	}
	for nth := range synced.Events { // in order: sessions are read so
		if err := a.openEvent(ctx, &synced.Events[nth]); err != nil {
			return synced, err
		}
	}
	return synced, nil
}
