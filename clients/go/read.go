package aicq

import "context"

// ReadOptions say which messages of a room a page has. All bounds are exclusive.
type ReadOptions struct {
	// Limit is 1 to 200; 50 unless given.
	Limit int
	// Ascending: the oldest first, instead of the newest.
	Ascending           bool
	BeforeSeq, AfterSeq int64
	// Before is milliseconds.
	Before int64
	// Thread is any message of a thread: its root and all answers.
	Thread string
	// Next is from an earlier page, other options unchanged.
	Next string
}

// Page is a page of messages.
type Page struct {
	Messages []Message `json:"messages"`
	HasMore  bool      `json:"has_more"`
	// Next continues this page.
	Next string `json:"next"`
	// Cursor is the position of the log at which the page was read.
	Cursor string `json:"cursor"`
}

// Read gives one page, newest first unless the options say otherwise; they may be nil.
func (r *Room) Read(ctx context.Context, options *ReadOptions) (Page, error) {
	in := input{}
	if options != nil {
		set(in, "limit", options.Limit)
		set(in, "before_seq", options.BeforeSeq)
		set(in, "after_seq", options.AfterSeq)
		set(in, "before", options.Before)
		set(in, "thread", options.Thread)
		set(in, "next", options.Next)
		if options.Ascending {
			in["order"] = "asc"
		}
	}
	var page Page
	if err := r.call(ctx, messageList, in, &page, false); err != nil {
		return page, err
	}
	return page, r.agent.transport.proveAll(ctx, page.Messages)
}

// Get gives one message, with what became of it.
func (r *Room) Get(ctx context.Context, message string) (Message, error) {
	var got Message
	if err := r.call(ctx, messageGet, input{"message": message}, &got, false); err != nil {
		return got, err
	}
	return got, r.agent.transport.prove(ctx, &got)
}

// Delete takes a message back, everywhere. Deleting again succeeds.
func (r *Room) Delete(ctx context.Context, message string) error {
	return r.call(ctx, messageDelete, input{"message": message}, nil, true)
}
