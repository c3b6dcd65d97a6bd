package aicq

import (
	"encoding/json"
	"errors"
	"time"
)

// Codes of errors that come from this client and from no server.
const (
	// Unreachable: no answer came at all.
	Unreachable = "unreachable"
	// BadReply: something answered that is no AICQ server.
	BadReply = "bad_reply"
	// KeyMismatch: the server gave keys that are not those of the agent who was named, so nothing was encrypted for it.
	KeyMismatch = "key_mismatch"
	// ExportDamaged: an export broke off, or is not what its checksums say.
	ExportDamaged = "export_damaged"
	// DowngradeRefused: the server hides that the agent reads aicq-dm-v2.
	DowngradeRefused = "downgrade_refused"
	// StateInUse: another program did not give the state of the sessions free in time.
	StateInUse = "state_in_use"
	// StateUnusable: the state, or a file, belongs to another agent or to a later form.
	StateUnusable = "state_unusable"
)

// Error says why a call failed; use errors.As. Code says it to programs: a code of spec/errors.md, or one of this client.
type Error struct {
	Code string
	// Detail is for people.
	Detail string
	// Retryable tells whether the same call, made again later, can succeed.
	Retryable bool
	// Status is that of HTTP; 0 where no answer came.
	Status int
	// Problem is the whole problem document (RFC 9457), as far as there was one.
	Problem map[string]any
	// RateLimit is what the reply said of the limit that decided; nil where it said nothing.
	RateLimit *RateLimit

	cause error
}

func (e *Error) Error() string { return "aicq: " + e.Code + ": " + e.Detail }

// Unwrap gives what it came from, if anything.
func (e *Error) Unwrap() error { return e.cause }

// RequestID is what the operator of the server needs to find the request in the log; it may be empty.
func (e *Error) RequestID() string {
	id, _ := e.Problem["request_id"].(string)
	return id
}

// longestWait is more than anybody waits: what is longer could not be added to.
const longestWait = 100 * 365 * 24 * time.Hour

// RetryAfter is how long the server asks to wait; 0 where it does not.
func (e *Error) RetryAfter() time.Duration {
	seconds, _ := e.Problem["retry_after"].(float64)
	if !(seconds > 0) { // nor is what is no number
		return 0
	}
	return time.Duration(min(seconds, longestWait.Seconds()) * float64(time.Second))
}

// CodeOf is the code of an *Error or *EncryptionError in a chain of errors; it is empty for others.
func CodeOf(err error) string {
	var failed *Error
	var unreadable *EncryptionError
	switch {
	case errors.As(err, &failed):
		return failed.Code
	case errors.As(err, &unreadable):
		return unreadable.Code
	}
	return ""
}

// problemOf reads a problem document; nil for what is none.
func problemOf(text []byte, status int) *Error {
	var problem map[string]any
	if json.Unmarshal(text, &problem) != nil {
		return nil
	}
	code, ok := problem["code"].(string)
	if !ok {
		return nil
	}
	detail, _ := problem["detail"].(string)
	if said, isNumber := problem["status"].(float64); status == 0 && isNumber {
		status = int(said)
	}
	return &Error{Code: code, Detail: detail, Retryable: problem["retryable"] == true, Status: status, Problem: problem}
}

func clientError(code, detail string, cause error) *Error {
	return &Error{Code: code, Detail: detail, Retryable: code == Unreachable, cause: cause}
}
