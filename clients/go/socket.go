package aicq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aicq/aicq/clients/go/protocol"
	"github.com/coder/websocket"
)

// quiet is after how long a silence we ask: pings of the server are not shown to us.
const quiet = 25 * time.Second

// mostFrame is how many bytes a frame of the server may have.
const mostFrame = 16 * 1024 * 1024

// socket is JSON-RPC over one WebSocket (spec/realtime.md#socket).
type socket struct {
	connection *websocket.Conn
	ctx        context.Context
	stop       context.CancelFunc
	// tell is told what the server says unasked; false ends the connection: more came than may wait.
	tell func(method string, params json.RawMessage) bool
	// ended is closed when the connection is over, and failure says why.
	ended     chan struct{}
	failure   error
	challenge chan string

	mutex sync.Mutex
	last  int64
	calls map[int64]chan rpcFrame
	heard time.Time
}

type rpcFrame struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      *int64          `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *rpcError       `json:"error,omitempty"`
}

type rpcError struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data"`
}

// dial opens a socket; nothing is said on it yet. It ends with ctx.
func (t *transport) dial(ctx context.Context, tell func(string, json.RawMessage) bool) (*socket, error) {
	if t.unusable != nil {
		return nil, &Error{Code: Unreachable, Detail: t.unusable.Error()}
	}
	opening, cancel := context.WithTimeout(ctx, silenceOpening)
	defer cancel()
	connection, reply, err := websocket.Dial(opening, t.base.String()+"/v1/ws", &websocket.DialOptions{
		HTTPClient: t.client, Subprotocols: []string{"aicq.v1"}, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if reply != nil && reply.Body != nil {
			if refused := readReply(reply, nil); CodeOf(refused) != "" && CodeOf(refused) != BadReply {
				return nil, refused
			}
		}
		return nil, &broken{detail: fmt.Sprintf("no socket opens: %v", err), isBlocked: opening.Err() != nil, cause: err}
	}
	connection.SetReadLimit(mostFrame)
	s := &socket{
		connection: connection, tell: tell, ended: make(chan struct{}), challenge: make(chan string, 1),
		calls: map[int64]chan rpcFrame{}, heard: time.Now(),
	}
	s.ctx, s.stop = context.WithCancel(ctx)
	go s.read()
	go s.watch()
	return s, nil
}

func (s *socket) read() {
	var err error
	for err == nil {
		var kind websocket.MessageType
		var text []byte
		if kind, text, err = s.connection.Read(s.ctx); err != nil {
			break
		}
		s.mutex.Lock()
		s.heard = time.Now()
		s.mutex.Unlock()
		var frame rpcFrame
		if kind != websocket.MessageText || json.Unmarshal(text, &frame) != nil {
			err = blocked("what answers is no AICQ server")
			break
		}
		if !s.take(frame) {
			err = errOver
		}
	}
	var unable *broken
	if !errors.As(err, &unable) && !errors.Is(err, errOver) {
		err = failureOf(err)
	}
	s.failure = err
	s.stop()
	close(s.ended)
	_ = s.connection.CloseNow()
}

// take takes a frame; false when no more may come.
func (s *socket) take(frame rpcFrame) bool {
	switch {
	case frame.Method == "session.challenge":
		var params struct {
			Challenge string `json:"challenge"`
		}
		if json.Unmarshal(frame.Params, &params) == nil {
			select {
			case s.challenge <- params.Challenge:
			default: // one is enough
			}
		}
	case frame.Method != "":
		return s.tell(frame.Method, frame.Params)
	case frame.ID != nil:
		s.mutex.Lock()
		call := s.calls[*frame.ID]
		delete(s.calls, *frame.ID)
		s.mutex.Unlock()
		if call != nil {
			call <- frame
		}
	}
	return true
}

// watch asks where nothing is heard, and ends what does not answer.
func (s *socket) watch() {
	ticker := time.NewTicker(5 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-s.ended:
			return
		case <-ticker.C:
		}
		s.mutex.Lock()
		silent := time.Since(s.heard)
		s.mutex.Unlock()
		if silent > quiet {
			pinging, cancel := context.WithTimeout(s.ctx, silenceOpen-quiet)
			err := s.connection.Ping(pinging)
			cancel()
			if err != nil {
				_ = s.connection.CloseNow()
				return
			}
			s.mutex.Lock()
			s.heard = time.Now()
			s.mutex.Unlock()
			s.tell("alive", nil)
		}
	}
}

// call calls a method. Errors: *Error, *broken, that of ctx.
func (s *socket) call(ctx context.Context, method string, params input, out any) error {
	text, err := textOf(params)
	if err != nil {
		return err
	}
	answer := make(chan rpcFrame, 1)
	s.mutex.Lock()
	s.last++
	id := s.last
	s.calls[id] = answer
	s.mutex.Unlock()
	text, err = textOf(rpcFrame{JSONRPC: "2.0", ID: &id, Method: method, Params: text})
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, silenceOpen)
	defer cancel()
	if err := s.connection.Write(waiting, websocket.MessageText, text); err != nil && ctx.Err() == nil {
		<-s.ended
		return s.failure
	}
	select {
	case frame := <-answer:
		return frame.read(out)
	case <-s.ended:
		return s.failure
	case <-waiting.Done():
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return brokenf("nothing came for %s", silenceOpen)
	}
}

func (f rpcFrame) read(out any) error {
	if f.Error != nil {
		if problem := problemOf(f.Error.Data, 0); problem != nil {
			return problem
		}
		return clientError(BadReply, f.Error.Message, nil)
	}
	if out == nil || len(f.Result) == 0 {
		return nil
	}
	if err := json.Unmarshal(f.Result, out); err != nil {
		return clientError(BadReply, err.Error(), err)
	}
	return nil
}

// authenticate says who we are, by answering the challenge. An agent that the server does not know gets that error first, and a connection
// that is anybody's.
func (s *socket) authenticate(ctx context.Context, t *transport) (unknown, err error) {
	timer := time.NewTimer(silenceOpening)
	defer timer.Stop()
	var challenge string
	select {
	case challenge = <-s.challenge:
	case <-s.ended:
		return nil, s.failure
	case <-timer.C:
		return nil, blocked("no challenge came")
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if t.identity == nil {
		return nil, nil
	}
	for isCorrected := false; ; isCorrected = true {
		// for the host that we called, whatever the server says that it is: it might pass the challenge of another on
		envelope := protocol.SessionEnvelope{
			At: t.base.Host, Challenge: challenge, Agent: t.identity.ID(), Created: t.clock.now(),
		}
		sig, err := protocol.SignSession(t.identity, envelope)
		if err != nil {
			return nil, err
		}
		in := input{"agent": envelope.Agent, "created": envelope.Created, "sig": sig}
		err = s.call(ctx, "session.authenticate", in, nil)
		var failed *Error
		if errors.As(err, &failed) && !isCorrected && t.clock.correct(failed.Problem) {
			continue
		}
		if CodeOf(err) == "agent_unknown" {
			return err, nil
		}
		return nil, err
	}
}

func (s *socket) close() {
	s.stop()
	<-s.ended
}
