package aicq

import (
	"slices"
	"strings"
	"time"

	"github.com/aicq/aicq/clients/go/protocol"
)

// longestDMLife is after how many milliseconds no direct message comes any more, on any server; so long are secrets of old prekeys and read
// texts kept.
var longestDMLife = (31 * 24 * time.Hour).Milliseconds()

// mostSessions with one agent are kept; the one that was used longest ago goes first.
const mostSessions = 16

// peerState is what is known of an agent that we write with. That there is one says that it has announced aicq-dm-v2.
type peerState struct {
	// Sessions: the one in which it was read or written last comes last.
	Sessions []sessionPlace `json:"sessions"`
}

// sessionPlace is a session of a peer.
type sessionPlace struct {
	ID           string `json:"id"`
	Installation string `json:"installation"`
	// Key is the did:key of the peer.
	Key string `json:"key"`
	// Until, before the peer has answered, is when its prekey expires (ms), after which it may not be able to read us.
	Until int64 `json:"until,omitempty"`
	// Broken: too much is missing, or we have another key than when it began, so that another session has to be begun.
	Broken bool `json:"broken,omitempty"`
}

// keptText is one that was read and is not acknowledged yet: its key is gone.
type keptText struct {
	Text string `json:"text"`
	From string `json:"from"`
	// End is that of its body, so that it is shown for no other.
	End string `json:"end"`
}

func peerName(agent string) string   { return "peer-" + agent }
func sessionName(id string) string   { return "session-" + id }
func textName(message string) string { return "text-" + message }

func readPeer(kept Kept, agent string) (peerState, bool, error) {
	return readKept[peerState](kept, peerName(agent))
}

func readSession(kept Kept, id string) (protocol.Session, bool, error) {
	return readKept[protocol.Session](kept, sessionName(id))
}

// sessionChange keeps a session as the one that was used last; one that is broken stays so.
func sessionChange(peer peerState, session protocol.Session, until int64, isBroken bool) changes {
	made := changes{}.put(sessionName(session.ID), session)
	place := sessionPlace{session.ID, session.Peer.Installation, session.Peer.Key, until, isBroken}
	var all []sessionPlace
	for _, one := range peer.Sessions {
		if one.ID == session.ID {
			place.Broken = place.Broken || one.Broken
		} else {
			all = append(all, one)
		}
	}
	all = append(all, place)
	for len(all) > mostSessions {
		made.erase(sessionName(all[0].ID))
		all = all[1:]
	}
	return made.put(peerName(session.Peer.Agent), peerState{all})
}

// endedSessions are the changes after which nothing is said in the sessions that there are; what comes in them is read.
func endedSessions(kept Kept) (changes, error) {
	made := changes{}
	names, err := kept.Names()
	for _, name := range names {
		agent, isPeer := strings.CutPrefix(name, "peer-")
		if !isPeer || err != nil {
			continue
		}
		var peer peerState
		if peer, _, err = readPeer(kept, agent); err == nil {
			sessions := slices.Clone(peer.Sessions)
			for nth := range sessions {
				sessions[nth].Broken = true
			}
			made.put(name, peerState{sessions})
		}
	}
	return made, err
}

// withoutOldTexts erases texts of messages that are no longer anywhere. now: milliseconds.
func withoutOldTexts(kept Kept, now int64) (changes, error) {
	made := changes{}
	names, err := kept.Names()
	for _, name := range names {
		id, isText := strings.CutPrefix(name, "text-")
		if isText && protocol.IsMessageID(id) && protocol.MessageIDTime(id) < now-longestDMLife {
			made.erase(name)
		}
	}
	return made, err
}
