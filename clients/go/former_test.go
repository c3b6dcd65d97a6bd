package aicq

import (
	"context"
	"testing"
)

// rotated is bob, who has another key since ada wrote to him in a session: by both keys, and by the second alone.
func rotated(t *testing.T, ctx context.Context, ada *Agent) (first DirectMessage, both, second *Agent) {
	t.Helper()
	store := MemoryStore()
	bob := newcomer(t, &Options{Store: store})
	first = sendTo(t, ctx, ada, bob, "not read yet")
	next, err := IdentityFromSeed(NewIdentity().Seed(), bob.Identity().ID())
	ok(t, err)
	_, err = bob.Rotate(ctx, next)
	ok(t, err)
	both = stranger(t, next, &Options{Store: store, Former: []*Identity{bob.Identity()}})
	return first, both, stranger(t, next, &Options{Store: store})
}

func TestAMessageToAnEarlierKeyIsReadByItAndAnsweredInANewSession(t *testing.T) {
	ctx, ada := ctxOf(t), newcomer(t, &Options{Store: MemoryStore()})
	first, bob, alone := rotated(t, ctx, ada)
	same(t, "without the earlier key", received(t, ctx, alone), "wrong_key_or_tampered")
	same(t, "with it", received(t, ctx, bob), "not read yet")
	before, _ := sessionOf(t, first.Body)
	answered, isFirst := sessionOf(t, sendTo(t, ctx, bob, ada, "by the new key").Body)
	same(t, "an answer begins a session", isFirst && answered != before, true)
	same(t, "ada", received(t, ctx, ada), "by the new key")
	sendTo(t, ctx, ada, bob, "and back")
	same(t, "bob", received(t, ctx, bob), "not read yet|and back")
}

func TestAStateThatIsDamagedIsSaidToBe(t *testing.T) {
	ctx, store := ctxOf(t), MemoryStore()
	ada, bob := newcomer(t, &Options{Store: store}), newcomer(t, nil)
	damage := func(name, said string) {
		ok(t, store.Exclusively(ctx, func(kept Kept) error { return kept.Write(changes{name: text(said)}) }))
	}
	damage("keys-"+bob.Identity().ID(), "[]") // says nothing
	_, _, err := ada.Keys(ctx, bob.Identity().ID())
	ok(t, err)
	damage("keys-"+bob.Identity().ID(), "{")
	_, _, err = ada.Keys(ctx, bob.Identity().ID())
	refused(t, err, StateUnusable)
}
