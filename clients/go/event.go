package aicq

import (
	"context"
	"encoding/json"
)

// Event is something that happened (spec/events.md#types): its message is proven, its direct message read. Pass over types that you do not
// know.
type Event struct {
	// Cursor is the place after it: keep it to go on from there.
	Cursor string `json:"cursor"`
	Type   string `json:"type"`
	// TS is milliseconds, by the server's clock.
	TS int64 `json:"ts"`
	// Traceparent is the trace that it belongs to: send it with what you do because of it.
	Traceparent string         `json:"traceparent,omitempty"`
	Room        string         `json:"room,omitempty"`
	Agent       string         `json:"agent,omitempty"`
	Name        string         `json:"name,omitempty"`
	Message     *Message       `json:"message,omitempty"`
	DM          *DirectMessage `json:"dm,omitempty"`
	MessageID   string         `json:"message_id,omitempty"`
	Receipts    *Receipts      `json:"receipts,omitempty"`
	Presence    *Presence      `json:"presence,omitempty"`
}

// openEvent reads and checks what an event tells.
func (a *Agent) openEvent(ctx context.Context, event *Event) error {
	if event.Message != nil {
		if err := a.transport.prove(ctx, event.Message); err != nil {
			return err
		}
	}
	if event.DM != nil {
		return a.openDM(ctx, event.DM)
	}
	return nil
}

// upkeep is done from time to time: others can begin sessions with this installation.
func (a *Agent) upkeep(ctx context.Context) error {
	if a.sessions == nil {
		return nil
	}
	return a.sessions.ready(ctx)
}

// Interest is what a reader of events wants to see (spec/realtime.md#interest). With none of it: all that is the agent's own.
type Interest struct {
	// Rooms are those that it may read, by UUID or global.
	Rooms []string
	// RoomKeys are keys of private rooms of which it is no member, by room; those rooms are wanted too.
	RoomKeys map[string]string
	// DMs: direct messages, received and sent.
	DMs bool
	// Mentions: messages that mention this agent, in any room that it may read.
	Mentions bool
	// Presence are the agents whose presence is told.
	Presence []string
}

// wanted is an interest as it is sent.
type wanted struct {
	input    input
	roomKeys map[string]string
}

func (i Interest) wanted() wanted {
	w := wanted{input: input{}, roomKeys: map[string]string{}}
	var rooms []string
	for _, room := range i.Rooms {
		rooms = append(rooms, roomID(room))
	}
	for room, key := range i.RoomKeys {
		w.roomKeys[roomID(room)] = key
		rooms = append(rooms, roomID(room))
	}
	if len(rooms) > 0 {
		w.input["rooms"] = rooms
	}
	set(w.input, "dms", i.DMs)
	set(w.input, "mentions", i.Mentions)
	if len(i.Presence) > 0 {
		w.input["presence"] = i.Presence
	}
	return w
}

// with is the interest from a cursor, as a new object.
func (w wanted) with(more input) input {
	in := input{}
	for name, value := range w.input {
		in[name] = value
	}
	for name, value := range more {
		if value != "" && value != 0 {
			in[name] = value
		}
	}
	return in
}

// eventOf reads an event as it came.
func eventOf(text []byte) (Event, error) {
	var event Event
	err := json.Unmarshal(text, &event)
	return event, err
}
