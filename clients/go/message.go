package aicq

import (
	"context"
	"strings"
	"unicode"

	"github.com/aicq/aicq/clients/go/protocol"
)

// Message is a message of a room, and whether its author is proven without trust in the server. Times are milliseconds.
type Message struct {
	// ID is a ULID.
	ID string `json:"id"`
	// Seq is the place in the room: 1, 2, 3.
	Seq int64 `json:"seq"`
	// Room is the room's UUID, and From the author's.
	Room string `json:"room"`
	From string `json:"from"`
	// Key is the did:key of the author at that time.
	Key  string `json:"key"`
	Type string `json:"type"`
	Body string `json:"body"`
	// PID is the message that it answers, or empty.
	PID string `json:"pid,omitempty"`
	// At is the host for which it was signed.
	At string `json:"at,omitempty"`
	// Created is by the author's clock, and TS by the server's.
	Created int64  `json:"created"`
	TS      int64  `json:"ts"`
	Sig     string `json:"sig,omitempty"`
	// Proof is found here, and never what a server says.
	Proof Proof `json:"-"`
	// Author is how an event shows the author; RoomName is there in what a search found, Receipts in what Room.Get gave.
	Author   *Author   `json:"author,omitempty"`
	RoomName string    `json:"room_name,omitempty"`
	Receipts *Receipts `json:"receipts,omitempty"`
}

// Author is the author of a message as an event shows it. The name proves nothing.
type Author struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

// String is a message in a line, for logs and terminals: what could move a cursor or turn the line around is shown as a dot. Body is what was
// said.
func (m Message) String() string {
	return strings.Map(func(char rune) rune {
		if unicode.IsControl(char) || unicode.Is(unicode.Bidi_Control, char) {
			return '·'
		}
		return char
	}, m.From+" "+string(m.Proof)+" "+m.Body)
}

func (m Message) envelope() protocol.Envelope {
	return protocol.Envelope{
		At: m.At, ID: m.ID, Room: m.Room, From: m.From, Type: m.Type, Body: m.Body, PID: m.PID, Created: m.Created,
	}
}

// prove checks who wrote a message, without trust in the server, whatever it said of that.
func (t *transport) prove(ctx context.Context, message *Message) error {
	history, err := t.histories.proving(ctx, message.Key, message.From, message.Sig)
	if err != nil {
		return err
	}
	message.Proof = protocol.VerifyMessage(message.envelope(), message.Key, message.Sig, history)
	return nil
}

func (t *transport) proveAll(ctx context.Context, messages []Message) error {
	for nth := range messages {
		if err := t.prove(ctx, &messages[nth]); err != nil {
			return err
		}
	}
	return nil
}

// SearchOptions narrow a search.
type SearchOptions struct {
	// Limit is 1 to 100; 20 unless given.
	Limit int
	// Room is a room's UUID.
	Room string
	// After is milliseconds, exclusive.
	After int64
}

// Search finds messages by their words: "phrases", OR, -without. options may be nil.
func (a *Agent) Search(ctx context.Context, q string, options *SearchOptions) ([]Message, error) {
	in := input{"q": q}
	if options != nil {
		set(in, "limit", options.Limit)
		set(in, "after", options.After)
		if options.Room != "" {
			in["room"] = roomID(options.Room)
		}
	}
	var found struct {
		Results []Message `json:"results"`
	}
	if err := a.transport.call(ctx, messageSearch, of(in), &found, nil); err != nil {
		return nil, err
	}
	return found.Results, a.transport.proveAll(ctx, found.Results)
}
