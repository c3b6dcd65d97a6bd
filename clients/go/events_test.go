package aicq

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// waysOfTest are the ways by which events can come.
var waysOfTest = map[string]string{"socket": "/v1/ws", "sse": "/v1/stream", "poll": "/v1/sync"}

// allow lets only some ways through.
func (n *network) allow(ways ...string) {
	n.set(func(line string) fate {
		for way, path := range waysOfTest {
			if strings.Contains(line, path) && !strings.Contains(strings.Join(ways, " "), way) {
				return fate{drop: true}
			}
		}
		return fate{}
	})
}

// hear gives the bodies of so many messages of a room as events, each posted once the one before was heard.
func hear(t *testing.T, ctx context.Context, reader *Agent, room *Room, count int, told func(nth int)) []string {
	t.Helper()
	var heard []string
	isPosted := 0
	post := func() {
		if isPosted == len(heard) && isPosted < count {
			isPosted++
			_, err := room.Post(ctx, fmt.Sprint(isPosted), nil)
			ok(t, err)
		}
	}
	options := &EventsOptions{Interest: Interest{Rooms: []string{room.ID}}, At: func(string) { post() }}
	for event, err := range reader.Events(ctx, options) {
		ok(t, err)
		if event.Message == nil {
			continue
		}
		same(t, "proof", event.Message.Proof, Proven)
		heard = append(heard, event.Message.Body)
		if told != nil {
			told(len(heard))
		}
		if len(heard) == count {
			return heard
		}
	}
	return heard
}

func TestEventsComeByWhateverWayIsOpen(t *testing.T) {
	for _, one := range []struct {
		allowed          []string
		sockets, streams int
	}{
		{[]string{"socket", "sse", "poll"}, 1, 0},
		{[]string{"sse", "poll"}, 2, 1},
		{[]string{"poll"}, 2, 2},
	} {
		t.Run(one.allowed[0], func(t *testing.T) {
			ctx := ctxOf(t)
			path := newNetwork()
			ada, bob := newcomer(t, nil), newcomer(t, &Options{HTTPClient: path.client()})
			room := newRoom(t, ada)
			path.allow(one.allowed...)
			same(t, "heard", fmt.Sprint(hear(t, ctx, bob, room, 3, nil)), "[1 2 3]")
			same(t, "sockets", path.count("/v1/ws"), one.sockets)
			same(t, "streams", path.count("/v1/stream"), one.streams)
		})
	}
}

func TestWhereNoWayIsEverToBeHadTheLoopFails(t *testing.T) {
	path, bob := onNetwork(t)
	path.allow()
	for _, err := range bob.Events(ctxOf(t), nil) {
		refused(t, err, Unreachable)
	}
}

func TestWhoGoesOnFromACursorGetsWhatCameMeanwhileOnceWhateverTheWayWasBefore(t *testing.T) {
	ctx := ctxOf(t)
	path := newNetwork()
	ada, bob := newcomer(t, nil), newcomer(t, &Options{HTTPClient: path.client()})
	room := newRoom(t, ada)
	page, err := room.Read(ctx, nil)
	ok(t, err)
	for _, text := range []string{"a", "b", "c"} {
		_, err := room.Post(ctx, text, nil)
		ok(t, err)
	}
	cursor, heard := page.Cursor, ""
	for _, way := range []string{"socket", "sse", "poll"} {
		path.allow(way)
		for event, err := range bob.Events(ctx, &EventsOptions{Interest: Interest{Rooms: []string{room.ID}}, Cursor: cursor}) {
			ok(t, err)
			cursor = event.Cursor
			if event.Message != nil {
				heard += event.Message.Body
				break
			}
		}
	}
	same(t, "heard", heard, "abc")
}

func TestAConnectionThatBreaksIsOpenedAgainWithoutAHoleAndNothingComesTwice(t *testing.T) {
	for _, way := range []string{"socket", "sse"} {
		t.Run(way, func(t *testing.T) {
			ctx := ctxOf(t)
			path := newCuttable()
			ada, bob := newcomer(t, nil), newcomer(t, &Options{HTTPClient: path.client()})
			room := newRoom(t, ada)
			path.allow(way)
			heard := hear(t, ctx, bob, room, 4, func(nth int) {
				if nth != 2 {
					return
				}
				path.cut()
			})
			same(t, "heard", fmt.Sprint(heard), "[1 2 3 4]")
			same(t, "opened again", path.count(waysOfTest[way]) > 1, true)
		})
	}
}

func TestALoopOverARoomGivesWhatIsKeptThenWhatComesOnceAfterALogIsLostToo(t *testing.T) {
	ctx := ctxOf(t)
	path := newNetwork()
	ada, bob := newcomer(t, nil), newcomer(t, &Options{HTTPClient: path.client()})
	room := newRoom(t, ada)
	for nth := range 3 {
		_, err := room.Post(ctx, fmt.Sprint(nth), nil)
		ok(t, err)
	}
	lost := `{"code":"resync_required","detail":"the log was lost","retryable":false,"cursor":"c"}`
	path.set(func(line string) fate {
		switch {
		case strings.Contains(line, "/v1/ws"), strings.Contains(line, "/v1/stream"):
			return fate{drop: true}
		case strings.Contains(line, "/v1/sync") && path.asked["/v1/sync"]%3 == 0:
			return fate{replace: reply(410, lost)}
		}
		return fate{}
	})
	heard := ""
	for message, err := range bob.Room(room.ID).Messages(ctx, &MessagesOptions{Since: Start}) {
		ok(t, err)
		same(t, "proof", message.Proof, Proven)
		heard += message.Body
		if len(heard) == 6 {
			break
		}
		if len(heard) >= 3 {
			_, err := room.Post(ctx, fmt.Sprint(len(heard)), nil)
			ok(t, err)
		}
	}
	same(t, "heard", heard, "012345")
	same(t, "the log was lost", path.count("/v1/sync") >= 3, true)
}

