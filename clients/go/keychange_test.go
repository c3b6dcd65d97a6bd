package aicq

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aicq/aicq/clients/go/protocol"
)

// inFile is an agent in a file, registered.
func inFile(t *testing.T) (*IdentityFile, *Agent) {
	t.Helper()
	file, err := CreateIdentity(filepath.Join(t.TempDir(), "identity.json"))
	ok(t, err)
	agent := stranger(t, file.Identity, nil)
	_, err = agent.Register(ctxOf(t), Registration{})
	ok(t, err)
	return file, agent
}

func TestAnAgentThatChangesItsKeyStaysWhoItIsAndIsProvenByItsHistory(t *testing.T) {
	ctx, bob := ctxOf(t), newcomer(t, nil)
	file, before := inFile(t)
	room := newRoom(t, before)
	_, err := room.Post(ctx, "with the first key", nil)
	ok(t, err)
	sendTo(t, ctx, bob, before, "for the first key")
	ok(t, file.Rotate(ctx, before))
	_, err = before.Me(ctx)
	refused(t, err, "key_revoked")
	loaded, err := LoadIdentity(file.Path)
	ok(t, err)
	same(t, "id", loaded.Identity.ID(), before.Identity().ID())
	same(t, "next", loaded.Next == nil, true)
	same(t, "former", loaded.Former[0].DID(), before.Identity().DID())
	after := stranger(t, loaded.Identity, &Options{Former: loaded.Former})
	_, err = after.Room(room.ID).Post(ctx, "with the second", nil)
	ok(t, err)
	page, err := bob.Room(room.ID).Read(ctx, nil)
	ok(t, err)
	for _, message := range page.Messages {
		same(t, message.Body, message.Proof, Proven)
	}
	sendTo(t, ctx, bob, after, "for the second key")
	same(t, "received", received(t, ctx, after), "for the first key|for the second key")
	history, operations, err := bob.Keys(ctx, loaded.Identity.ID())
	ok(t, err)
	same(t, "keys", len(history.Keys), 2)
	same(t, "operations", len(operations), 2)
}

func TestAChangeOfTheKeyWhoseAnswerIsLostIsSettledByTheHistory(t *testing.T) {
	ctx := ctxOf(t)
	for _, isTaken := range []bool{true, false} {
		file, _ := inFile(t)
		path := newNetwork()
		agent := stranger(t, file.Identity, &Options{HTTPClient: path.client(), Attempts: 1})
		path.set(func(line string) fate {
			isRotation := strings.HasSuffix(line, "/rotate")
			isAfter := path.asked["/v1/agent/"+file.Identity.ID()+"/rotate"] > 0
			return fate{lose: isRotation && isTaken, drop: (isRotation && !isTaken) || (isAfter && !isRotation)}
		})
		first := file.Identity.DID()
		refused(t, file.Rotate(ctx, agent), Unreachable)
		loaded, err := LoadIdentity(file.Path)
		ok(t, err)
		same(t, "both keys are kept", loaded.Next != nil && loaded.Identity.DID() == first, true)
		next := loaded.Next.DID()
		ok(t, loaded.Settle(ctx, stranger(t, nil, nil)))
		same(t, "the second is current", loaded.Identity.DID() == next, isTaken)
		same(t, "else it is the key of the next change", loaded.Next != nil && loaded.Next.DID() == next, !isTaken)
		agent = stranger(t, loaded.Identity, nil)
		_, err = agent.Me(ctx)
		ok(t, err)
		ok(t, loaded.Rotate(ctx, agent))
		same(t, "the key of the next change", loaded.Identity.DID() == next, !isTaken)
	}
}

func TestOfTwoProgramsThatMakeAnAgentInOneFileBothAreTheOneThatIsInIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.json")
	var all sync.WaitGroup
	made := make([]*IdentityFile, 8)
	for n := range made {
		all.Add(1)
		go func() {
			defer all.Done()
			made[n], _ = OpenIdentity(path)
		}()
	}
	all.Wait()
	there, err := LoadIdentity(path)
	ok(t, err)
	for _, one := range made {
		same(t, "id", one.Identity.ID(), there.Identity.ID())
	}
	files, err := os.ReadDir(filepath.Dir(path))
	ok(t, err)
	same(t, "files", len(files), 1)
	_, err = CreateIdentity(path)
	same(t, "another is refused", errors.Is(err, fs.ErrExist), true)
}

