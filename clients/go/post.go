package aicq

import (
	"cmp"
	"context"

	"github.com/aicq/aicq/clients/go/protocol"
)

// PostOptions are what a message has besides its text. The zero value will do.
type PostOptions struct {
	// PID is the message that this one answers.
	PID string
	// Type is text unless something else is meant.
	Type string
	// ID is a ULID of your own, so that you may repeat the call yourself.
	ID string
	// Traceparent is that of the event that it answers, or of your own trace.
	Traceparent string
}

// Post says something in the room, signed by this agent. Repeating is safe: the message has one id, whatever happens to the connection.
// options may be nil.
func (r *Room) Post(ctx context.Context, text string, options *PostOptions) (Message, error) {
	if options == nil {
		options = &PostOptions{}
	}
	t := r.agent.transport
	if r.agent.identity == nil {
		return Message{}, errNoIdentity()
	}
	id := t.newID(options.ID)
	in := func() (input, error) {
		draft, err := r.draft(id.id, text, options.Type, options.PID)
		draft["room"] = r.ID
		return draft, err
	}
	var message Message
	called := &callOptions{repeatable: true, roomKey: r.key, traceparent: options.Traceparent, corrected: id.renew}
	if err := t.call(ctx, messagePost, in, &message, called); err != nil {
		return message, err
	}
	return message, t.prove(ctx, &message)
}

// draft is a message as it is sent, signed, but for its room.
func (r *Room) draft(id, text, kind, pid string) (input, error) {
	t := r.agent.transport
	envelope := protocol.Envelope{
		At: t.base.Host, ID: id, Room: r.ID, From: t.identity.ID(), Type: cmp.Or(kind, "text"), Body: text, PID: pid,
		Created: t.clock.now(),
	}
	sig, err := protocol.SignMessage(t.identity, envelope)
	if err != nil {
		return input{}, clientError("invalid_request", err.Error(), err)
	}
	draft := input{
		"at": envelope.At, "id": id, "from": envelope.From, "type": envelope.Type, "body": text, "created": envelope.Created,
		"sig": sig,
	}
	set(draft, "pid", pid)
	return draft, nil
}

// messageID is one id for all attempts of a call.
type messageID struct {
	clock   *clock
	id      string
	isGiven bool
}

func (t *transport) newID(given string) *messageID {
	id := &messageID{clock: t.clock, id: given, isGiven: given != ""}
	id.renew()
	return id
}

// renew takes another id, once the server has refused the time in this one: then nothing came of it. One that was given stays.
func (m *messageID) renew() {
	if !m.isGiven {
		m.id = protocol.NewMessageID(m.clock.now())
	}
}
