package protocol

import (
	"encoding/json"
	"testing"
)

type sessionVectors struct {
	Now      int64
	Ada, Bob party
	Prekeys  map[string]struct {
		Secret    []byte `json:"secret_key"`
		Canonical string
		Prekey    Prekey
	}
	PrekeysToRefuse []struct {
		Name, As, Expect string
		Prekey           Prekey
	} `json:"prekeys_to_refuse"`
	Sessions []struct {
		Name            string
		EphemeralSecret []byte `json:"ephemeral_secret"`
		RatchetSecret   []byte `json:"ratchet_secret"`
		Secret          []byte
		Associated      []byte
		FirstMessageID  string `json:"first_message_id"`
		Session         string
		OneTime         string `json:"one_time"`
		Steps           []sessionStep
	}
	Far            map[string]string
	BodiesToRefuse []struct{ Name, Body, Expect string } `json:"bodies_to_refuse"`
}

type sessionStep struct {
	Send, Receive, Text, Body, Expect string
	Message                           int
	NewSecret                         []byte `json:"new_secret"`
}

// secretsOf gives these secrets in turn, and no others.
func secretsOf(t *testing.T, list ...[]byte) NewSecret {
	return func() []byte {
		if len(list) == 0 || list[0] == nil {
			t.Fatal("a new secret was not expected")
		}
		first := list[0]
		list = list[1:]
		return first
	}
}

type sessionCase struct {
	sessionVectors
	ada, bob     Installation
	adaIs, bobIs Party
}

func sessionCases(t *testing.T) sessionCase {
	read := vectors[sessionVectors](t, "sessions.json")
	end := func(p party) (Installation, Party) {
		return Installation{p.identity(t), p.Installation}, Party{p.AgentID, p.Installation, p.PublicKey}
	}
	cases := sessionCase{sessionVectors: read}
	cases.ada, cases.adaIs = end(read.Ada)
	cases.bob, cases.bobIs = end(read.Bob)
	return cases
}

func (c sessionCase) kept(id string) (PrekeySecret, bool) {
	for _, one := range c.Prekeys {
		if one.Prekey.ID == id {
			return PrekeySecret{id, one.Prekey.Purpose, one.Secret}, true
		}
	}
	return PrekeySecret{}, false
}

func TestPrekeysOfTheVectorsAreTheOnesThatWeMake(t *testing.T) {
	cases := sessionCases(t)
	for name, one := range cases.Prekeys {
		bytes, _ := PrekeyBytes(one.Prekey)
		same(t, name, string(bytes), one.Canonical)
		use := Prekey{Purpose: one.Prekey.Purpose, Installation: one.Prekey.Installation, Created: one.Prekey.Created, Expires: one.Prekey.Expires}
		made, secret, err := NewPrekey(cases.bob.Identity, use, secretsOf(t, one.Secret))
		same(t, name, err, nil)
		same(t, name, made, one.Prekey)
		sameBytes(t, name, secret.SecretKey, one.Secret)
		key, err := CheckPrekey(one.Prekey, cases.bobIs, []string{one.Prekey.Purpose}, one.Prekey.Expires-1)
		same(t, name, codeOf(err), "")
		same(t, name, ToBase64(key), one.Prekey.PublicKey)
	}
}

func TestPrekeysThatCouldBeOfSomebodyElseAreRefusedWithTheReason(t *testing.T) {
	cases := sessionCases(t)
	for _, one := range cases.PrekeysToRefuse {
		bundle := Bundle{Signed: cases.Prekeys["signed"].Prekey, OneTime: &one.Prekey}
		if one.As == "signed" {
			bundle = Bundle{Signed: one.Prekey}
		}
		_, err := StartSession(cases.ada, cases.bobIs, bundle, cases.Now, RandomSecret)
		same(t, one.Name, codeOf(err), one.Expect)
	}
}

