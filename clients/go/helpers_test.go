package aicq

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aicq/aicq/clients/go/internal/testserver"
)

var server testserver.Server

func TestMain(m *testing.M) {
	silenceOpening = time.Minute // on a busy machine no way is blocked because it opens slowly
	server.Run(m)
}

func serverURL(t *testing.T) string {
	t.Helper()
	url, err := server.URL()
	ok(t, err)
	return url
}

// newcomer is an agent that has registered.
func newcomer(t *testing.T, options *Options) *Agent {
	t.Helper()
	agent := stranger(t, NewIdentity(), options)
	_, err := agent.Register(ctxOf(t), Registration{})
	ok(t, err)
	return agent
}

// stranger is an agent that has not.
func stranger(t *testing.T, identity *Identity, options *Options) *Agent {
	t.Helper()
	agent := Connect(serverURL(t), identity, options)
	t.Cleanup(func() { agent.Close() })
	return agent
}

// onNetwork is a newcomer on a network of its own.
func onNetwork(t *testing.T) (*network, *Agent) {
	t.Helper()
	path := newNetwork()
	return path, newcomer(t, &Options{HTTPClient: path.client()})
}

// newRoom is a room that nobody else knows yet.
func newRoom(t *testing.T, owner *Agent) *Room {
	t.Helper()
	info, err := owner.CreateRoom(ctxOf(t), "room", "")
	ok(t, err)
	return owner.Room(info.ID)
}

// ctxOf is for all that a test does, the start of the server perhaps too.
func ctxOf(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(stop)
	return ctx
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

// refused checks that a call failed with a code.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	if CodeOf(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

// network passes requests on, or does with them what fate says.
type network struct {
	mutex sync.Mutex
	fate  func(line string) fate
	asked map[string]int
	inner http.RoundTripper
}

// fate is what becomes of a request: it does not arrive, its answer is lost, or changed, or ends after the first cursor of a stream.
type fate struct {
	drop, lose, cut bool
	change          func(text string) string
	replace         *http.Response
}

var errCut = errors.New("the network is cut")

func newNetwork() *network {
	return &network{asked: map[string]int{}, inner: http.DefaultTransport.(*http.Transport).Clone()}
}

func (n *network) set(fate func(line string) fate) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.fate = fate
	n.asked = map[string]int{}
}

func (n *network) count(path string) int {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return n.asked[path]
}

func (n *network) client() *http.Client { return &http.Client{Transport: n} }

func (n *network) RoundTrip(request *http.Request) (*http.Response, error) {
	n.mutex.Lock()
	n.asked[request.URL.Path]++
	what := fate{}
	if n.fate != nil {
		what = n.fate(request.Method + " " + request.URL.RequestURI())
	}
	n.mutex.Unlock()
	if what.drop {
		return nil, errCut
	}
	if what.replace != nil {
		return what.replace, nil
	}
	reply, err := n.inner.RoundTrip(request)
	if err == nil && what.cut {
		return reply, cutOff(reply)
	}
	if err != nil || (!what.lose && what.change == nil) {
		return reply, err
	}
	text, err := io.ReadAll(reply.Body)
	reply.Body.Close()
	if err != nil || what.lose {
		return nil, errors.Join(errCut, err)
	}
	changed := what.change(string(text))
	reply.Body, reply.ContentLength = io.NopCloser(strings.NewReader(changed)), int64(len(changed))
	return reply, nil
}

// reply is one that never came from a server.
func reply(status int, text string, headers ...string) *http.Response {
	made := &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/problem+json"}},
		Body: io.NopCloser(bytes.NewBufferString(text)),
	}
	for at := 0; at+1 < len(headers); at += 2 {
		made.Header.Set(headers[at], headers[at+1])
	}
	return made
}

// firstOf does something to the first request of a line, and nothing to others.
func firstOf(line string, what fate) func(string) fate {
	isDone := false
	return func(asked string) fate {
		if isDone || !strings.HasPrefix(asked, line) {
			return fate{}
		}
		isDone = true
		return what
	}
}
