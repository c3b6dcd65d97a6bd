package protocol

import (
	"crypto/sha256"
	"encoding/json"
)

// KeyOperation is one operation of an agent's key history as it travels (spec/key-history.md#operations). Empty members are not there.
type KeyOperation struct {
	AICQ    string `json:"aicq"`
	Agent   string `json:"agent"`
	Version int64  `json:"version"`
	// Prev is the hash of the operation before, in base64.
	Prev string `json:"prev,omitempty"`
	Op   string `json:"op"`
	// Key is the key that it names, as did:key.
	Key string `json:"key,omitempty"`
	// Recovery is the hash of a recovery key, in base64; RecoveryKey one that is shown, as did:key.
	Recovery    string `json:"recovery,omitempty"`
	RecoveryKey string `json:"recovery_key,omitempty"`
	DM          string `json:"dm,omitempty"`
	// Sig is by the key that decides, and Proof by the key that is named, in base64.
	Sig   string `json:"sig,omitempty"`
	Proof string `json:"proof,omitempty"`

	isMalformed bool
}

// UnmarshalJSON takes whatever a server gave: what is not of the form of an operation is remembered, and refused where it is verified.
func (o *KeyOperation) UnmarshalJSON(text []byte) error {
	*o = KeyOperation{}
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil || members == nil {
		o.isMalformed = true
		return nil
	}
	texts := map[string]*string{
		"aicq": &o.AICQ, "agent": &o.Agent, "prev": &o.Prev, "op": &o.Op, "key": &o.Key, "recovery": &o.Recovery,
		"recovery_key": &o.RecoveryKey, "dm": &o.DM, "sig": &o.Sig, "proof": &o.Proof,
	}
	for name, value := range members {
		var err error
		into, isText := texts[name]
		switch {
		case isText:
			err = json.Unmarshal(value, into)
			isText = *into != ""
		case name == "version":
			err = json.Unmarshal(value, &o.Version)
			isText = true
		}
		if err != nil || !isText {
			o.isMalformed = true
		}
	}
	return nil
}

// texts are the members that are there, but for the version.
func (o KeyOperation) texts() map[string]string {
	all := map[string]string{
		"aicq": o.AICQ, "agent": o.Agent, "prev": o.Prev, "op": o.Op, "key": o.Key, "recovery": o.Recovery,
		"recovery_key": o.RecoveryKey, "dm": o.DM, "sig": o.Sig, "proof": o.Proof,
	}
	for name, value := range all {
		if value == "" {
			delete(all, name)
		}
	}
	return all
}

// KeyOperationBytes gives the bytes that sig and proof sign: the operation without the two, as RFC 8785 canonical JSON.
func KeyOperationBytes(operation KeyOperation) ([]byte, error) {
	members := map[string]any{"version": operation.Version}
	for name, value := range operation.texts() {
		if name != "sig" && name != "proof" {
			members[name] = value
		}
	}
	return canonical(members)
}

// KeyOperationHash is what the next operation carries as prev: base64 of the SHA-256 of those bytes.
func KeyOperationHash(operation KeyOperation) string {
	bytes, err := KeyOperationBytes(operation)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(bytes)
	return ToBase64(sum[:])
}

// RecoveryHashOf is how a recovery key (32 bytes) is promised without showing it: base64.
func RecoveryHashOf(recoveryKey []byte) string {
	sum := sha256.Sum256(append([]byte("aicq:recovery:1:"), recoveryKey...))
	return ToBase64(sum[:])
}
