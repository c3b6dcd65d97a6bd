package aicq

import (
	"context"
	"fmt"
	"time"
)

// told are events that came together, and the cursor after them; none where only the cursor went on.
type told struct {
	events []Event
	cursor string
	// hasMore is true where a source knows that there is more right now.
	hasMore bool
}

// link is one way in which events come. next gives what came; errOver where it could not keep up, and is to be opened again at once.
// Errors: *broken, *Error, that of ctx.
type link interface {
	next(ctx context.Context) (told, error)
	close()
}

// opener opens a way after a cursor, or from now on where it is empty. The link tells first, perhaps without events, that it is open, and
// reads no further than it is asked to.
type opener func(ctx context.Context, want wanted, cursor string) (link, error)

// broken is a link that does not go on, though others may.
type broken struct {
	detail string
	// later: come back after 30 to 60 s, as the server says; else within 2 s.
	later bool
	// isBlocked: this way is closed for now, and another one is better than another try.
	isBlocked bool
	cause     error
}

func (b *broken) Error() string { return b.detail }
func (b *broken) Unwrap() error { return b.cause }

func brokenf(format string, values ...any) *broken {
	return &broken{detail: fmt.Sprintf(format, values...)}
}

func blocked(detail string) *broken { return &broken{detail: detail, isBlocked: true} }

// errOver says that more came than may wait.
var errOver = fmt.Errorf("more came than may wait")

// silenceOpen is after how long without a word a connection counts as dead.
const silenceOpen = 45 * time.Second

// silenceOpening is after how long one that opens counts as blocked; set before anything opens.
var silenceOpening = 5 * time.Second

// waysOf are the ways in which events reach an agent, the best first; who has no identity cannot ask for what is new by long poll.
func waysOf(t *transport) []opener {
	ways := []opener{bySocket(t), byStream(t)}
	if t.identity != nil {
		ways = append(ways, bySync(t))
	}
	return ways
}
