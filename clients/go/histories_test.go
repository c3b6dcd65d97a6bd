package aicq

import (
	"encoding/json"
	"testing"

	"github.com/aicq/aicq/clients/go/protocol"
)

// rotatedTo is the history of an agent that went from its first key to another.
func rotatedTo(t *testing.T, first, next *Identity) []KeyOperation {
	t.Helper()
	create, err := protocol.CreateKeys(first, "", "")
	ok(t, err)
	history, err := protocol.VerifyKeyHistory(first.ID(), []KeyOperation{create})
	ok(t, err)
	rotate, err := protocol.RotateKey(history, first, next)
	ok(t, err)
	return []KeyOperation{create, rotate}
}

func TestAForkDoesNotTakeThePlaceOfAHistoryThatTheStoreKeepsWhoeverStartsAgain(t *testing.T) {
	ctx, store, bob := ctxOf(t), MemoryStore(), NewIdentity()
	ours, err := IdentityFromSeed(NewIdentity().Seed(), bob.ID())
	ok(t, err)
	thief, err := IdentityFromSeed(NewIdentity().Seed(), bob.ID())
	ok(t, err)
	asking := func(next *Identity) *Agent {
		path := newNetwork()
		text, err := json.Marshal(map[string]any{"agent": bob.ID(), "operations": rotatedTo(t, bob, next)})
		ok(t, err)
		path.set(func(string) fate { return fate{replace: reply(200, string(text))} })
		return stranger(t, NewIdentity(), &Options{Store: store, HTTPClient: path.client()})
	}
	same(t, "key", keyOf(t, asking(ours), bob.ID()), ours.DID())
	again := asking(thief)
	for range 2 {
		same(t, "key of the one who starts again", keyOf(t, again, bob.ID()), ours.DID())
	}
	// nor does one that was seen, but not kept, before the store had anything
	store = MemoryStore()
	seen := asking(thief)
	_, err = seen.transport.histories.explaining(ctx, thief.DID(), bob.ID())
	ok(t, err)
	same(t, "key", keyOf(t, asking(ours), bob.ID()), ours.DID())
	same(t, "key of the one who saw another", keyOf(t, seen, bob.ID()), ours.DID())
}

// keyOf is the key of an agent, as another one knows it.
func keyOf(t *testing.T, asker *Agent, agent string) string {
	t.Helper()
	history, _, err := asker.Keys(ctxOf(t), agent)
	ok(t, err)
	to, err := asker.DM(agent).recipient(ctxOf(t))
	ok(t, err)
	same(t, "key for which is encrypted", protocol.DIDKeyOf(to.publicKey), history.Key)
	return history.Key
}
