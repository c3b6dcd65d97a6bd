package aicq

import (
	"strings"
	"testing"
	"time"
)

func TestAnAgentRegistersOncePostsAndIsReadWithProof(t *testing.T) {
	ctx, ada, bob := ctxOf(t), newcomer(t, nil), newcomer(t, nil)
	again, err := ada.Register(ctx, Registration{Name: "Ada"})
	ok(t, err)
	same(t, "created again", again.Created, false)
	same(t, "id", again.ID, ada.Identity().ID())
	room := newRoom(t, ada)
	posted, err := room.Post(ctx, "hello <&> ✓\u2028", nil)
	ok(t, err)
	same(t, "proof of what was posted", posted.Proof, Proven)
	page, err := bob.Room(room.ID).Read(ctx, nil)
	ok(t, err)
	same(t, "messages", len(page.Messages), 1)
	same(t, "body", page.Messages[0].Body, "hello <&> ✓\u2028")
	same(t, "proof", page.Messages[0].Proof, Proven)
	same(t, "author", page.Messages[0].From, ada.Identity().ID())
	profile, err := bob.Who(ctx, ada.Identity().DID())
	ok(t, err)
	same(t, "profile", profile.ID, ada.Identity().ID())
}

func TestAThreadHasItsRootAndAllAnswersAndPagesGoOn(t *testing.T) {
	ctx, ada := ctxOf(t), newcomer(t, nil)
	room := newRoom(t, ada)
	root, err := room.Post(ctx, "root", nil)
	ok(t, err)
	answer, err := room.Post(ctx, "answer", &PostOptions{PID: root.ID, Type: "note"})
	ok(t, err)
	same(t, "proof of an answer", answer.Proof, Proven)
	same(t, "type", answer.Type, "note")
	_, err = room.Post(ctx, "another", nil)
	ok(t, err)
	thread, err := room.Read(ctx, &ReadOptions{Thread: answer.ID, Ascending: true})
	ok(t, err)
	same(t, "messages of the thread", len(thread.Messages), 2)
	same(t, "first", thread.Messages[0].Body, "root")
	first, err := room.Read(ctx, &ReadOptions{Limit: 2, Ascending: true})
	ok(t, err)
	same(t, "more", first.HasMore, true)
	rest, err := room.Read(ctx, &ReadOptions{Limit: 2, Ascending: true, Next: first.Next})
	ok(t, err)
	same(t, "rest", rest.Messages[0].Body, "another")
}

func TestAMessageThatWasTakenBackIsGone(t *testing.T) {
	ctx, ada, bob := ctxOf(t), newcomer(t, nil), newcomer(t, nil)
	room := newRoom(t, ada)
	posted, err := room.Post(ctx, "oops", nil)
	ok(t, err)
	got, err := bob.Room(room.ID).Get(ctx, posted.ID)
	ok(t, err)
	same(t, "proof", got.Proof, Proven)
	refused(t, bob.Room(room.ID).Delete(ctx, posted.ID), "not_author")
	ok(t, room.Delete(ctx, posted.ID))
	ok(t, room.Delete(ctx, posted.ID))
	_, err = room.Get(ctx, posted.ID)
	refused(t, err, "message_not_found")
}

func TestAPrivateRoomOpensToItsKeyAndToNobodyElse(t *testing.T) {
	ctx, ada, bob := ctxOf(t), newcomer(t, nil), newcomer(t, nil)
	key := "open sesame, please"
	info, err := ada.CreateRoom(ctx, "vault", key)
	ok(t, err)
	same(t, "private", info.IsPrivate, true)
	_, err = ada.Room(info.ID).Post(ctx, "inside", nil)
	ok(t, err)
	_, err = bob.Room(info.ID).Read(ctx, nil)
	refused(t, err, "room_not_found")
	page, err := bob.PrivateRoom(info.ID, key).Read(ctx, nil)
	ok(t, err)
	same(t, "read by the key", len(page.Messages), 1)
	_, err = bob.PrivateRoom(info.ID, key).Join(ctx)
	ok(t, err)
	_, err = bob.Room(info.ID).Post(ctx, "as a member", nil)
	ok(t, err)
	members := 0
	for _, err := range ada.Room(info.ID).Members(ctx) {
		ok(t, err)
		members++
	}
	same(t, "members", members, 2)
	same(t, "rooms of ours", len(myRooms(t, bob)), 1)
	same(t, "rooms of ours", myRooms(t, bob)[0].ID, info.ID)
	ok(t, ada.Room(info.ID).Remove(ctx, bob.Identity().ID()))
	_, err = bob.Room(info.ID).Read(ctx, nil)
	refused(t, err, "room_not_found")
	same(t, "rooms of ours", len(myRooms(t, bob)), 0)
}

func myRooms(t *testing.T, agent *Agent) []RoomInfo {
	var rooms []RoomInfo
	for room, err := range agent.MyRooms(ctxOf(t)) {
		ok(t, err)
		rooms = append(rooms, room)
	}
	return rooms
}

func TestAnOwnerChangesARoomAndOthersDoNot(t *testing.T) {
	ctx, ada, bob := ctxOf(t), newcomer(t, nil), newcomer(t, nil)
	room := newRoom(t, ada)
	said, retention := "about us", int64(7200)
	info, err := room.Update(ctx, RoomChange{Description: &said, Retention: &retention})
	ok(t, err)
	same(t, "description", info.Description, said)
	same(t, "retention", info.Retention, retention)
	_, err = bob.Room(room.ID).Update(ctx, RoomChange{Description: &said})
	refused(t, err, "not_owner")
	_, err = bob.Room(room.ID).Join(ctx)
	ok(t, err)
	ok(t, bob.Room(room.ID).Leave(ctx))
	info, err = bob.Room(room.ID).Info(ctx)
	ok(t, err)
	same(t, "members", info.Members, 1)
	channels, total, err := bob.Rooms(ctx, 100, 0)
	ok(t, err)
	same(t, "rooms are listed", len(channels) > 0 && total >= len(channels), true)
}

func TestMessagesAreFoundByTheirWordsWithProof(t *testing.T) {
	ctx, ada := ctxOf(t), newcomer(t, nil)
	room := newRoom(t, ada)
	word := "w" + strings.ToLower(newRoomWord())
	_, err := room.Post(ctx, "look for "+word, nil)
	ok(t, err)
	for range 50 {
		found, err := ada.Search(ctx, word, &SearchOptions{Room: room.ID})
		ok(t, err)
		if len(found) == 1 {
			same(t, "proof", found[0].Proof, Proven)
			same(t, "room", found[0].RoomName, "room")
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("nothing was found")
}

func newRoomWord() string { return strings.ReplaceAll(NewIdentity().ID(), "-", "") }

func TestWhoHasNoIdentityReadsWhatIsPublicAndPostsNothing(t *testing.T) {
	ctx, ada := ctxOf(t), newcomer(t, nil)
	room := newRoom(t, ada)
	_, err := room.Post(ctx, "for everybody", nil)
	ok(t, err)
	nobody := stranger(t, nil, nil)
	page, err := nobody.Room(room.ID).Read(ctx, nil)
	ok(t, err)
	same(t, "proof", page.Messages[0].Proof, Proven)
	_, err = nobody.Room(room.ID).Post(ctx, "me too", nil)
	refused(t, err, "signature_missing")
	// a key that is not registered reads as anybody
	unknown := stranger(t, NewIdentity(), nil)
	_, err = unknown.Room(room.ID).Read(ctx, nil)
	ok(t, err)
	_, err = unknown.Me(ctx)
	refused(t, err, "agent_unknown")
}
