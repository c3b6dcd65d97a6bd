package protocol

import "slices"

// TakesPlace tells whether a history that is offered takes the place of the one that is known (spec/key-history.md#forks). Both are
// verified already, and of one agent.
func TakesPlace(known, offered []KeyOperation) bool {
	common := 0
	for common < len(known) && common < len(offered) && KeyOperationHash(known[common]) == KeyOperationHash(offered[common]) {
		common++
	}
	switch {
	case common == len(offered):
		return false
	case common == len(known):
		return true
	case common == 0:
		return len(known) == 1 && known[0].Recovery == "" && known[0].DM == ""
	}
	shared, err := VerifyKeyHistory(known[0].Agent, known[:common])
	if err != nil || shared.Recovery == "" {
		return false
	}
	isDecided := func(branch []KeyOperation) bool {
		return slices.ContainsFunc(branch[common:], func(one KeyOperation) bool {
			return one.RecoveryKey != "" && recoveryHashOfDID(one.RecoveryKey) == shared.Recovery
		})
	}
	return isDecided(offered) && !isDecided(known)
}

// RecoveryPlace is the latest place of a history at which a recovery key (32 bytes) is promised, so that it may sign what comes next: a
// fork, where something comes after it already. False if it never was. lastKey: did:key of the last key that was not a thief's, after
// which all shall be cut off; or empty. Errors: *HistoryError, *KeyError.
func RecoveryPlace(agent string, operations []KeyOperation, recoveryKey []byte, lastKey string) (KeyHistory, bool, error) {
	recovery := RecoveryHashOf(recoveryKey)
	var history, found *KeyHistory
	for _, operation := range operations {
		next, err := ExtendKeyHistory(agent, history, operation)
		if err != nil {
			return KeyHistory{}, false, err
		}
		history = &next
		if next.Recovery == recovery && (lastKey == "" || next.Key == lastKey) && !next.Closed {
			found = history
		}
	}
	if found == nil {
		return KeyHistory{}, false, nil
	}
	return *found, true, nil
}
