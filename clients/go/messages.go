package aicq

import (
	"context"
	"iter"
)

// MessagesOptions say which messages a loop gives. The zero value: those that come from now on.
type MessagesOptions struct {
	// Since is the Seq after which to begin; Start for all that is kept; 0 for from now on.
	Since int64
	// NoFollow ends the loop when all that is there has been given, instead of waiting for more.
	NoFollow bool
}

// Messages gives messages in their order, as they come, none twice and none left out; leave the loop when you have enough. It ends when ctx
// does, with its error, and when the agent is closed, without one. options may be nil.
func (r *Room) Messages(ctx context.Context, options *MessagesOptions) iter.Seq2[Message, error] {
	if options == nil {
		options = &MessagesOptions{}
	}
	interest := Interest{Rooms: []string{r.ID}}
	if r.key != "" {
		interest = Interest{RoomKeys: map[string]string{r.ID: r.key}}
	}
	return readOn(r.agent, ctx, source[Message]{
		want:  interest.wanted(),
		page:  r.messagesAfter,
		id:    func(message Message) string { return message.ID },
		place: func(message Message) int64 { return message.Seq },
		of: func(event Event) (Message, bool) {
			if event.Type != "message.created" || event.Room != r.ID || event.Message == nil {
				return Message{}, false
			}
			return *event.Message, true
		},
		open: r.agent.transport.prove,
	}, options.Since, !options.NoFollow)
}

func (r *Room) messagesAfter(ctx context.Context, after int64) ([]Message, told, error) {
	in := input{"limit": 1}
	if after != newest {
		in = input{"order": "asc", "after_seq": after, "limit": 200}
	}
	var page Page
	err := r.call(ctx, messageList, in, &page, false)
	return page.Messages, told{cursor: page.Cursor, hasMore: page.HasMore}, err
}
