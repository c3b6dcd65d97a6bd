package aicq

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestManyGoroutinesShareAnAgentAndEachThingIsSaidOnce(t *testing.T) {
	ctx, ada := ctxOf(t), newcomer(t, &Options{Store: FileStore(filepath.Join(t.TempDir(), "state"))})
	bob := newcomer(t, &Options{Store: MemoryStore()})
	room := newRoom(t, ada)
	var all sync.WaitGroup
	for nth := range 6 {
		all.Add(1)
		go func() {
			defer all.Done()
			_, err := room.Post(ctx, fmt.Sprint(nth), nil)
			_, err2 := ada.DM(bob.Identity().ID()).Send(ctx, fmt.Sprint(nth))
			_, _, err3 := ada.Keys(ctx, bob.Identity().ID())
			if err := errors.Join(err, err2, err3); err != nil {
				t.Error(err)
			}
		}()
	}
	all.Wait()
	page, err := room.Read(ctx, nil)
	ok(t, err)
	same(t, "messages", len(page.Messages), 6)
	heard := received(t, ctx, bob)
	for nth := range 6 {
		same(t, "received "+fmt.Sprint(nth), strings.Count(heard, fmt.Sprint(nth)), 1)
	}
	same(t, "received", len(heard), len("0|1|2|3|4|5"))
}

func TestALoopThatIsLeftLeavesNothingBehind(t *testing.T) {
	ctx, bob, leave := ctxOf(t), newcomer(t, nil), errors.New("left")
	loops := map[string]func(){
		"by a panic": func() {
			defer func() { same(t, "left", recover() == any(leave), true) }()
			for _, err := range bob.Events(ctx, &EventsOptions{At: func(string) { panic(leave) }}) {
				ok(t, err)
			}
		},
		// the context goes on, so that only closing the way ends what reads it
		"where the context goes on": func() {
			for _, err := range follow(ctx, bob.ways, Interest{}.wanted(), "") {
				ok(t, err)
				break
			}
		},
	}
	ways := bob.ways
	for nth, way := range []string{"socket", "sse", "poll"} {
		bob.ways = ways[nth : nth+1]
		for name, loop := range loops {
			loop()
			before := still()
			for range 10 { // more than could be left of the one before, and end meanwhile
				loop()
			}
			if more := settled(before) - before; more > 0 {
				t.Errorf("%d goroutines more by %s, left %s", more, way, name)
			}
		}
	}
}

// still is how many goroutines there are, once that has not changed for a while.
func still() int {
	count, since := runtime.NumGoroutine(), time.Now()
	for time.Since(since) < 500*time.Millisecond {
		time.Sleep(20 * time.Millisecond)
		if now := runtime.NumGoroutine(); now != count {
			count, since = now, time.Now()
		}
	}
	return count
}

// settled is how many goroutines there are, once there are no more than so many or a minute has passed.
func settled(most int) int {
	for until := time.Now().Add(time.Minute); runtime.NumGoroutine() > most && time.Now().Before(until); {
		time.Sleep(20 * time.Millisecond)
	}
	return runtime.NumGoroutine()
}

func TestWhoWaitsForATurnIsLetGoWhenTheContextEnds(t *testing.T) {
	for name, store := range map[string]Store{"memory": MemoryStore(), "file": FileStore(filepath.Join(t.TempDir(), "state"))} {
		ok(t, store.Exclusively(ctxOf(t), func(Kept) error {
			ctx, stop := context.WithTimeout(context.Background(), 20*time.Millisecond)
			defer stop()
			err := store.Exclusively(ctx, func(Kept) error { return errors.New("two have a turn") })
			same(t, name, errors.Is(err, context.DeadlineExceeded), true)
			return nil
		}))
	}
	s := &sessions{turn: newTurn()}
	end, err := s.turn.take(ctxOf(t))
	ok(t, err)
	defer end()
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer stop()
	same(t, "prekeys", errors.Is(s.ready(ctx), context.DeadlineExceeded), true)
}

func TestWhoWaitsForALookThatFailsFailsWithIt(t *testing.T) {
	ctx := ctxOf(t)
	path := newNetwork()
	ada := newcomer(t, &Options{HTTPClient: path.client(), Store: MemoryStore(), Attempts: 2})
	s := ada.sessions
	s.looked = time.Time{}
	asking := func(ctxs ...context.Context) (failures []error) {
		end, err := s.turn.take(ctx)
		ok(t, err)
		failed, begun := make(chan error), make(chan bool)
		for _, one := range ctxs {
			go func() {
				begun <- true
				failed <- s.ready(one)
			}()
			<-begun
			ok(t, pause(ctx, 50*time.Millisecond))
		}
		end()
		for range ctxs {
			failures = append(failures, <-failed)
		}
		return failures
	}
	path.set(func(string) fate { return fate{drop: true} })
	for _, err := range asking(ctx, ctx, ctx, ctx) {
		refused(t, err, Unreachable)
	}
	same(t, "attempts for all", path.count("/v1/prekeys"), 2)
	refused(t, s.ready(ctx), Unreachable)
	same(t, "attempts for one who comes later", path.count("/v1/prekeys"), 4)
	// but whoever is let go lets go nobody else
	leaving, stop := context.WithCancel(ctx)
	path.set(func(string) fate {
		defer stop()
		return fate{drop: leaving.Err() == nil}
	})
	left := 0
	for _, err := range asking(leaving, ctx, ctx) {
		if errors.Is(err, context.Canceled) {
			left++
		} else {
			ok(t, err)
		}
	}
	same(t, "left", left, 1)
}
