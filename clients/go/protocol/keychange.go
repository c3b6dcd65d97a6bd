package protocol

// CreateKeys is the first operation of an agent, by its first key. recovery: the hash of a recovery key, or empty; dm: aicq-dm-v2, or
// empty. Saying no more than the key it needs no signature, and gets none.
func CreateKeys(first *Identity, recovery, dm string) (KeyOperation, error) {
	operation := KeyOperation{
		AICQ: "keys/1", Agent: first.ID(), Version: 1, Op: "create", Key: first.DID(), Recovery: recovery, DM: dm,
	}
	if recovery == "" && dm == "" {
		return operation, nil
	}
	return signed(operation, first, nil)
}

// RotateKey goes from the current key to another. after: what holds now.
func RotateKey(after KeyHistory, current, next *Identity) (KeyOperation, error) {
	operation := placed(after, "rotate")
	operation.Key = next.DID()
	return signed(operation, current, next)
}

// PromiseRecovery promises, by the current key, a recovery key by its hash, in place of one that there may be.
func PromiseRecovery(after KeyHistory, current *Identity, recovery string) (KeyOperation, error) {
	operation := placed(after, "recovery")
	operation.Recovery = recovery
	return signed(operation, current, nil)
}

// AnnounceDM says, by the current key and for good, that the agent reads aicq-dm-v2.
func AnnounceDM(after KeyHistory, current *Identity) (KeyOperation, error) {
	operation := placed(after, "announce")
	operation.DM = DMv2
	return signed(operation, current, nil)
}

// RecoverKey names another key by the recovery key, which is spent with it. recovery: the hash of the next recovery key, or empty.
func RecoverKey(after KeyHistory, recoveryKey, next *Identity, recovery string) (KeyOperation, error) {
	operation := placed(after, "recover")
	operation.Key, operation.RecoveryKey, operation.Recovery = next.DID(), recoveryKey.DID(), recovery
	return signed(operation, recoveryKey, next)
}

// CloseKeys ends a history: by the recovery key where there is one, else by the current key.
func CloseKeys(after KeyHistory, signer *Identity, isRecoveryKey bool) (KeyOperation, error) {
	operation := placed(after, "close")
	if isRecoveryKey {
		operation.RecoveryKey = signer.DID()
	}
	return signed(operation, signer, nil)
}

func placed(after KeyHistory, op string) KeyOperation {
	return KeyOperation{AICQ: "keys/1", Agent: after.Agent, Version: after.Version + 1, Prev: after.Hash, Op: op}
}

func signed(operation KeyOperation, signer, named *Identity) (KeyOperation, error) {
	bytes, err := KeyOperationBytes(operation)
	if err != nil {
		return KeyOperation{}, err
	}
	operation.Sig = ToBase64(signer.Sign(bytes))
	if named != nil {
		operation.Proof = ToBase64(named.Sign(bytes))
	}
	return operation, nil
}
