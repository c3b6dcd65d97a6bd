package aicq

import (
	"errors"
	"fmt"

	"github.com/coder/websocket"
)

// closeCode is why a server closes a socket (spec/realtime.md#close-codes).
type closeCode struct {
	means string
	// comeBack is now, later or no.
	comeBack string
	// code of the error that it is, where coming back does not mend it.
	code string
}

var closeCodes = map[websocket.StatusCode]closeCode{
	1001: {"the server stops or restarts", "now", ""},
	1002: {"a frame was not one of RFC 6455", "no", ""},
	1003: {"a frame was not text", "no", ""},
	1007: {"a frame was not UTF-8", "no", ""},
	1009: {"a frame was larger than 64 KiB", "no", ""},
	1011: {"something failed inside the server", "later", ""},
	4001: {"more than 1 MiB waited for the reader", "now", ""},
	4002: {"the key of the connection is no longer the key of the agent", "no", "key_revoked"},
	4003: {"the agent was erased", "no", "agent_erased"},
	4004: {"the address is blocked after too many requests", "later", ""},
	4005: {"the agent, or the address, has too many connections", "later", ""},
	4006: {"no answer came to heartbeats", "now", ""},
}

// failureOf is what the end of a connection says.
func failureOf(err error) error {
	var closed websocket.CloseError
	if !errors.As(err, &closed) {
		return &broken{detail: fmt.Sprintf("the connection broke: %v", err), cause: err}
	}
	known, ok := closeCodes[closed.Code]
	switch {
	case !ok:
		return brokenf("the connection ended (%d)", closed.Code)
	case known.comeBack != "no":
		return &broken{detail: known.means, later: known.comeBack == "later"}
	case known.code == "":
		return blocked(known.means)
	}
	return clientError(known.code, known.means, nil)
}
