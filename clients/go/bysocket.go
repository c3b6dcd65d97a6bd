package aicq

import (
	"cmp"
	"context"
	"encoding/json"
	"sync"
)

// mostWaiting is how many events wait for a reader who does not ask for them; beyond, the socket is closed, and opened again once they are
// read.
const mostWaiting = 1_000

// bySocket gives events over a WebSocket (spec/realtime.md#socket), one for each reader.
func bySocket(t *transport) opener {
	return func(ctx context.Context, want wanted, cursor string) (link, error) {
		box := &inbox{woken: make(chan struct{}, 1)}
		s, err := t.dial(ctx, box.take)
		if err != nil {
			return nil, err
		}
		box.socket = s
		unknown, err := s.authenticate(ctx, t)
		if err == nil {
			in := want.with(input{"cursor": cursor})
			if len(want.roomKeys) > 0 {
				in["room_keys"] = want.roomKeys
			}
			var subscribed struct {
				Cursor string `json:"cursor"`
			}
			err = s.call(ctx, eventsSubscribe.name, in, &subscribed)
			box.at = subscribed.Cursor
		}
		if err != nil {
			s.close()
			if unknown != nil && CodeOf(err) == "signature_missing" {
				return nil, unknown // who asks for what is its own has to be somebody
			}
			return nil, err
		}
		box.wake() // it is open
		return box, nil
	}
}

// inbox is what came and was not asked for yet.
type inbox struct {
	socket *socket
	woken  chan struct{}
	// at is where the reader is.
	at string

	mutex  sync.Mutex
	events []Event
	cursor string
	isOver bool
	failed error
}

// take takes a notification; false when no more may come.
func (b *inbox) take(method string, params json.RawMessage) bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.isOver {
		return false
	}
	var said struct {
		Event  *Event `json:"event"`
		Cursor string `json:"cursor"`
	}
	if method == "event" || method == "cursor" {
		if err := json.Unmarshal(params, &said); err != nil {
			b.failed = blocked("what came is no event: " + err.Error())
		}
	}
	if said.Event != nil {
		b.events = append(b.events, *said.Event)
		b.cursor = said.Event.Cursor
	} else if said.Cursor != "" {
		b.cursor = said.Cursor
	}
	b.isOver = len(b.events) >= mostWaiting
	b.wake()
	return !b.isOver
}

func (b *inbox) wake() {
	select {
	case b.woken <- struct{}{}:
	default:
	}
}

func (b *inbox) next(ctx context.Context) (told, error) {
	for {
		b.mutex.Lock()
		came := told{events: b.events, cursor: cmp.Or(b.cursor, b.at)}
		isOver, failed := b.isOver, b.failed
		b.events, b.cursor = nil, ""
		b.mutex.Unlock()
		if len(came.events) > 0 || came.cursor != b.at {
			b.at = came.cursor
			return came, nil
		}
		if failed != nil {
			return told{}, failed
		}
		if isOver {
			return told{}, errOver
		}
		select {
		case <-b.woken:
			b.mutex.Lock()
			isEmpty := len(b.events) == 0 && b.cursor == "" && b.failed == nil
			b.mutex.Unlock()
			if isEmpty {
				return told{cursor: b.at}, nil
			}
		case <-b.socket.ended:
			b.mutex.Lock()
			isEmpty := len(b.events) == 0
			b.mutex.Unlock()
			if isEmpty {
				return told{}, b.socket.failure
			}
		case <-ctx.Done():
			return told{}, context.Cause(ctx)
		}
	}
}

func (b *inbox) close() { b.socket.close() }
