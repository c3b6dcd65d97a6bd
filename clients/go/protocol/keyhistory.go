package protocol

import (
	"fmt"
	"slices"
)

// MostKeyOperations is how many operations a key history may have.
const MostKeyOperations = 500

// HistoryKey is a key that was an agent's, as did:key, with the version of the operation that named it.
type HistoryKey struct {
	Key     string `json:"key"`
	Version int64  `json:"version"`
}

// KeyHistory is what a verified history says.
type KeyHistory struct {
	Agent string
	// Version and Hash are those of the last operation.
	Version int64
	Hash    string
	// Key is the did:key of the current key; of the last one where the history is closed.
	Key string
	// Keys are all that were the agent's, the current one last.
	Keys []HistoryKey
	// Recovery is the hash of the recovery key, where one is promised.
	Recovery string
	// DM is aicq-dm-v2 where the agent announced that it reads it.
	DM     string
	Closed bool
}

// HistoryError says why a history is none (spec/key-history.md#verifying): what the protocol calls key_history_invalid.
type HistoryError struct {
	Reason string
	// Version is the place of the operation that is refused.
	Version int64
}

func (e *HistoryError) Error() string {
	return fmt.Sprintf("key_history_invalid: operation %d: %s", e.Version, e.Reason)
}

// VerifyKeyHistory checks a history by itself, without trust in the server that gave it: who the agent's keys are follows from its id
// alone. Errors: *HistoryError, *KeyError.
func VerifyKeyHistory(agent string, operations []KeyOperation) (KeyHistory, error) {
	if len(operations) == 0 {
		return KeyHistory{}, &HistoryError{"malformed", 1}
	}
	var history *KeyHistory
	for _, operation := range operations {
		next, err := ExtendKeyHistory(agent, history, operation)
		if err != nil {
			return KeyHistory{}, err
		}
		history = &next
	}
	return *history, nil
}

// ExtendKeyHistory is what a history says with one more operation; before is nil for the first. Errors: *HistoryError, *KeyError.
func ExtendKeyHistory(agent string, before *KeyHistory, operation KeyOperation) (KeyHistory, error) {
	was := KeyHistory{}
	if before != nil {
		was = *before
	}
	refuse := func(reason string) (KeyHistory, error) {
		return KeyHistory{}, &HistoryError{reason, was.Version + 1}
	}
	isFirst := before == nil
	switch {
	case was.Version >= MostKeyOperations:
		return refuse("too_long")
	case !isWellFormed(operation):
		return refuse("malformed")
	case operation.Agent != agent:
		return refuse("other_agent")
	case operation.Version != was.Version+1 || operation.Prev != was.Hash || (operation.Op == "create") != isFirst:
		return refuse("not_next")
	case was.Closed:
		return refuse("closed")
	}
	if err := checkDID(operation.Key); operation.Key != "" && err != nil {
		return KeyHistory{}, err
	}
	if operation.RecoveryKey != "" {
		if err := checkDID(operation.RecoveryKey); err != nil {
			return KeyHistory{}, err
		}
		if recoveryHashOfDID(operation.RecoveryKey) != was.Recovery {
			return refuse("wrong_recovery_key")
		}
	}
	if reason := faultOf(agent, was, operation); reason != "" {
		return refuse(reason)
	}
	return after(was, operation), nil
}

// faultOf says why an operation of the right form does not follow, or nothing.
func faultOf(agent string, was KeyHistory, operation KeyOperation) string {
	key := operation.Key
	wasThere := func(one HistoryKey) bool { return one.Key == key }
	switch {
	case operation.Op == "close" && operation.RecoveryKey == "" && was.Recovery != "":
		return "recovery_key_needed"
	case key != "" && (key == operation.RecoveryKey || slices.ContainsFunc(was.Keys, wasThere)):
		return "key_used_before"
	case operation.Op == "create" && !IsKeyOf(key, agent, nil):
		return "other_agent"
	}
	bytes, err := KeyOperationBytes(operation)
	if err != nil {
		return "malformed"
	}
	signer := key
	if operation.RecoveryKey != "" {
		signer = operation.RecoveryKey
	} else if was.Key != "" {
		signer = was.Key
	}
	saysMore := operation.Op != "create" || operation.Recovery != "" || operation.DM != ""
	if (saysMore || operation.Sig != "") && !IsSignedBy(signer, operation.Sig, bytes) {
		return "bad_signature"
	}
	if operation.Proof != "" && !IsSignedBy(key, operation.Proof, bytes) {
		return "bad_proof"
	}
	return ""
}

func after(was KeyHistory, operation KeyOperation) KeyHistory {
	now := was
	now.Agent, now.Version, now.Hash = operation.Agent, operation.Version, KeyOperationHash(operation)
	if operation.Key != "" {
		now.Key = operation.Key
		now.Keys = append(slices.Clone(was.Keys), HistoryKey{operation.Key, operation.Version})
	}
	if operation.Op == "recover" || operation.Recovery != "" {
		now.Recovery = operation.Recovery
	}
	if operation.DM != "" {
		now.DM = operation.DM
	}
	now.Closed = operation.Op == "close"
	return now
}
