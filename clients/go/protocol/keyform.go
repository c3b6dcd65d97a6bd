package protocol

import "slices"

// kinds are the members that an operation of each kind must have, and those that it may have, besides those that all have.
var kinds = map[string]struct{ needed, allowed []string }{
	"create":   {[]string{"key"}, []string{"recovery", "dm", "sig"}},
	"rotate":   {[]string{"prev", "key", "sig", "proof"}, nil},
	"recovery": {[]string{"prev", "recovery", "sig"}, nil},
	"announce": {[]string{"prev", "dm", "sig"}, nil},
	"recover":  {[]string{"prev", "key", "recovery_key", "sig", "proof"}, []string{"recovery"}},
	"close":    {[]string{"prev", "sig"}, []string{"recovery_key"}},
}

// isWellFormed tells whether an operation has exactly the members of its kind.
func isWellFormed(operation KeyOperation) bool {
	kind, ok := kinds[operation.Op]
	if !ok || operation.isMalformed || operation.AICQ != "keys/1" || (operation.DM != "" && operation.DM != DMv2) {
		return false
	}
	given := operation.texts()
	needed := append([]string{"aicq", "agent", "op"}, kind.needed...)
	for _, name := range needed {
		if given[name] == "" {
			return false
		}
	}
	for name := range given {
		if !slices.Contains(needed, name) && !slices.Contains(kind.allowed, name) {
			return false
		}
	}
	if operation.Recovery == "" {
		return true
	}
	hash, isBase64 := FromBase64(operation.Recovery)
	return isBase64 && len(hash) == 32
}

// checkDID refuses what is not the did:key of a usable key. The error is a *KeyError.
func checkDID(did string) error {
	key, ok := PublicKeyOfDIDKey(did)
	if !ok || DIDKeyOf(key) != did {
		return &KeyError{"a key of the history is not a did:key of an Ed25519 key"}
	}
	return CheckPublicKey(key)
}

// recoveryHashOfDID is the hash of a key that is a did:key already.
func recoveryHashOfDID(did string) string {
	key, _ := PublicKeyOfDIDKey(did)
	return RecoveryHashOf(key)
}
