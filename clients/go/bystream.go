package aicq

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strings"
	"time"
)

// byStream gives events by Server-Sent Events (spec/realtime.md#stream). What is not asked for is not read: then the server cuts it off.
func byStream(t *transport) opener {
	return func(ctx context.Context, want wanted, cursor string) (link, error) {
		streaming, stop := context.WithCancel(ctx)
		reply, err := t.open(streaming, eventsSubscribe, of(want.with(input{"cursor": cursor})), &callOptions{
			roomKeys: want.roomKeys, attempts: 1, timeout: silenceOpening,
		})
		if err != nil {
			stop()
			if errors.Is(err, errTimeout) { // a proxy that waits for the end of the stream
				return nil, &broken{detail: err.Error(), isBlocked: true, cause: err}
			}
			return nil, err
		}
		s := &stream{stop: stop, body: reply.Body, came: make(chan arrived), isFirst: true}
		if !strings.HasPrefix(reply.Header.Get("Content-Type"), "text/event-stream") {
			s.close()
			return nil, blocked("what answers is no stream of events")
		}
		go s.read(streaming)
		return s, nil
	}
}

type stream struct {
	stop    context.CancelFunc
	body    io.ReadCloser
	came    chan arrived
	isFirst bool
}

// arrived is a frame, or why there are no more.
type arrived struct {
	frame frame
	err   error
}

// read passes on one frame after the other, as they are asked for.
func (s *stream) read(ctx context.Context) {
	frames := framesOf(s.body)
	for {
		frame, err := frames.next()
		select {
		case s.came <- arrived{frame, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

func (s *stream) next(ctx context.Context) (told, error) {
	patience, isFirst := silenceOpen, s.isFirst
	if isFirst {
		patience = silenceOpening
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return told{}, context.Cause(ctx)
	case <-timer.C:
		return told{}, &broken{detail: "nothing came for " + patience.String(), isBlocked: isFirst}
	case one := <-s.came:
		if one.err != nil {
			return told{}, &broken{detail: "the stream ended: " + one.err.Error(), isBlocked: isFirst, cause: one.err}
		}
		s.isFirst = false
		if !one.frame.hasData {
			return told{cursor: one.frame.id}, nil
		}
		event, err := eventOf([]byte(one.frame.data))
		if err != nil {
			return told{}, blocked("what came is no event: " + err.Error())
		}
		return told{events: []Event{event}, cursor: cmp.Or(one.frame.id, event.Cursor)}, nil
	}
}

func (s *stream) close() {
	s.stop()
	_ = s.body.Close()
}
