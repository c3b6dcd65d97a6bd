package aicq

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aicq/aicq/clients/go/protocol"
)

// sessionOf is the session of a body, and whether it begins it.
func sessionOf(t *testing.T, body string) (string, bool) {
	t.Helper()
	read, err := protocol.ReadSessionBody(body)
	ok(t, err)
	return read.Session, read.Opening != nil
}

func sendTo(t *testing.T, ctx context.Context, from, to *Agent, text string) DirectMessage {
	t.Helper()
	sent, err := from.DM(to.Identity().ID()).Send(ctx, text)
	ok(t, err)
	return sent
}

func TestTwoAgentsWriteInASessionAndReadAllOfItAgainLater(t *testing.T) {
	ctx, ada, bob := ctxOf(t), newcomer(t, &Options{Store: MemoryStore()}), newcomer(t, &Options{Store: MemoryStore()})
	sent := sendTo(t, ctx, ada, bob, "hello")
	same(t, "form", protocol.DMVersionOf(sent.Body), protocol.DMv2)
	same(t, "is signed", sent.Sig, "")
	sendTo(t, ctx, ada, bob, "are you there?")
	same(t, "bob", received(t, ctx, bob), "hello|are you there?")
	answer := sendTo(t, ctx, bob, ada, "yes")
	begun, isFirst := sessionOf(t, answer.Body)
	same(t, "an answer begins nothing", isFirst, false)
	for message, err := range ada.DMs(ctx, &DMsOptions{Since: Start, NoFollow: true}) {
		ok(t, err)
		if !message.Sent {
			same(t, "text", message.Text, "yes")
			same(t, "proof", message.Proof, Proven)
		}
	}
	next, isFirst := sessionOf(t, sendTo(t, ctx, ada, bob, "good").Body)
	same(t, "after an answer", isFirst, false)
	same(t, "session", next, begun)
	same(t, "bob again", received(t, ctx, bob), "hello|are you there?|good")
	ok(t, bob.DeleteDM(ctx, sent.ID))
	same(t, "acknowledged", received(t, ctx, bob), "are you there?|good")
}

func TestWhoKeepsNoSessionsIsWrittenToAsBefore(t *testing.T) {
	ctx, ada, old := ctxOf(t), newcomer(t, &Options{Store: MemoryStore()}), newcomer(t, nil)
	same(t, "form", protocol.DMVersionOf(sendTo(t, ctx, ada, old, "plain").Body), protocol.DMv1)
	same(t, "old", received(t, ctx, old), "plain")
	same(t, "form back", protocol.DMVersionOf(sendTo(t, ctx, old, ada, "back").Body), protocol.DMv1)
	same(t, "ada", received(t, ctx, ada), "back")
}

func TestBothMayBeginAtOnceAndGoOnInOneSession(t *testing.T) {
	ctx, ada, bob := ctxOf(t), newcomer(t, &Options{Store: MemoryStore()}), newcomer(t, &Options{Store: MemoryStore()})
	sendTo(t, ctx, ada, bob, "me first")
	sendTo(t, ctx, bob, ada, "no, me")
	same(t, "ada", received(t, ctx, ada), "no, me")
	same(t, "bob", received(t, ctx, bob), "me first")
	sendTo(t, ctx, ada, bob, "after you")
	same(t, "bob", received(t, ctx, bob), "me first|after you")
	_, isFirst := sessionOf(t, sendTo(t, ctx, bob, ada, "thanks").Body)
	same(t, "begins another", isFirst, false)
	same(t, "ada", received(t, ctx, ada), "no, me|thanks")
}

func TestEachInstallationOfAnAgentReadsAMessageOfItsOwn(t *testing.T) {
	ctx, ada := ctxOf(t), newcomer(t, &Options{Store: MemoryStore()})
	phone := newcomer(t, &Options{Store: MemoryStore()})
	laptop := stranger(t, phone.Identity(), &Options{Store: MemoryStore()})
	_, err := laptop.Register(ctx, Registration{})
	ok(t, err)
	sent := sendTo(t, ctx, ada, phone, "to both")
	same(t, "copies", len(sent.Copies), 1)
	for name, agent := range map[string]*Agent{"phone": phone, "laptop": laptop} {
		heard := received(t, ctx, agent)
		same(t, name, strings.Count(heard, "to both") == 1 && strings.Count(heard, "prekey_unknown") == 1, true)
	}
}

