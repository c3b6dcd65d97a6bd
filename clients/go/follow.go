package aicq

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"time"
)

const (
	// enoughFailures in a row, and another way is tried.
	enoughFailures = 2
	// waitLost is until the first return after a loss, and waitOpening before a second try where nothing was open yet, both at random from
	// 0 and doubled with each failure, up to waitMost.
	waitLost    = 2 * time.Second
	waitOpening = 250 * time.Millisecond
	waitMost    = 20 * time.Second
	// waitFirst is for how long a server may ask us to wait before anything was open.
	waitFirst = 90 * time.Second
	// betterFirst is after how long the best way is tried again, and betterMost to what that grows as it keeps failing.
	betterFirst = time.Minute
	betterMost  = 10 * time.Minute
)

// following follows the log over whichever way is open.
type following struct {
	ways   []opener
	want   wanted
	cursor string

	at, failures, here int
	wasOpen            bool
	again              time.Duration
}

// follow gives what happens, once and in order; ways that break are opened again where they broke off. Errors: what coming back does not
// mend (resync_required, room_not_found, key_revoked), and, before anything could be opened, that nothing could be; that of ctx.
func follow(ctx context.Context, ways []opener, want wanted, cursor string) iter.Seq2[told, error] {
	return func(yield func(told, error) bool) {
		f := &following{ways: ways, want: want, cursor: cursor, again: betterFirst}
		for {
			isLive, err := f.run(ctx, yield)
			if err == nil {
				return // the reader has left
			}
			if errors.Is(err, errOver) {
				continue
			}
			if err = f.comeBack(ctx, err, isLive); err != nil {
				yield(told{}, err)
				return
			}
		}
	}
}

// run reads one way until it breaks; without an error, nobody reads any more.
func (f *following) run(ctx context.Context, yield func(told, error) bool) (isLive bool, err error) {
	since := time.Now()
	way, err := f.ways[f.at](ctx, f.want, f.cursor)
	if err != nil {
		return false, err
	}
	defer func() { way.close() }()
	for {
		came, err := way.next(ctx)
		if err != nil {
			return isLive, err
		}
		// a way that opens and brings nothing may be one that is cut off each time
		if isLive {
			f.failures, f.here = 0, 0
		}
		isLive, f.wasOpen = true, true
		f.cursor = cmp.Or(came.cursor, f.cursor)
		if !yield(told{events: came.events, cursor: f.cursor}, nil) {
			return isLive, nil
		}
		if f.at == 0 || time.Since(since) < f.again {
			continue
		}
		best, err := f.ways[0](ctx, f.want, f.cursor)
		if err != nil {
			f.again, since = min(f.again*2, betterMost), time.Now()
			continue
		}
		way.close()
		way, f.at, f.again = best, 0, betterFirst
	}
}

// comeBack waits until it is worth while to try again, perhaps another way. Errors: that coming back does not help.
func (f *following) comeBack(ctx context.Context, err error, isLive bool) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	back, ok := returnAfter(err)
	if !ok || (!f.wasOpen && back.least > waitFirst) {
		return err
	}
	f.failures++
	f.here++
	if !back.isAsked && (f.here >= enoughFailures || (back.isBlocked && !isLive)) {
		f.at, f.here = (f.at+1)%len(f.ways), 0
		if f.at == 0 && !f.wasOpen {
			var failed *Error
			if errors.As(err, &failed) {
				return err
			}
			return clientError(Unreachable, "no stream of events could be opened: "+err.Error(), err)
		}
	}
	base := waitOpening
	if f.wasOpen {
		base = waitLost
	}
	return pause(ctx, back.least+upTo(min(base<<min(f.failures-1, 10), waitMost)))
}

// coming is when to come back.
type coming struct {
	least              time.Duration
	isBlocked, isAsked bool
}

// returnAfter tells when coming back can help; false where it cannot.
func returnAfter(err error) (coming, bool) {
	var unable *broken
	if errors.As(err, &unable) {
		if unable.later {
			return coming{30*time.Second + upTo(30*time.Second), unable.isBlocked, true}, true
		}
		return coming{isBlocked: unable.isBlocked}, true
	}
	var failed *Error
	if !errors.As(err, &failed) {
		return coming{}, false
	}
	if failed.Code == BadReply {
		return coming{isBlocked: true}, true
	}
	return coming{least: failed.RetryAfter()}, failed.Retryable
}

func upTo(most time.Duration) time.Duration { return time.Duration(rand.Float64() * float64(most)) }

// insist does work until it succeeds. Errors: those that coming back does not mend, that of ctx.
func insist(ctx context.Context, work func() error) error {
	for failures := 0; ; failures++ {
		err := work()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		back, ok := returnAfter(err)
		if !ok {
			return err
		}
		if err := pause(ctx, back.least+upTo(min(waitLost<<min(failures, 10), waitMost))); err != nil {
			return err
		}
	}
}
