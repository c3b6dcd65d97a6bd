package aicq

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aicq/aicq/clients/go/protocol"
)

const (
	// mostHistories are kept in a store: beyond, none is added, so that nobody pushes out another's.
	mostHistories = 10_000
	// rememberedOperations are remembered in memory at most, over all agents.
	rememberedOperations = 10_000
	// unexplained is for how long a server is not asked again for a key that it could not explain.
	unexplained = time.Minute
	// mostMissing unexplained keys are remembered.
	mostMissing = 1_000
	keysPrefix  = "keys-"
)

// known is a verified history.
type known struct {
	operations []KeyOperation
	history    KeyHistory
}

func (k known) has(operation KeyOperation) bool {
	hash := protocol.KeyOperationHash(operation)
	for _, one := range k.operations {
		if protocol.KeyOperationHash(one) == hash {
			return true
		}
	}
	return false
}

// histories are the key histories of agents, verified here: what a server says may add to them, and only the rules of forks may change
// them. Of agents with whom we deal they are remembered in the store, if there is one; else for as long as the program runs.
type histories struct {
	transport *transport
	store     Store

	mutex   sync.Mutex
	known   map[string]known
	order   []string
	size    int
	missing map[string]time.Time
}

func newHistories(t *transport, store Store) *histories {
	return &histories{transport: t, store: store, known: map[string]known{}, missing: map[string]time.Time{}}
}

// of is what holds of an agent (UUID) with whom we deal, asked anew. Errors: key_mismatch if the server gives what is no history of this
// agent; those of the call.
func (h *histories) of(ctx context.Context, agent string) (known, error) {
	return h.ask(ctx, agent, true)
}

func (h *histories) ask(ctx context.Context, agent string, isChosen bool) (known, error) {
	var reply struct {
		Operations []KeyOperation `json:"operations"`
	}
	if err := h.transport.call(ctx, agentKeys, of(input{"agent": agent}), &reply, nil); err != nil {
		return known{}, err
	}
	history, err := protocol.VerifyKeyHistory(agent, reply.Operations)
	if err != nil {
		detail := fmt.Sprintf("the server gave keys for %s that are not the keys of this agent: %v", agent, err)
		return known{}, clientError(KeyMismatch, detail, err)
	}
	now := known{reply.Operations, history}
	if h.store == nil {
		return h.remember(agent, now, false), nil
	}
	// what the store keeps was known first, though memory may say otherwise: what a server offers is remembered only once the store was asked
	holds, isKept, err := holding(ctx, h.store, h.better(agent, now), isChosen)
	if err != nil {
		return known{}, err
	}
	return h.remember(agent, holds, isKept), nil
}

// better is what memory has of an agent, unless what is offered takes its place.
func (h *histories) better(agent string, offered known) known {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	before, isKnown := h.known[agent]
	if isKnown && !protocol.TakesPlace(before.operations, offered.operations) {
		return before
	}
	return offered
}

// remember gives what holds of an agent: what is offered, unless what was known before stays. isKept: the store has decided that.
func (h *histories) remember(agent string, now known, isKept bool) known {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	before, isKnown := h.known[agent]
	if isKnown && !isKept && !protocol.TakesPlace(before.operations, now.operations) {
		return before
	}
	h.size += len(now.operations) - len(before.operations)
	h.known[agent] = now
	if !isKnown {
		h.order = append(h.order, agent)
	}
	for h.size > rememberedOperations && len(h.order) > 1 && h.order[0] != agent {
		h.size -= len(h.known[h.order[0]].operations)
		delete(h.known, h.order[0])
		h.order = h.order[1:]
	}
	return now
}

// proving is the author's history, if it takes one to prove a message: its key is not the author's first.
func (h *histories) proving(ctx context.Context, key, from, sig string) (*KeyHistory, error) {
	if sig == "" {
		return nil, nil
	}
	return h.explaining(ctx, key, from)
}

// keyOf gives the bytes of a did:key, if it is or was that of an agent: the server's word is not taken for it (spec/encryption.md#whose-key).
func (h *histories) keyOf(ctx context.Context, did, agent string) ([]byte, error) {
	history, err := h.explaining(ctx, did, agent)
	if err != nil || !protocol.IsKeyOf(did, agent, history) {
		return nil, err
	}
	key, _ := protocol.PublicKeyOfDIDKey(did)
	return key, nil
}

// explaining is an agent's history, if it takes one to see that a key is or was the agent's.
func (h *histories) explaining(ctx context.Context, key, from string) (*KeyHistory, error) {
	if protocol.IsKeyOf(key, from, nil) {
		return nil, nil
	}
	asked := from + " " + key
	h.mutex.Lock()
	before, isKnown := h.known[from]
	isRecent := time.Since(h.missing[asked]) < unexplained
	h.mutex.Unlock()
	if (isKnown && protocol.IsKeyOf(key, from, &before.history)) || isRecent {
		return &before.history, nil
	}
	now, err := h.ask(ctx, from, false)
	// a server that has no history, or a wrong one, explains nothing; one that does not answer is another matter
	if code := CodeOf(err); err != nil && code != "agent_not_found" && code != KeyMismatch && code != "invalid_id" {
		return nil, err
	}
	if err != nil || !protocol.IsKeyOf(key, from, &now.history) {
		h.mutex.Lock()
		if len(h.missing) >= mostMissing {
			clear(h.missing)
		}
		h.missing[asked] = time.Now()
		h.mutex.Unlock()
	}
	return &now.history, nil
}

// holding is what holds of an agent, and whether the store keeps it: what is offered, unless it is what the store keeps of it. isChosen: the
// agent is one with whom we deal by our own will, and is remembered; of others only what is kept already goes on, so that strangers cannot
// fill the store.
func holding(ctx context.Context, store Store, offered known, isChosen bool) (holds known, isKept bool, err error) {
	holds = offered
	name := keysPrefix + offered.history.Agent
	err = store.Exclusively(ctx, func(kept Kept) error {
		var before []KeyOperation
		before, isKept, err = readKept[[]KeyOperation](kept, name)
		isKept = isKept && len(before) > 0
		if err != nil || (isKept && protocol.KeyOperationHash(before[len(before)-1]) == offered.history.Hash) {
			return err
		}
		if isKept && !protocol.TakesPlace(before, offered.operations) {
			history, err := protocol.VerifyKeyHistory(offered.history.Agent, before)
			holds = known{before, history}
			return err
		}
		saysMore := offered.history.Version > 1 || offered.history.Recovery != "" || offered.history.DM != ""
		if !isKept {
			if !isChosen || !saysMore {
				return nil // there is nothing to remember that the id does not say
			}
			names, err := kept.Names()
			if err != nil || countPrefix(names, keysPrefix) >= mostHistories {
				return err
			}
		}
		isKept = true
		return kept.Write(changes{}.put(name, offered.operations))
	})
	return holds, isKept, err
}

func countPrefix(names []string, prefix string) int {
	count := 0
	for _, name := range names {
		if strings.HasPrefix(name, prefix) {
			count++
		}
	}
	return count
}

// readKept reads a record, as it is kept. Errors: state_unusable for what is none.
func readKept[T any](kept Kept, name string) (T, bool, error) {
	var record T
	text, ok, err := kept.Read(name)
	if err != nil || !ok {
		return record, false, err
	}
	if err := json.Unmarshal([]byte(text), &record); err != nil {
		return record, false, clientError(StateUnusable, name+" in the state is damaged", err)
	}
	return record, true, nil
}
