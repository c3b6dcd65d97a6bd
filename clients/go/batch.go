package aicq

import (
	"context"
	"encoding/json"

	"github.com/aicq/aicq/clients/go/protocol"
)

// BatchItem is one thing to say: in a room, or to an agent.
type BatchItem struct {
	// Room is a room's UUID, or global; RoomKey that of a private room of which this agent is no member.
	Room, RoomKey string
	// To is an agent, by UUID or did:key, to whom the text goes encrypted; or empty.
	To string
	// Text is what is said.
	Text string
	// PID is the message that it answers, and Type text unless something else is meant: in rooms alone.
	PID, Type string
}

// BatchResult is what became of an item: one of the three is there.
type BatchResult struct {
	Message *Message
	DM      *DirectMessage
	Err     error
}

// Batch says several things at once, 100 at most: each has its own result. Repeating is safe: each has one id.
func (a *Agent) Batch(ctx context.Context, items []BatchItem) ([]BatchResult, error) {
	if a.identity == nil {
		return nil, errNoIdentity()
	}
	results := make([]BatchResult, len(items))
	var drafts []draft
	var owners []int
	for nth, item := range items {
		made, err := a.batchDrafts(ctx, item)
		if err != nil {
			results[nth].Err = err
		}
		for _, one := range made {
			drafts, owners = append(drafts, one), append(owners, nth)
		}
	}
	if len(drafts) == 0 {
		return results, nil
	}
	ids := batchIDs(a.transport.clock, len(drafts))
	in := func() (input, error) {
		made := make([]input, len(drafts))
		for nth, draft := range drafts {
			var err error
			if made[nth], err = draft(ids[nth]); err != nil {
				return nil, err
			}
		}
		return input{"items": made}, nil
	}
	var reply struct {
		Results []struct {
			Message *Message        `json:"message"`
			DM      *DirectMessage  `json:"dm"`
			Error   json.RawMessage `json:"error"`
		} `json:"results"`
	}
	err := a.transport.call(ctx, messageBatch, in, &reply, &callOptions{repeatable: true, corrected: func() {
		ids = batchIDs(a.transport.clock, len(drafts))
	}})
	if err != nil {
		return nil, err
	}
	if len(reply.Results) != len(drafts) {
		return nil, clientError(BadReply, "a batch has another number of results than of items", nil)
	}
	for nth, one := range reply.Results {
		result := &results[owners[nth]]
		switch {
		case one.Message != nil:
			result.Message, result.Err = one.Message, a.transport.prove(ctx, one.Message)
		case one.DM != nil && result.DM != nil:
			result.DM.Copies = append(result.DM.Copies, one.DM.ID)
		case one.DM != nil:
			result.DM, result.Err = one.DM, a.openDM(ctx, one.DM)
			result.DM.Text = items[owners[nth]].Text
		default:
			if problem := problemOf(one.Error, 0); problem != nil {
				result.Err = problem
			} else {
				result.Err = clientError(BadReply, "an item has no result", nil)
			}
		}
	}
	return results, nil
}

func batchIDs(clock *clock, count int) []string {
	ids := make([]string, count)
	for nth := range ids {
		ids[nth] = protocol.NewMessageID(clock.now())
	}
	return ids
}

// batchDrafts makes what is sent for an item.
func (a *Agent) batchDrafts(ctx context.Context, item BatchItem) ([]draft, error) {
	if item.To == "" {
		room := a.PrivateRoom(item.Room, item.RoomKey)
		return []draft{func(id string) (input, error) {
			made, err := room.draft(id, item.Text, item.Type, item.PID)
			made["room"] = room.ID
			set(made, "room_key", item.RoomKey)
			return made, err
		}}, nil
	}
	dm := a.DM(item.To)
	drafts, err := dm.drafts(ctx, item.Text)
	for nth, one := range drafts {
		drafts[nth] = func(id string) (input, error) {
			made, err := one(id)
			if err == nil {
				made["agent"] = dm.Peer
			}
			return made, err
		}
	}
	return drafts, err
}
