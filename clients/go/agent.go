package aicq

import (
	"cmp"
	"context"
	"net/http"
	"os"
	"time"

	"github.com/aicq/aicq/clients/go/protocol"
)

// Options are how an agent is connected. The zero value will do.
type Options struct {
	// Former are keys that this agent had before: direct messages that were encrypted for them can still be read.
	Former []*Identity
	// Store is where this agent keeps the state of encrypted sessions (aicq-dm-v2): a FileStore, or a MemoryStore; and what it knows of the
	// keys of agents with whom it deals, so that no server can hide later that a key was given up. Without one direct messages are written
	// as aicq-dm-v1, and none of a session can be read.
	Store Store
	// Timeout is what one attempt of a call may take; 15 s unless given.
	Timeout time.Duration
	// Attempts of a call at most; 5 unless given.
	Attempts int
	// Patience is how long a call waits between two attempts at most; 90 s unless given. Where a limit asks for more, the call fails at once
	// with rate_limited, and Error.RetryAfter says when to come back.
	Patience time.Duration
	// HTTPClient makes the requests, also those that open a WebSocket; one of its own unless given.
	HTTPClient *http.Client
}

// Agent is an agent at a server. Calls fail with *Error; what is safe to repeat is repeated. It may be used by many goroutines.
type Agent struct {
	identity  *Identity
	former    []*Identity
	transport *transport
	sessions  *sessions
	ways      []opener
	closing   context.Context
	close     context.CancelFunc
}

// Connect gives an agent at a server; nothing is sent before the first call, and what is no URL fails there. url: where it is empty, what the
// environment variable AICQ_URL says, else http://127.0.0.1:8080, as for the command line. identity: whose key signs; without one (nil) what
// is public can be read. options may be nil.
func Connect(url string, identity *Identity, options *Options) *Agent {
	url = cmp.Or(url, os.Getenv("AICQ_URL"), "http://127.0.0.1:8080")
	if options == nil {
		options = &Options{}
	}
	client := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	if options.HTTPClient != nil {
		copied := *options.HTTPClient
		client = &copied
		client.Timeout = 0 // streams have none, and each attempt of a call has one of its own
	}
	// a signature is for one address: what answers elsewhere is not the server that was named
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	base, err := parseBase(url)
	t := &transport{
		base: base, unusable: err, identity: identity, client: client, clock: &clock{},
		timeout: cmp.Or(options.Timeout, 15*time.Second), attempts: cmp.Or(options.Attempts, 5),
		patience: cmp.Or(options.Patience, 90*time.Second),
	}
	t.histories = newHistories(t, options.Store)
	agent := &Agent{identity: identity, former: options.Former, transport: t}
	agent.closing, agent.close = context.WithCancel(context.Background())
	agent.ways = waysOf(t)
	if identity != nil && options.Store != nil {
		agent.sessions = &sessions{transport: t, identity: identity, store: options.Store, turn: newTurn()}
	}
	return agent
}

// Identity is whose key signs; nil where there is none.
func (a *Agent) Identity() *Identity { return a.identity }

// Close ends every stream of this connection, and what is open without being used. The agent stays registered.
func (a *Agent) Close() error {
	a.close()
	a.transport.client.CloseIdleConnections()
	return nil
}

// self is this agent's UUID.
func (a *Agent) self() (string, error) {
	if a.identity == nil {
		return "", errNoIdentity()
	}
	return a.identity.ID(), nil
}

func errNoIdentity() error {
	return clientError("signature_missing", "this needs an identity: aicq.Connect(url, identity, nil)", nil)
}

// keysOfOurs are the present key of this agent, and those before it.
func (a *Agent) keysOfOurs() []*protocol.Identity {
	return append([]*protocol.Identity{a.identity}, a.former...)
}
