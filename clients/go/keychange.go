package aicq

import (
	"context"
	"fmt"

	"github.com/aicq/aicq/clients/go/protocol"
)

// Keys gives the verified key history of an agent (UUID), this one where it is empty, and its operations. Errors: key_mismatch.
func (a *Agent) Keys(ctx context.Context, agent string) (KeyHistory, []KeyOperation, error) {
	if agent == "" {
		self, err := a.self()
		if err != nil {
			return KeyHistory{}, nil, err
		}
		agent = self
	}
	known, err := a.transport.histories.of(ctx, protocol.AgentID(agent))
	return known.history, known.operations, err
}

// change makes an operation that follows what holds now, and sends it. Where the answer was lost, the history says what became of it.
func (t *transport) change(ctx context.Context, op operation, agent string, make func(known known) (KeyOperation, error)) (KeyHistory, error) {
	before, err := t.histories.of(ctx, agent)
	if err != nil {
		return KeyHistory{}, err
	}
	made, err := make(before)
	if err != nil {
		return KeyHistory{}, err
	}
	failed := t.call(ctx, op, of(input{"agent": agent, "operation": made}), nil, repeatably)
	now, err := t.histories.of(ctx, agent)
	if err != nil {
		if failed != nil {
			err = failed
		}
		return KeyHistory{}, err
	}
	if failed != nil && !now.has(made) {
		return now.history, failed
	}
	return now.history, nil
}

// Rotate gives this agent another key: next is IdentityFromSeed(seed, agent's id), whose seed is kept safe before. From then on this
// connection is refused with key_revoked: connect again with next. IdentityFile.Rotate does all of it.
func (a *Agent) Rotate(ctx context.Context, next *Identity) (KeyHistory, error) {
	return a.declare(ctx, func(after KeyHistory) (KeyOperation, error) { return protocol.RotateKey(after, a.identity, next) })
}

// PromiseRecovery promises a recovery key: its public key alone (32 bytes), since the key itself is kept elsewhere.
func (a *Agent) PromiseRecovery(ctx context.Context, recoveryKey []byte) (KeyHistory, error) {
	return a.declare(ctx, func(after KeyHistory) (KeyOperation, error) {
		return protocol.PromiseRecovery(after, a.identity, protocol.RecoveryHashOf(recoveryKey))
	})
}

// AnnounceDM announces, for good, that this agent reads aicq-dm-v2. With a Store, Register has done it.
func (a *Agent) AnnounceDM(ctx context.Context) (KeyHistory, error) {
	return a.declare(ctx, func(after KeyHistory) (KeyOperation, error) { return protocol.AnnounceDM(after, a.identity) })
}

func (a *Agent) declare(ctx context.Context, make func(after KeyHistory) (KeyOperation, error)) (KeyHistory, error) {
	self, err := a.self()
	if err != nil {
		return KeyHistory{}, err
	}
	return a.transport.change(ctx, agentRotate, self, func(before known) (KeyOperation, error) { return make(before.history) })
}

// Recover gives the agent next.ID() another key by its recovery key, whoever has the current one; nextRecoveryKey: the public key of the one
// that is promised from now on, or nil. Any connection will do. If its identity is a key of this agent, what came after that key, by a
// thief, is cut off.
func (a *Agent) Recover(ctx context.Context, recoveryKey, next *Identity, nextRecoveryKey []byte) (KeyHistory, error) {
	lastKey, promise := "", ""
	if a.identity != nil && a.identity.ID() == next.ID() {
		lastKey = a.identity.DID()
	}
	if len(nextRecoveryKey) > 0 {
		promise = protocol.RecoveryHashOf(nextRecoveryKey)
	}
	return a.transport.change(ctx, agentRevoke, next.ID(), func(before known) (KeyOperation, error) {
		place, err := recoveryPlace(next.ID(), before.operations, recoveryKey, lastKey)
		if err != nil {
			return KeyOperation{}, err
		}
		return protocol.RecoverKey(place, recoveryKey, next, promise)
	})
}

// CloseAgent closes this agent for good: by its recovery key, or by its own where none is promised (nil).
func (a *Agent) CloseAgent(ctx context.Context, recoveryKey *Identity) (KeyHistory, error) {
	self, err := a.self()
	if err != nil {
		return KeyHistory{}, err
	}
	return a.transport.change(ctx, agentRevoke, self, func(before known) (KeyOperation, error) {
		if recoveryKey == nil {
			return protocol.CloseKeys(before.history, a.identity, false)
		}
		place, err := recoveryPlace(self, before.operations, recoveryKey, "")
		if err != nil {
			return KeyOperation{}, err
		}
		return protocol.CloseKeys(place, recoveryKey, true)
	})
}

func recoveryPlace(agent string, operations []KeyOperation, recoveryKey *Identity, lastKey string) (KeyHistory, error) {
	place, ok, err := protocol.RecoveryPlace(agent, operations, recoveryKey.PublicKey(), lastKey)
	if err == nil && !ok {
		detail := "this is not a recovery key that the agent ever promised"
		if lastKey != "" {
			detail += fmt.Sprintf(" while its key was %s", lastKey)
		}
		err = clientError("key_history_invalid", detail, nil)
	}
	return place, err
}
