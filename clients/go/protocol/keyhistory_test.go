package protocol

import (
	"encoding/json"
	"errors"
	"testing"
)

type keyVectors struct {
	Agents         map[string]party
	RecoveryHashes map[string]string `json:"recovery_hashes"`
	Histories      []keyVector
	Forks          []struct {
		Name, Agent, Holds string
		Known, Offered     []KeyOperation
	}
}

type keyVector struct {
	Name, Agent, Expect string
	Operations          []KeyOperation
	Canonical           []string
	Hash, Recovery, DM  string
	Version             int64
	Keys                []HistoryKey
	Closed              bool
}

func TestEachHistoryOfTheVectorsSaysWhatItShouldOrIsRefusedForTheRightReason(t *testing.T) {
	for _, one := range vectors[keyVectors](t, "keys.json").Histories {
		history, err := VerifyKeyHistory(one.Agent, one.Operations)
		if one.Expect != "valid" {
			same(t, one.Name, codeOf(err), one.Expect)
			continue
		}
		same(t, one.Name, codeOf(err), "")
		said, _ := json.Marshal(history)
		last := one.Keys[len(one.Keys)-1].Key
		want, _ := json.Marshal(KeyHistory{
			one.Agent, one.Version, one.Hash, last, one.Keys, one.Recovery, one.DM, one.Closed,
		})
		same(t, one.Name, string(said), string(want))
		for nth, operation := range one.Operations {
			bytes, _ := KeyOperationBytes(operation)
			same(t, one.Name, string(bytes), one.Canonical[nth])
		}
	}
}

func TestOfTwoHistoriesTheOneHoldsThatShould(t *testing.T) {
	for _, one := range vectors[keyVectors](t, "keys.json").Forks {
		holds := "known"
		if TakesPlace(one.Known, one.Offered) {
			holds = "offered"
		}
		same(t, one.Name, holds, one.Holds)
	}
}

func TestWeSignTheSameOperationsToTheSameBytes(t *testing.T) {
	read := vectors[keyVectors](t, "keys.json")
	someone := func(name string) *Identity { return read.Agents[name].identity(t) }
	ada, second, third, safe := someone("ada"), someone("second"), someone("third"), someone("recovery")
	recovery := RecoveryHashOf(safe.PublicKey())
	same(t, "promise", recovery, read.RecoveryHashes["recovery"])
	at := func(operations ...KeyOperation) KeyHistory {
		history, err := VerifyKeyHistory(ada.ID(), operations)
		same(t, "error", codeOf(err), "")
		return history
	}
	must := func(operation KeyOperation, err error) KeyOperation {
		same(t, "error", codeOf(err), "")
		return operation
	}
	plain := must(CreateKeys(ada, "", ""))
	first := must(CreateKeys(ada, recovery, ""))
	rotated := must(RotateKey(at(first), ada, second))
	place := at(first, rotated)
	plainRotated := must(RotateKey(at(plain), ada, second))
	after := at(plain, plainRotated)
	for name, made := range map[string][]KeyOperation{
		"recovered, with a new promise": {first, rotated, must(RecoverKey(place, safe, third, read.RecoveryHashes["recovery 2"]))},
		"closed by the recovery key":    {first, rotated, must(CloseKeys(place, safe, true))},
		"announced later":               {plain, must(AnnounceDM(at(plain), ada))},
		"promised later":                {plain, plainRotated, must(PromiseRecovery(after, second, recovery))},
		"closed by the current key":     {plain, plainRotated, must(CloseKeys(after, second, false))},
	} {
		for _, vector := range read.Histories {
			if vector.Name == name {
				got, _ := json.Marshal(made)
				want, _ := json.Marshal(vector.Operations)
				same(t, name, string(got), string(want))
			}
		}
	}
}

func TestARecoveryKeySignsWhereItWasPromisedLastWhateverAThiefMadeOfThat(t *testing.T) {
	read := vectors[keyVectors](t, "keys.json")
	safe, ada := read.Agents["recovery"], read.Agents["ada"]
	for _, fork := range read.Forks {
		if len(fork.Name) < 11 || fork.Name[len(fork.Name)-11:] != "and uses it" {
			continue
		}
		place, ok, _ := RecoveryPlace(fork.Agent, fork.Known, safe.PublicKey, "")
		same(t, "found", ok, true)
		same(t, "version", place.Version, 3)
		place, _, _ = RecoveryPlace(fork.Agent, fork.Known, safe.PublicKey, ada.DIDKey)
		same(t, "version after the last key of our own", place.Version, 1)
		_, ok, _ = RecoveryPlace(fork.Agent, fork.Known, read.Agents["bob"].PublicKey, "")
		same(t, "found by a stranger", ok, false)
		return
	}
	t.Error("the vectors have no such fork")
}

func TestAHistoryHasAnEnd(t *testing.T) {
	ada := NewIdentity()
	create, _ := CreateKeys(ada, "", "")
	history, _ := VerifyKeyHistory(ada.ID(), []KeyOperation{create})
	history.Version = MostKeyOperations - 1
	announced, _ := AnnounceDM(history, ada)
	full, err := ExtendKeyHistory(ada.ID(), &history, announced)
	same(t, "error", codeOf(err), "")
	announced, _ = AnnounceDM(full, ada)
	_, err = ExtendKeyHistory(ada.ID(), &full, announced)
	var refused *HistoryError
	same(t, "is refused", errors.As(err, &refused), true)
	same(t, "reason", refused.Reason, "too_long")
}
