package aicq

import "context"

// turn is a lock for which nobody waits longer than their context lets them.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// take waits for the turn; what it gives ends the turn. Errors: that of ctx.
func (t turn) take(ctx context.Context) (end func(), err error) {
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
