package aicq

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// cuttable is a network whose connections can be broken.
type cuttable struct {
	*network
	connections sync.Map
}

func newCuttable() *cuttable {
	made := &cuttable{network: newNetwork()}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = func(ctx context.Context, kind, address string) (net.Conn, error) {
		connection, err := (&net.Dialer{}).DialContext(ctx, kind, address)
		if err == nil {
			made.connections.Store(connection, true)
		}
		return connection, err
	}
	made.inner = transport
	return made
}

// cut breaks every connection that is open.
func (c *cuttable) cut() {
	c.connections.Range(func(connection, _ any) bool {
		_ = connection.(net.Conn).Close()
		c.connections.Delete(connection)
		return true
	})
}