func TestACiphertextThatComesAgainIsNotReadAgain(t *testing.T) {
	ctx, ada, bob := ctxOf(t), newcomer(t, &Options{Store: MemoryStore()}), newcomer(t, &Options{Store: MemoryStore()})
	mallory := newcomer(t, nil)
	sent := sendTo(t, ctx, ada, bob, "pay 5")
	for _, from := range []*Agent{ada, mallory} {
		in := of(input{"agent": bob.Identity().ID(), "body": sent.Body, "id": protocol.NewMessageID(from.transport.clock.now())})
		ok(t, from.transport.call(ctx, dmSend, in, nil, nil))
	}
	same(t, "bob", received(t, ctx, bob), "pay 5|already_read|wrong_identity")
	same(t, "bob again", received(t, ctx, bob), "pay 5|already_read|wrong_identity")
}

func TestTheSecretOfAOneTimePrekeyIsErasedWithTheMessageThatUsedIt(t *testing.T) {
	ctx, store := ctxOf(t), MemoryStore()
	ada, bob := newcomer(t, &Options{Store: MemoryStore()}), newcomer(t, &Options{Store: store})
	sendTo(t, ctx, ada, bob, "once")
	same(t, "bob", received(t, ctx, bob), "once")
	ok(t, store.Exclusively(ctx, func(kept Kept) error {
		made := changes{}
		names, err := kept.Names()
		for _, name := range names {
			if strings.HasPrefix(name, "session-") || strings.HasPrefix(name, "text-") {
				made.erase(name)
			}
		}
		same(t, "forgotten", len(made), 2)
		ok(t, kept.Write(made))
		return err
	}))
	same(t, "bob, who forgot", received(t, ctx, bob), "prekey_unknown")
}

func TestAServerThatHidesWhatWasAnnouncedIsRefusedAndGetsNothing(t *testing.T) {
	ctx := ctxOf(t)
	path := newNetwork()
	ada, bob := newcomer(t, &Options{Store: MemoryStore(), HTTPClient: path.client()}), newcomer(t, &Options{Store: MemoryStore()})
	sendTo(t, ctx, ada, bob, "hello")
	installations := regexp.MustCompile(`"installations":\[.*\]`)
	path.set(func(line string) fate {
		if !strings.HasPrefix(line, "GET /v1/prekeys/") {
			return fate{}
		}
		return fate{change: func(text string) string { return installations.ReplaceAllString(text, `"installations":[]`) }}
	})
	_, err := ada.DM(bob.Identity().ID()).Send(ctx, "secret")
	refused(t, err, DowngradeRefused)
	path.set(nil)
	same(t, "bob", received(t, ctx, bob), "hello")
}

func TestAServerThatGivesPrekeysOfItsOwnIsNoticed(t *testing.T) {
	ctx := ctxOf(t)
	path := newNetwork()
	ada, bob := newcomer(t, &Options{Store: MemoryStore(), HTTPClient: path.client()}), newcomer(t, &Options{Store: MemoryStore()})
	key := regexp.MustCompile(`"public_key":"[^"]{8}`)
	path.set(func(line string) fate {
		if !strings.HasPrefix(line, "POST /v1/prekeys/") {
			return fate{}
		}
		return fate{change: func(text string) string { return key.ReplaceAllString(text, `"public_key":"AAAAAAAA`) }}
	})
	_, err := ada.DM(bob.Identity().ID()).Send(ctx, "secret")
	refused(t, err, "prekey_invalid")
	path.set(nil)
	same(t, "bob", received(t, ctx, bob), "")
}

func TestProgramsThatComeOneAfterTheOtherGoOnInOneSession(t *testing.T) {
	ctx, folder := ctxOf(t), filepath.Join(t.TempDir(), "state")
	bob := newcomer(t, &Options{Store: FileStore(folder)})
	ada := newcomer(t, &Options{Store: MemoryStore()})
	first, _ := sessionOf(t, sendTo(t, ctx, ada, bob, "1").Body)
	same(t, "bob", received(t, ctx, bob), "1")
	for _, text := range []string{"2", "3"} {
		next := stranger(t, bob.Identity(), &Options{Store: FileStore(folder)})
		session, isFirst := sessionOf(t, sendTo(t, ctx, next, ada, text).Body)
		same(t, "session", session, first)
		same(t, "begins another", isFirst, false)
	}
	same(t, "ada", received(t, ctx, ada), "2|3")
	_, err := newcomerWith(t, FileStore(folder)).Register(ctx, Registration{})
	refused(t, err, StateUnusable)
}

// newcomerWith is somebody else who is given a store.
func newcomerWith(t *testing.T, store Store) *Agent {
	return stranger(t, NewIdentity(), &Options{Store: store})
}
