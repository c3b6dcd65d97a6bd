package aicq

import (
	"sync/atomic"
	"time"
)

// mostCorrection is by how much a clock is corrected at most: a server that says more is not believed.
const mostCorrection = 10 * time.Minute

// clock is this machine's, corrected by what the server says.
type clock struct {
	// offset is by how many milliseconds the server is ahead.
	offset atomic.Int64
}

// now gives milliseconds since 1970, as the server sees them.
func (c *clock) now() int64 { return time.Now().UnixMilli() + c.offset.Load() }

// correct takes over the server's time (ms) of a problem document; false if there is none, or if it is too far away to be believed.
func (c *clock) correct(problem map[string]any) bool {
	said, ok := problem["server_time"].(float64)
	if !ok {
		return false
	}
	offset := int64(said) - time.Now().UnixMilli()
	if offset > mostCorrection.Milliseconds() || offset < -mostCorrection.Milliseconds() {
		return false
	}
	c.offset.Store(offset)
	return true
}
