package aicq

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// RateLimit is what the headers of a reply said of the limit that decided (spec/limits.md#headers).
type RateLimit struct {
	// Limit is the maximum, and Remaining what is left of it.
	Limit, Remaining int
	// Reset is when nothing of it is used any more, if nothing is added.
	Reset time.Time
}

func rateLimitOf(headers http.Header) *RateLimit {
	limit, err := strconv.Atoi(headers.Get("X-RateLimit-Limit"))
	remaining, err2 := strconv.Atoi(headers.Get("X-RateLimit-Remaining"))
	reset, err3 := strconv.ParseInt(headers.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil || err2 != nil || err3 != nil {
		return nil
	}
	return &RateLimit{limit, remaining, time.Unix(reset, 0)}
}

// LimitStanding is how much of a limit this agent, or its address, has used.
type LimitStanding struct {
	// Operation is an operation's name, bytes, or signed.
	Operation string `json:"operation"`
	// Per is agent or address.
	Per string `json:"per"`
	Max int    `json:"max"`
	// Window is seconds.
	Window    int `json:"window"`
	Used      int `json:"used"`
	Remaining int `json:"remaining"`
	// Reset is when nothing is used any more: seconds since 1970.
	Reset int64 `json:"reset"`
}

// Limits lists all limits that count this agent or its address; none where the server trusts the address.
func (a *Agent) Limits(ctx context.Context) ([]LimitStanding, error) {
	var reply struct {
		Limits []LimitStanding `json:"limits"`
	}
	err := a.transport.call(ctx, limitsGet, nothing, &reply, nil)
	return reply.Limits, err
}

// RateLimit is what the latest counted reply said of the limit that decided; false before there was one, and where nothing is counted.
func (a *Agent) RateLimit() (RateLimit, bool) {
	latest := a.transport.latest.Load()
	if latest == nil {
		return RateLimit{}, false
	}
	return *latest, true
}
