package aicq

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// transport makes calls: signs, waits, repeats what is safe to repeat, and follows the server's clock.
type transport struct {
	base *url.URL
	// unusable says why there is no server to call.
	unusable  error
	identity  *Identity
	client    *http.Client
	clock     *clock
	histories *histories
	timeout   time.Duration
	attempts  int
	patience  time.Duration
	// latest is what the latest counted reply said of the limit that decided.
	latest atomic.Pointer[RateLimit]
}

// callOptions are what a call is done with. The zero value will do.
type callOptions struct {
	// repeatable: the call may be repeated when nobody knows if it took effect. Calls that only read are.
	repeatable bool
	// roomKey is that of a private room, and roomKeys those of several, by room.
	roomKey  string
	roomKeys map[string]string
	// traceparent is the trace that the call belongs to (W3C Trace Context).
	traceparent string
	// attempts and timeout, where they are others than those of the connection.
	attempts int
	timeout  time.Duration
	// keyID of the signature; the agent's UUID unless given.
	keyID string
	// lost is told that an attempt ended without an answer that refuses it, so that nobody knows what came of it.
	lost func()
	// corrected is told that the time in an attempt was refused, that nothing came of those before, and that the clock is right now.
	corrected func()
	// answered is told the HTTP status of the reply, where two mean success.
	answered func(status int)
}

var repeatably = &callOptions{repeatable: true}

func nothing() (input, error) { return input{}, nil }

// of makes an input that does not age.
func of(in input) func() (input, error) { return func() (input, error) { return in, nil } }

// call does an operation and reads its reply into out, which may be nil. in makes its input anew for each attempt, since times and
// signatures age. Errors: *Error, that of ctx.
func (t *transport) call(ctx context.Context, op operation, in func() (input, error), out any, options *callOptions) error {
	return t.repeat(ctx, op, in, options, func(request *http.Request, life life) (*http.Response, error) {
		defer life.end()
		reply, err := t.client.Do(request)
		if err != nil {
			return nil, err
		}
		if limit := rateLimitOf(reply.Header); limit != nil {
			t.latest.Store(limit)
		}
		return reply, readReply(reply, out)
	})
}

// open does an operation whose reply is then read as it comes, for as long as that takes: only its beginning has a time limit.
func (t *transport) open(ctx context.Context, op operation, in func() (input, error), options *callOptions) (*http.Response, error) {
	var opened *http.Response
	err := t.repeat(ctx, op, in, options, func(request *http.Request, life life) (*http.Response, error) {
		reply, err := t.client.Do(request)
		if err != nil {
			life.end()
			return nil, err
		}
		if reply.StatusCode != http.StatusOK {
			defer life.end()
			if err := readReply(reply, nil); err != nil {
				return reply, err
			}
			return reply, &Error{Code: BadReply, Detail: "nothing is to be read", Status: reply.StatusCode}
		}
		life.timer.Stop()
		reply.Body = &openBody{reply.Body, life}
		opened = reply
		return reply, nil
	})
	return opened, err
}

// attempt makes one request, and ends its life when it is done with the reply.
type attempt func(request *http.Request, life life) (*http.Response, error)

// life is the context of one request, and the time limit of it.
type life struct {
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

func (l life) end() {
	l.timer.Stop()
	l.cancel(nil)
}

// openBody is that of a reply that is read as it comes.
type openBody struct {
	io.ReadCloser
	life life
}

func (b *openBody) Close() error {
	defer b.life.end()
	return b.ReadCloser.Close()
}

func (t *transport) repeat(ctx context.Context, op operation, in func() (input, error), given *callOptions, do attempt) error {
	if t.unusable != nil {
		return &Error{Code: Unreachable, Detail: t.unusable.Error()}
	}
	options := callOptions{}
	if given != nil {
		options = *given
	}
	if options.attempts == 0 {
		options.attempts = t.attempts
	}
	if options.timeout == 0 {
		options.timeout = t.timeout
	}
	isCorrected, isLost, signs := false, false, true
	for nth := 1; ; nth++ {
		err := t.once(ctx, op, in, signs, options, do)
		var failed *Error
		if err == nil || ctx.Err() != nil || !errors.As(err, &failed) {
			return err
		}
		if failed.Status/100 != 4 {
			isLost = true
			if options.lost != nil {
				options.lost()
			}
		}
		if !isCorrected && t.clock.correct(failed.Problem) {
			isCorrected = true
			if options.corrected != nil && !isLost {
				options.corrected()
			}
			continue
		}
		if failed.Code == "agent_unknown" && op.caller == anyone && signs {
			signs = false // a key that is not registered here reads as anybody
			continue
		}
		wait := waitBefore(nth, failed)
		if nth >= options.attempts || !mayRepeat(failed, options.repeatable || !op.writes) || wait > t.patience {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

func (t *transport) once(ctx context.Context, op operation, in func() (input, error), signs bool, options callOptions, do attempt) error {
	made, err := in()
	if err != nil {
		return err
	}
	limited, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(options.timeout, func() { cancel(errTimeout) })
	request, err := t.request(limited, op, made, signs, options)
	if err != nil {
		life{timer, cancel}.end()
		return err
	}
	reply, err := do(request, life{timer, cancel})
	var failed *Error
	if err != nil && !errors.As(err, &failed) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if errors.Is(context.Cause(limited), errTimeout) {
			err = fmt.Errorf("%w: nothing in %s", errTimeout, options.timeout)
		}
		return clientError(Unreachable, fmt.Sprintf("%s does not answer: %v", t.base, err), err)
	}
	if err == nil && options.answered != nil {
		options.answered(reply.StatusCode)
	}
	return err
}

// errTimeout is in the chain of what took too long.
var errTimeout = errors.New("too late")

// mayRepeat: what was refused before it took effect may always be repeated; of the rest, what is safe to repeat.
func mayRepeat(failed *Error, repeatable bool) bool {
	if failed.Code == "rate_limited" {
		return true
	}
	return failed.Retryable && repeatable && failed.Code != "clock_skew"
}

// waitBefore is never less than the server asks for, else doubling from a quarter of a second, with chance so that clients spread.
func waitBefore(attempt int, failed *Error) time.Duration {
	doubled := float64(250*time.Millisecond) * float64(int(1)<<min(attempt-1, 10)) * (0.5 + rand.Float64())
	return max(failed.RetryAfter(), time.Duration(min(doubled, float64(10*time.Second))))
}

// pause waits, or fails as soon as ctx ends.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
