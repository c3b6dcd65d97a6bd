package aicq

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"testing"
	"time"
)

func TestAPostWhoseAnswerIsLostIsOneMessage(t *testing.T) {
	ctx := ctxOf(t)
	path, ada := onNetwork(t)
	room := newRoom(t, ada)
	path.set(firstOf("POST /v1/room/", fate{lose: true}))
	posted, err := room.Post(ctx, "once", nil)
	ok(t, err)
	same(t, "attempts", path.count("/v1/room/"+room.ID), 2)
	page, err := room.Read(ctx, nil)
	ok(t, err)
	same(t, "messages", len(page.Messages), 1)
	same(t, "id", page.Messages[0].ID, posted.ID)
}

func TestAPostWhoseAnswerIsLostIsOneMessageThoughTheClockIsCorrectedAfterThat(t *testing.T) {
	ctx := ctxOf(t)
	path, ada := onNetwork(t)
	room := newRoom(t, ada)
	attempts := 0
	path.set(func(string) fate {
		attempts++
		now := strconv.FormatInt(time.Now().Add(time.Second).UnixMilli(), 10)
		skewed := reply(401, `{"code":"clock_skew","detail":"your clock","retryable":true,"server_time":`+now+`}`)
		return map[int]fate{1: {lose: true}, 2: {replace: skewed}}[attempts]
	})
	posted, err := room.Post(ctx, "once", nil)
	ok(t, err)
	same(t, "attempts", attempts, 3)
	page, err := room.Read(ctx, nil)
	ok(t, err)
	same(t, "messages", len(page.Messages), 1)
	same(t, "id", page.Messages[0].ID, posted.ID)
}

func TestAMessageHasAnotherIDOnceTheClockIsRightWhereAllThatWasBeforeWasRefused(t *testing.T) {
	ctx := ctxOf(t)
	path, ada := onNetwork(t)
	bob, room := newcomer(t, nil), newRoom(t, ada)
	for line, say := range map[string]func() error{
		"POST /v1/room/": func() error { _, err := room.Post(ctx, "late", nil); return err },
		"POST /v1/dm/":   func() error { _, err := ada.DM(bob.Identity().ID()).Send(ctx, "late"); return err },
		"POST /v1/batch": func() error { _, err := ada.Batch(ctx, []BatchItem{{Room: room.ID, Text: "late"}}); return err },
	} {
		limited := reply(429, `{"code":"rate_limited","detail":"later","retryable":true}`)
		path.set(firstOf(line, fate{replace: limited}))
		ada.transport.clock.offset.Store((9 * time.Minute).Milliseconds())
		ok(t, say())
		same(t, "the clock was corrected", ada.transport.clock.offset.Load() < 60_000, true)
	}
	page, err := room.Read(ctx, nil)
	ok(t, err)
	same(t, "messages", len(page.Messages), 2)
}

func TestWaitsOfAnySizeAreWaits(t *testing.T) {
	for said, want := range map[any]time.Duration{
		0.5: 500 * time.Millisecond, 60.0: time.Minute, -1.0: 0, math.NaN(): 0, "60": 0, 1e300: longestWait, math.Inf(1): longestWait,
	} {
		same(t, fmt.Sprint(said), (&Error{Problem: map[string]any{"retry_after": said}}).RetryAfter(), want)
	}
}

