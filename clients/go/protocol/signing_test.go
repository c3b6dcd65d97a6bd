package protocol

import (
	"crypto/ed25519"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

type v0Vectors struct {
	Agents     []party `json:"agents"`
	Signatures []struct {
		Agent       int
		Body, Nonce string
		Timestamp   int64
		Payload     string
		Signature   []byte
	} `json:"request_signatures"`
	DMs []struct {
		Recipient int
		Plaintext string
		Secret    []byte `json:"ephemeral_secret"`
		Nonce     []byte
		Wire      string
	} `json:"direct_messages"`
	Rejected []struct {
		Name      string
		Recipient int
		Wire      string
	} `json:"direct_messages_to_reject"`
}

func TestSignaturesOfV0AreTheOnesOfTheVectors(t *testing.T) {
	read := vectors[v0Vectors](t, "v0.json")
	for _, one := range read.Signatures {
		payload := V0Payload([]byte(one.Body), one.Nonce, one.Timestamp)
		same(t, "payload", string(payload), one.Payload)
		sameBytes(t, "signature", read.Agents[one.Agent].identity(t).Sign(payload), one.Signature)
	}
}

type signedRequest struct {
	Name, Method, Authority, Path, Query string
	Body                                 []byte
	Headers                              map[string]string
	Base, Expect                         string
}

var signatureInput = regexp.MustCompile(`^[^=]+=(\(([^()]*)\).*)$`)

func TestRequestsOfTheVectorsAreSignedAsTheyShould(t *testing.T) {
	read := vectors[struct {
		Agents   map[string]party
		Requests []signedRequest
	}](t, "rfc9421.json")
	ada := read.Agents["ada"].identity(t)
	made := 0
	for _, one := range read.Requests {
		if one.Base == "" {
			continue
		}
		parts := RequestParts{one.Method, one.Authority, one.Path, one.Query, one.Headers["content-digest"]}
		found := signatureInput.FindStringSubmatch(one.Headers["signature-input"])
		base := SignatureBase(strings.Fields(strings.ReplaceAll(found[2], `"`, "")), found[1], parts)
		same(t, one.Name, string(base), one.Base)
		_, encoded, _ := strings.Cut(one.Headers["signature"], "=:")
		signature, _ := FromBase64(strings.TrimSuffix(encoded, ":"))
		if one.Expect == "accepted" {
			same(t, one.Name+": verifies", ed25519.Verify(ada.PublicKey(), base, signature), true)
		}
		if one.Name == "a read" || one.Name == "a write with a body" || one.Name == "a read with a query" {
			made++
			headers := SignRequest(ada, parts, one.Body, 1_790_000_000_999, "", "0123456789abcdef")
			for _, name := range []string{"content-digest", "signature-input", "signature"} {
				same(t, one.Name+": "+name, headers.Get(name), one.Headers[name])
			}
		}
	}
	same(t, "requests that we made ourselves", made, 3)
}

func TestMessagesOfTheVectorsAreProvenOrNot(t *testing.T) {
	read := vectors[struct {
		Agents   map[string]party
		Messages []struct {
			Name, Expect, Canonical string
			Message                 json.RawMessage
		}
	}](t, "messages.json")
	for _, one := range read.Messages {
		var message struct {
			Envelope
			Key, Sig string
		}
		if err := json.Unmarshal(one.Message, &message); err != nil {
			t.Fatal(one.Name, err)
		}
		proof := VerifyMessage(message.Envelope, message.Key, message.Sig, nil)
		same(t, one.Name, string(proof), one.Expect)
		if one.Canonical != "" {
			bytes, err := MessageBytes(message.Envelope)
			same(t, one.Name+": error", err, nil)
			same(t, one.Name, string(bytes), one.Canonical)
		}
		if proof == Proven {
			for _, agent := range read.Agents {
				if agent.AgentID == message.From {
					sig, _ := SignMessage(agent.identity(t), message.Envelope)
					same(t, one.Name+": signed by us", sig, message.Sig)
				}
			}
		}
	}
}

func TestSignedDirectMessagesOfTheVectorsAreProvenOrNot(t *testing.T) {
	for _, one := range vectors[dmVectors](t, "dms.json").DMs {
		same(t, one.Name, string(VerifyDM(one.DM.DMEnvelope, one.DM.FromKey, one.DM.Sig, nil)), one.Expect)
		if one.Canonical != "" {
			bytes, _ := DMBytes(one.DM.DMEnvelope)
			same(t, one.Name, string(bytes), one.Canonical)
		}
	}
}

func TestChallengesOfSocketsAreAnsweredAsInTheVectors(t *testing.T) {
	read := vectors[struct {
		Agents   map[string]party
		Sessions []struct {
			Name, Canonical, Sig string
			Session              SessionEnvelope
		}
	}](t, "sockets.json")
	for _, one := range read.Sessions {
		bytes, _ := SessionBytes(one.Session)
		same(t, one.Name, string(bytes), one.Canonical)
		sig, _ := SignSession(read.Agents["ada"].identity(t), one.Session)
		same(t, one.Name, sig, one.Sig)
	}
}

func TestWhatIsNotUtf8IsNotSigned(t *testing.T) {
	_, err := SignMessage(NewIdentity(), Envelope{Body: "half \xff"})
	same(t, "error", err, ErrNoCanonicalForm)
}