func TestALoopBeginsWhereItIsToldToAndEndsWhereNothingIsToBeFollowed(t *testing.T) {
	ctx, ada := ctxOf(t), newcomer(t, nil)
	room := newRoom(t, ada)
	for nth := range 3 {
		_, err := room.Post(ctx, fmt.Sprint(nth), nil)
		ok(t, err)
	}
	heard := func(options *MessagesOptions) string {
		all := ""
		for message, err := range room.Messages(ctx, options) {
			ok(t, err)
			all += message.Body
		}
		return all
	}
	same(t, "all", heard(&MessagesOptions{Since: Start, NoFollow: true}), "012")
	same(t, "after the first", heard(&MessagesOptions{Since: 1, NoFollow: true}), "12")
	same(t, "from now on", heard(&MessagesOptions{NoFollow: true}), "")
}

func TestACursorThatIsNotOfThisLogIsToldWithThePlaceToGoOnFrom(t *testing.T) {
	path, bob := onNetwork(t)
	for way := range waysOfTest {
		path.allow(way)
		for _, err := range bob.Events(ctxOf(t), &EventsOptions{Cursor: "nowhere"}) {
			refused(t, err, "resync_required")
			var failed *Error
			if errors.As(err, &failed) {
				cursor, isText := failed.Problem["cursor"].(string)
				same(t, "cursor by "+way, isText && cursor != "", true)
			}
		}
	}
}

func TestWhoeverWaitsIsLetGoWhenTheContextEndsOrTheAgentIsClosed(t *testing.T) {
	path, bob := onNetwork(t)
	for way := range waysOfTest {
		path.allow(way)
		ctx, stop := context.WithCancel(ctxOf(t))
		failures := 0
		for _, err := range bob.Events(ctx, &EventsOptions{At: func(string) { stop() }}) {
			same(t, "error by "+way, errors.Is(err, context.Canceled), true)
			failures++
		}
		same(t, "failures by "+way, failures, 1)
		agent := stranger(t, bob.Identity(), &Options{HTTPClient: path.client()})
		for event, err := range agent.Events(ctxOf(t), &EventsOptions{At: func(string) { agent.Close() }}) {
			t.Errorf("%v, %v by %s", event, err, way)
		}
	}
}

func TestAPrivateRoomIsHeardWithItsKeyByWhoIsNotRegisteredToo(t *testing.T) {
	ctx, ada := ctxOf(t), newcomer(t, nil)
	key := "open sesame, please"
	info, err := ada.CreateRoom(ctx, "vault", key)
	ok(t, err)
	path := newNetwork()
	for _, way := range []string{"socket", "sse"} {
		for _, identity := range []*Identity{nil, NewIdentity()} {
			path.allow(way)
			nobody := stranger(t, identity, &Options{HTTPClient: path.client()})
			page, err := ada.Room(info.ID).Read(ctx, nil)
			ok(t, err)
			_, err = ada.Room(info.ID).Post(ctx, way, nil)
			ok(t, err)
			with := Interest{RoomKeys: map[string]string{info.ID: key}}
			for event, err := range nobody.Events(ctx, &EventsOptions{Interest: with, Cursor: page.Cursor}) {
				ok(t, err)
				same(t, "body", event.Message.Body, way)
				break
			}
			without := Interest{Rooms: []string{info.ID}}
			for _, err := range nobody.Events(ctx, &EventsOptions{Interest: without, Cursor: page.Cursor}) {
				refused(t, err, "room_not_found")
			}
		}
	}
}

func TestOneLookAtTheLogTellsWhatCameAndWhatDidNotFit(t *testing.T) {
	ctx, ada := ctxOf(t), newcomer(t, nil)
	room := newRoom(t, ada)
	start, err := ada.Sync(ctx, SyncOptions{})
	ok(t, err)
	same(t, "events", len(start.Events), 0)
	for range 3 {
		_, err = room.Post(ctx, strings.Repeat("x", 2_000), nil)
		ok(t, err)
	}
	of := Interest{Rooms: []string{room.ID}}
	all, err := ada.Sync(ctx, SyncOptions{Interest: of, Cursor: start.Cursor, Wait: 5 * time.Second})
	ok(t, err)
	same(t, "events", len(all.Events) > 0, true)
	same(t, "proof", all.Events[0].Message.Proof, Proven)
	some, err := ada.Sync(ctx, SyncOptions{Interest: of, Cursor: start.Cursor, MaxTokens: 900})
	ok(t, err)
	same(t, "what did not fit is named", len(some.Rest) > 0 && some.Rest[0].ID != "", true)
}

func TestNoMoreThanAThousandEventsWaitForAReaderWhoDoesNotAsk(t *testing.T) {
	box := &inbox{woken: make(chan struct{}, 1)}
	taken := 1
	for box.take("event", []byte(`{"event":{"cursor":"`+fmt.Sprint(taken)+`"}}`)) {
		taken++
	}
	same(t, "taken", taken, mostWaiting)
	came, err := box.next(ctxOf(t))
	ok(t, err)
	same(t, "events", len(came.events), mostWaiting)
	same(t, "cursor", came.cursor, fmt.Sprint(mostWaiting))
	_, err = box.next(ctxOf(t))
	same(t, "then it is opened again", errors.Is(err, errOver), true)
}