func TestSessionsOfTheVectorsAreTheOnesThatWeHoldToTheByte(t *testing.T) {
	cases := sessionCases(t)
	for _, vector := range cases.Sessions {
		t.Run(vector.Name, func(t *testing.T) {
			bundle := Bundle{Signed: cases.Prekeys["signed"].Prekey}
			if vector.OneTime != "" {
				prekey := cases.Prekeys[vector.OneTime].Prekey
				bundle.OneTime = &prekey
			}
			agreed, _, _, err := initiate(cases.ada, cases.bobIs, bundle, cases.Now, secretsOf(t, vector.EphemeralSecret))
			same(t, "error", codeOf(err), "")
			sameBytes(t, "secret", agreed.secret, vector.Secret)
			sameBytes(t, "associated", agreed.associated, vector.Associated)
			same(t, "first", agreed.firstMessageID, vector.FirstMessageID)
			begun, err := StartSession(cases.ada, cases.bobIs, bundle, cases.Now, secretsOf(t, vector.EphemeralSecret, vector.RatchetSecret))
			same(t, "error", codeOf(err), "")
			same(t, "session", begun.ID, vector.Session)
			sessions := map[string]*Session{"ada": &begun}
			var sent []sessionStep
			for _, step := range vector.Steps {
				if step.Send != "" {
					sent = append(sent, step)
					next, body, err := sessions[step.Send].Encrypt(step.Text)
					same(t, "error", codeOf(err), "")
					same(t, "body", body, step.Body)
					same(t, "form", DMVersionOf(body), DMv2)
					sessions[step.Send] = &next
					continue
				}
				said := sent[step.Message]
				before := sessions[step.Receive]
				if before == nil {
					accepted, err := AcceptSession(cases.bob, cases.adaIs.Agent, cases.adaIs.PublicKey, cases.kept, said.Body, secretsOf(t, step.NewSecret))
					same(t, "error", codeOf(err), "")
					same(t, "text", string(accepted.Plain), said.Text)
					same(t, "first", accepted.FirstMessageID, vector.FirstMessageID)
					same(t, "a one-time prekey is spent", accepted.Spent != "", vector.OneTime == "one-time")
					sessions[step.Receive] = &accepted.Session
					continue
				}
				var newSecret NewSecret = RandomSecret
				if step.Expect == "" {
					newSecret = secretsOf(t, step.NewSecret)
				}
				next, plain, err := before.Decrypt(said.Body, newSecret)
				same(t, "error", codeOf(err), step.Expect)
				if step.Expect == "" {
					same(t, "text", string(plain), said.Text)
					text, _ := json.Marshal(next)
					next = Session{}
					same(t, "kept", json.Unmarshal(text, &next), nil)
					sessions[step.Receive] = &next
				}
			}
			same(t, "keys of missing messages", len(sessions["ada"].Ratchet.Skipped), 0)
		})
	}
}

func TestAThousandMessagesMayBeMissingAndNotOneMore(t *testing.T) {
	cases := sessionCases(t)
	first, err := AcceptSession(cases.bob, cases.adaIs.Agent, cases.adaIs.PublicKey, cases.kept, cases.Far["0"], RandomSecret)
	same(t, "error", codeOf(err), "")
	_, _, err = first.Session.Decrypt(cases.Far["1002"], RandomSecret)
	same(t, "too far", codeOf(err), "too_many_skipped")
	far, _, err := first.Session.Decrypt(cases.Far["1001"], RandomSecret)
	same(t, "far", codeOf(err), "")
	same(t, "keys", len(far.Ratchet.Skipped), 1_000)
}

func TestAFirstMessageThatCannotBeReadIsRefusedWithTheReason(t *testing.T) {
	cases := sessionCases(t)
	for _, one := range cases.BodiesToRefuse {
		_, err := AcceptSession(cases.bob, cases.adaIs.Agent, cases.adaIs.PublicKey, cases.kept, one.Body, RandomSecret)
		same(t, one.Name, codeOf(err), one.Expect)
	}
}
