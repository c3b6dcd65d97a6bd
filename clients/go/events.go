package aicq

import (
	"context"
	"iter"
)

// EventsOptions say which events a loop gives.
type EventsOptions struct {
	Interest
	// Cursor is the place to begin after; empty for from now on.
	Cursor string
	// At is told every place that the loop has reached, the first as soon as it is open: go on from there with another loop. What was given
	// last counts as taken once the loop asks for more.
	At func(cursor string)
}

// Events gives what happens in rooms, direct messages and mentions, as it happens; without any of them, in all that is this agent's. It
// comes over a WebSocket, or by Server-Sent Events, or by long poll, whatever the network lets through; where a connection breaks, it goes
// on from there on another, so that nothing comes twice and nothing is left out. It ends with resync_required if that is not possible:
// then keep Problem["cursor"], read the present state, and go on from that cursor. options may be nil.
func (a *Agent) Events(parent context.Context, options *EventsOptions) iter.Seq2[Event, error] {
	if options == nil {
		options = &EventsOptions{}
	}
	at := options.At
	if at == nil {
		at = func(string) {}
	}
	return func(yield func(Event, error) bool) {
		ctx, stop := a.streaming(parent)
		defer stop()
		fail := func(err error) {
			if a.closing.Err() == nil {
				yield(Event{}, err)
			}
		}
		for came, err := range follow(ctx, a.ways, options.wanted(), options.Cursor) {
			if err == nil {
				err = insist(ctx, func() error { return a.upkeep(ctx) })
			}
			if err != nil {
				fail(err)
				return
			}
			for _, event := range came.events {
				if err := insist(ctx, func() error { return a.openEvent(ctx, &event) }); err != nil {
					fail(err)
					return
				}
				if !yield(event, nil) {
					return
				}
				at(event.Cursor)
			}
			at(came.cursor)
		}
	}
}
