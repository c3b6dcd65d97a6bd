package aicq

import (
	"context"
	"iter"
)

// Start begins a loop with all that is kept.
const Start = -1

// rememberedItems are how many things given last are remembered: as many as a log that was restored may have lost.
const rememberedItems = 1_000

// source is of things in an order, which are kept and can be followed.
type source[T any] struct {
	want wanted
	// page gives those after a place, oldest first; without a place (Start - 1), the newest one; and the cursor from where to follow then.
	page func(ctx context.Context, after int64) ([]T, told, error)
	// id names a thing, and place says where it is in the order.
	id    func(T) string
	place func(T) int64
	// of is what an event tells of such a thing.
	of func(Event) (T, bool)
	// open reads and checks it.
	open func(ctx context.Context, item *T) error
}

// readOn gives what is kept after a place, then what comes, without a hole between them and nothing twice. since: a place, Start for all, 0
// for from now on. Where the stream cannot go on from its cursor, what was missed is read again by its place.
func readOn[T any](a *Agent, parent context.Context, s source[T], since int64, goesOn bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, stop := a.streaming(parent)
		defer stop()
		r := &reading[T]{agent: a, source: s, place: since, given: map[string]int64{}, yield: yield}
		switch since {
		case 0:
			r.place = newest
		case Start:
			r.place = 0
		}
		for ask := once; ; ask = insist {
			cursor, err := r.kept(ctx, ask)
			if err == nil && !r.hasLeft && goesOn {
				err = r.follow(ctx, cursor)
			}
			if r.hasLeft || (err == nil && !goesOn) || a.closing.Err() != nil {
				return
			}
			if CodeOf(err) != "resync_required" {
				var none T
				yield(none, err)
				return
			}
			r.goBack()
		}
	}
}

// newest is no place: of what is kept only the newest is looked at.
const newest = Start - 1

// once is for who cannot begin and hears why; who has begun insists.
func once(_ context.Context, work func() error) error { return work() }

// reading is a loop that reads on.
type reading[T any] struct {
	agent   *Agent
	source  source[T]
	place   int64
	given   map[string]int64
	order   []string
	yield   func(T, error) bool
	hasLeft bool
}

type asking func(ctx context.Context, work func() error) error

// kept gives what is kept, and the cursor from which to follow.
func (r *reading[T]) kept(ctx context.Context, ask asking) (string, error) {
	if err := ask(ctx, func() error { return r.agent.upkeep(ctx) }); err != nil {
		return "", err
	}
	for after := r.place; ; {
		var items []T
		var page told
		err := ask(ctx, func() (err error) {
			items, page, err = r.source.page(ctx, after)
			return err
		})
		if err != nil {
			return "", err
		}
		if after == newest {
			r.place = 0
			if len(items) > 0 {
				r.place = r.source.place(items[0])
			}
			return page.cursor, nil
		}
		for _, item := range items {
			if err := r.give(ctx, item, ask); err != nil || r.hasLeft {
				return "", err
			}
		}
		if !page.hasMore || len(items) == 0 {
			return page.cursor, nil
		}
		after = r.source.place(items[len(items)-1])
	}
}

// follow gives what comes.
func (r *reading[T]) follow(ctx context.Context, cursor string) error {
	for came, err := range follow(ctx, r.agent.ways, r.source.want, cursor) {
		if err != nil {
			return err
		}
		if err := insist(ctx, func() error { return r.agent.upkeep(ctx) }); err != nil {
			return err
		}
		for _, event := range came.events {
			if item, ok := r.source.of(event); ok {
				if err := r.give(ctx, item, insist); err != nil || r.hasLeft {
					return err
				}
			}
		}
	}
	return nil
}

// give gives a thing, unless it was given already.
func (r *reading[T]) give(ctx context.Context, item T, ask asking) error {
	id := r.source.id(item)
	if _, isGiven := r.given[id]; isGiven {
		return nil
	}
	r.place = r.source.place(item)
	r.given[id] = r.place
	if r.order = append(r.order, id); len(r.order) > rememberedItems {
		delete(r.given, r.order[0])
		r.order = r.order[1:]
	}
	if err := ask(ctx, func() error { return r.source.open(ctx, &item) }); err != nil {
		return err
	}
	r.hasLeft = !r.yield(item, nil)
	return nil
}

// goBack goes to before what was given last: a log that was restored has other things there.
func (r *reading[T]) goBack() {
	if len(r.order) > 0 {
		r.place = max(0, r.given[r.order[0]]-1)
	}
}

// streaming is a context that ends with its parent, and when the agent is closed.
func (a *Agent) streaming(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	unhook := context.AfterFunc(a.closing, cancel)
	return ctx, func() {
		unhook()
		cancel()
	}
}