func TestARecoveryKeyGivesBackAnAgentThatAThiefHasTaken(t *testing.T) {
	ctx, safe := ctxOf(t), NewIdentity()
	ada := newcomer(t, nil)
	_, err := ada.PromiseRecovery(ctx, safe.PublicKey())
	ok(t, err)
	seedOf := func() []byte { return NewIdentity().Seed() }
	stolen, err := IdentityFromSeed(seedOf(), ada.Identity().ID())
	ok(t, err)
	_, err = ada.Rotate(ctx, stolen)
	ok(t, err)
	back, err := IdentityFromSeed(seedOf(), ada.Identity().ID())
	ok(t, err)
	_, err = ada.Recover(ctx, NewIdentity(), back, nil)
	refused(t, err, "key_history_invalid")
	another := NewIdentity()
	history, err := ada.Recover(ctx, safe, back, another.PublicKey())
	ok(t, err)
	same(t, "key", history.Key, back.DID())
	for _, key := range history.Keys {
		same(t, "was the thief's", key.Key == stolen.DID(), false)
	}
	_, err = stranger(t, stolen, nil).Me(ctx)
	refused(t, err, "key_revoked")
	closed, err := stranger(t, back, nil).CloseAgent(ctx, another)
	ok(t, err)
	same(t, "closed", closed.Closed, true)
	_, err = newcomer(t, nil).DM(back.ID()).Send(ctx, "too late")
	refused(t, err, "agent_closed")
}

func TestAServerCannotGoBackToAKeyThatWasGivenUp(t *testing.T) {
	ctx, store := ctxOf(t), MemoryStore()
	file, bob := inFile(t)
	path := newNetwork()
	ada := newcomer(t, &Options{Store: store, HTTPClient: path.client()})
	forgetful := newcomer(t, &Options{HTTPClient: path.client()}) // which remembers while it runs
	before := ""
	path.set(func(line string) fate {
		if !strings.HasSuffix(line, bob.Identity().ID()+"/keys") {
			return fate{}
		}
		return fate{change: func(text string) string {
			if before == "" {
				before = text
			}
			return text
		}}
	})
	_, _, err := ada.Keys(ctx, bob.Identity().ID())
	ok(t, err)
	ok(t, file.Rotate(ctx, bob))
	for _, agent := range []*Agent{ada, forgetful} {
		history, _, err := agent.Keys(ctx, bob.Identity().ID())
		ok(t, err)
		same(t, "key", history.Key, file.Identity.DID())
	}
	path.set(func(line string) fate {
		return fate{change: func(text string) string {
			if strings.HasSuffix(line, bob.Identity().ID()+"/keys") {
				return before
			}
			return text
		}}
	})
	for _, agent := range []*Agent{ada, forgetful, stranger(t, ada.Identity(), &Options{Store: store, HTTPClient: path.client()})} {
		history, _, err := agent.Keys(ctx, bob.Identity().ID())
		ok(t, err)
		same(t, "key, whatever the server says", history.Key, file.Identity.DID())
	}
}

func TestAnAgentComesToAServerWithItsHistory(t *testing.T) {
	ctx, first := ctxOf(t), NewIdentity()
	create, err := protocol.CreateKeys(first, protocol.RecoveryHashOf(NewIdentity().PublicKey()), "")
	ok(t, err)
	history, err := protocol.VerifyKeyHistory(first.ID(), []KeyOperation{create})
	ok(t, err)
	second, err := IdentityFromSeed(NewIdentity().Seed(), first.ID())
	ok(t, err)
	rotate, err := protocol.RotateKey(history, first, second)
	ok(t, err)
	registered, err := stranger(t, second, nil).Register(ctx, Registration{Operations: []KeyOperation{create, rotate}})
	ok(t, err)
	same(t, "id", registered.ID, first.ID())
	same(t, "key", registered.Key, second.DID())
}

func TestAFileOfAnIdentityIsTheOneOfTheSpecification(t *testing.T) {
	path := filepath.Join(t.TempDir(), "identity.json")
	text := `{"aicq":"identity/1","id":"7cec0105-b02f-8faf-9639-ad98f0703b4e","seed":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",` +
		`"label":{"of":"somebody else"}}`
	ok(t, os.WriteFile(path, []byte(text), 0o644))
	file, err := LoadIdentity(path)
	ok(t, err)
	same(t, "id", file.Identity.ID(), "7cec0105-b02f-8faf-9639-ad98f0703b4e")
	same(t, "seed", protocol.ToBase64(file.Identity.Seed()), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	ok(t, file.Save())
	info, err := os.Stat(path)
	ok(t, err)
	same(t, "mode", info.Mode().Perm(), 0o600)
	saved, err := os.ReadFile(path)
	ok(t, err)
	same(t, "members of others are kept", strings.Contains(strings.Join(strings.Fields(string(saved)), ""), `"label":{"of":"somebodyelse"}`), true)
	entries, err := os.ReadDir(filepath.Dir(path))
	ok(t, err)
	same(t, "files", len(entries), 1)
	_, err = CreateIdentity(path)
	same(t, "makes none over another", os.IsExist(err), true)
	again, err := OpenIdentity(path)
	ok(t, err)
	same(t, "opened", again.Identity.ID(), file.Identity.ID())
	for _, bad := range []string{`{"aicq":"identity/2"}`, `[]`, `{`, `{"aicq":"identity/1","id":"7cec0105-b02f-8faf-9639-ad98f0703b4e","seed":"AAEC"}`} {
		ok(t, os.WriteFile(path, []byte(bad), 0o600))
		_, err := LoadIdentity(path)
		refused(t, err, StateUnusable)
	}
}