func TestWhatIsNotSafeToRepeatIsNotRepeated(t *testing.T) {
	ctx := ctxOf(t)
	path, ada := onNetwork(t)
	path.set(firstOf("POST /v1/room", fate{lose: true}))
	_, err := ada.CreateRoom(ctx, "once", "")
	refused(t, err, Unreachable)
	var failed *Error
	same(t, "is an *Error", errors.As(err, &failed), true)
	same(t, "retryable", failed.Retryable, true)
	same(t, "its cause", errors.Is(err, errCut), true)
	same(t, "attempts", path.count("/v1/room"), 1)
	// but what a limit refused before it took effect is
	limited := reply(429, `{"code":"rate_limited","detail":"later","retryable":true,"status":429}`, "Retry-After", "1",
		"X-RateLimit-Limit", "10", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1790000000")
	path.set(firstOf("POST /v1/room", fate{replace: limited}))
	began := time.Now()
	_, err = ada.CreateRoom(ctx, "once", "")
	ok(t, err)
	same(t, "waited as long as it was asked to", time.Since(began) >= time.Second, true)
	seen, isKnown := ada.RateLimit()
	same(t, "the limit is known", isKnown, true)
	same(t, "the limit", seen, RateLimit{10, 0, time.Unix(1_790_000_000, 0)})
}

func TestALimitThatAsksForTooLongAWaitFailsAtOnceAndSaysWhenToComeBack(t *testing.T) {
	ctx := ctxOf(t)
	path := newNetwork()
	ada := stranger(t, NewIdentity(), &Options{HTTPClient: path.client()})
	path.set(func(string) fate {
		return fate{replace: reply(429, `{"code":"rate_limited","detail":"later","retryable":true}`, "Retry-After", "3600")}
	})
	_, err := ada.Me(ctx)
	refused(t, err, "rate_limited")
	var failed *Error
	same(t, "is an *Error", errors.As(err, &failed), true)
	same(t, "retry after", failed.RetryAfter(), time.Hour)
	same(t, "status", failed.Status, 429)
}

func TestWhatAnswersInAnotherWayIsNoServer(t *testing.T) {
	ctx := ctxOf(t)
	path := newNetwork()
	ada := stranger(t, NewIdentity(), &Options{HTTPClient: path.client(), Attempts: 1})
	for status, text := range map[int]string{200: "<html>", 502: "<html>", 302: ""} {
		path.set(func(string) fate { return fate{replace: reply(status, text)} })
		_, err := ada.Me(ctx)
		refused(t, err, BadReply)
	}
	_, err := Connect("not a url", NewIdentity(), nil).Me(ctx)
	refused(t, err, Unreachable)
	stopped, stop := context.WithCancel(ctx)
	stop()
	path.set(nil)
	_, err = ada.Me(stopped)
	same(t, "error of the context", errors.Is(err, context.Canceled), true)
}

func TestAClockThatIsWrongIsCorrectedByTheServer(t *testing.T) {
	ctx := ctxOf(t)
	ada := newcomer(t, nil)
	room := newRoom(t, ada)
	for _, wrong := range []time.Duration{-9 * time.Minute, 9 * time.Minute, time.Minute} {
		agent := stranger(t, ada.Identity(), nil)
		agent.transport.clock.offset.Store(wrong.Milliseconds())
		_, err := agent.Me(ctx)
		ok(t, err)
		same(t, "is right now", max(agent.transport.clock.offset.Load(), -agent.transport.clock.offset.Load()) < 30_000, true)
		agent.transport.clock.offset.Store(wrong.Milliseconds())
		posted, err := agent.Room(room.ID).Post(ctx, "on time", nil)
		ok(t, err)
		same(t, "proof", posted.Proof, Proven)
		agent.transport.clock.offset.Store(wrong.Milliseconds())
		for event, err := range agent.Events(ctx, &EventsOptions{Interest: Interest{Rooms: []string{room.ID}}, At: func(string) {
			go func() { _, _ = room.Post(ctx, "now", nil) }()
		}}) {
			ok(t, err)
			same(t, "type", event.Type, "message.created")
			break
		}
	}
}

func TestAServerThatIsTooFarFromOurClockIsNotBelieved(t *testing.T) {
	ctx := ctxOf(t)
	path := newNetwork()
	ada := stranger(t, NewIdentity(), &Options{HTTPClient: path.client()})
	for _, server := range []string{"1000000000000", "4000000000000", `"now"`, "null"} {
		path.set(func(string) fate {
			text := `{"code":"clock_skew","detail":"your clock","retryable":true,"server_time":` + server + `}`
			return fate{replace: reply(401, text)}
		})
		_, err := ada.Me(ctx)
		refused(t, err, "clock_skew")
		same(t, "offset", ada.transport.clock.offset.Load(), 0)
		same(t, "attempts", path.count("/v1/me"), 1)
	}
	// one that is near is believed once, and not for ever
	path.set(func(string) fate {
		text := `{"code":"clock_skew","detail":"your clock","retryable":true,"server_time":` + strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10) + `}`
		return fate{replace: reply(401, text)}
	})
	_, err := ada.Me(ctx)
	refused(t, err, "clock_skew")
	same(t, "attempts", path.count("/v1/me"), 2)
}
