package protocol

import (
	"strings"
	"testing"
)

type idVectors struct {
	MessageIDs []struct {
		ID, UUID string
		Time     int64
	} `json:"message_ids"`
	NotMessageIDs []string          `json:"not_message_ids"`
	Agents        []party           `json:"agents"`
	NotDIDKeys    []string          `json:"not_did_keys"`
	KeysToRefuse  map[string]string `json:"keys_to_refuse"`
}

func TestAgentsOfTheVectorsHaveTheIdsThatTheyShould(t *testing.T) {
	for _, agent := range append(vectors[idVectors](t, "ids.json").Agents, vectors[v0Vectors](t, "v0.json").Agents...) {
		identity := agent.identity(t)
		sameBytes(t, "public key", identity.PublicKey(), agent.PublicKey)
		same(t, "id", identity.ID(), agent.AgentID)
		same(t, "did:key", identity.DID(), agent.DIDKey)
		key, ok := PublicKeyOfDIDKey(agent.DIDKey)
		same(t, "is a did:key", ok, true)
		sameBytes(t, "key of the did:key", key, agent.PublicKey)
		same(t, "id by did:key", AgentID(agent.DIDKey), agent.AgentID)
		same(t, "id in capitals", AgentID(strings.ToUpper(agent.AgentID)), agent.AgentID)
	}
}

func TestMessageIdsAreTakenAndOthersAreNot(t *testing.T) {
	read := vectors[idVectors](t, "ids.json")
	for _, one := range read.MessageIDs {
		same(t, one.ID, IsMessageID(one.ID), true)
		same(t, "time of "+one.ID, MessageIDTime(one.ID), one.Time)
	}
	for _, text := range read.NotMessageIDs {
		same(t, text, IsMessageID(text), false)
	}
	made := NewMessageID(1_790_000_000_123)
	same(t, made, IsMessageID(made), true)
	same(t, "time of "+made, MessageIDTime(made), 1_790_000_000_123)
	same(t, "ids that are new", made == NewMessageID(1_790_000_000_123), false)
}

func TestKeysThatProveNothingAreRefused(t *testing.T) {
	read := vectors[idVectors](t, "ids.json")
	for name, text := range read.KeysToRefuse {
		if bytes, ok := FromBase64(text); ok && CheckPublicKey(bytes) == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for _, text := range read.NotDIDKeys {
		if _, ok := PublicKeyOfDIDKey(text); ok {
			t.Errorf("%q is taken for a did:key", text)
		}
	}
	for _, agent := range read.Agents {
		if err := CheckPublicKey(agent.PublicKey); err != nil {
			t.Error(err)
		}
	}
}
