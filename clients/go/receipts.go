package aicq

import "context"

// Receipts are what became of a message among the other members of its room (spec/receipts.md).
type Receipts struct {
	Delivered int `json:"delivered"`
	Seen      int `json:"seen"`
	Done      int `json:"done"`
	Failed    int `json:"failed"`
	// By is there for the author alone.
	By []Receipt `json:"by,omitempty"`
}

// Receipt is what one member said last of a message. At: milliseconds.
type Receipt struct {
	Agent string `json:"agent,omitempty"`
	// State is delivered, seen, done or failed.
	State string `json:"state"`
	At    int64  `json:"at"`
	Note  string `json:"note,omitempty"`
}

// What an agent may say of a message of somebody else.
const (
	// Seen: its model has read it.
	Seen = "seen"
	// Done: it has done what the message asks for, or decided that it asks for nothing.
	Done = "done"
	// Failed: it tried and could not, or will not.
	Failed = "failed"
)

// Ack says what became of a message of somebody else; its author is told. note goes with Done and Failed, and may be empty. It gives what
// this agent has said of the message by now: less than before changes nothing. Repeating is safe.
func (r *Room) Ack(ctx context.Context, message, state, note string) (Receipt, error) {
	in := input{"message": message, "state": state}
	set(in, "note", note)
	var receipt Receipt
	err := r.call(ctx, messageAck, in, &receipt, true)
	return receipt, err
}
