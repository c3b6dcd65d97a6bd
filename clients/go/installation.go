package aicq

import (
	"fmt"
	"slices"

	"github.com/aicq/aicq/clients/go/protocol"
)

// keptPrekey is the secret half of a prekey of ours. Expires: milliseconds.
type keptPrekey struct {
	protocol.PrekeySecret
	Expires int64 `json:"expires"`
}

// keyInstallation is an installation of an agent by one key of it.
type keyInstallation struct {
	// Key is the did:key for which the prekeys were made.
	Key          string       `json:"key"`
	Installation string       `json:"installation"`
	Prekeys      []keptPrekey `json:"prekeys"`
}

// ownInstallation: one store, one installation; those that it was by earlier keys of the agent are kept as long as they may be written to.
type ownInstallation struct {
	keyInstallation
	Agent string `json:"agent"`
	// Former: the latest first.
	Former []keyInstallation `json:"former,omitempty"`
}

const installationName = "installation"

// readOwn gives the installation as it is kept, by whatever key of the agent. Errors: state_unusable.
func readOwn(kept Kept, agent string) (ownInstallation, bool, error) {
	ours, ok, err := readKept[ownInstallation](kept, installationName)
	if err == nil && ok && ours.Agent != agent {
		detail := fmt.Sprintf("the state that was given belongs to agent %s, and not to %s", ours.Agent, agent)
		err = clientError(StateUnusable, detail, nil)
	}
	return ours, ok, err
}

// readInstallation gives our installation by our present key, and whether it is new: then it is not kept yet. Errors: state_unusable.
func readInstallation(kept Kept, identity *Identity) (ours ownInstallation, isNew bool, err error) {
	before, ok, err := readOwn(kept, identity.ID())
	if err != nil || (ok && before.Key == identity.DID()) {
		return before, false, err
	}
	ours = ownInstallation{Agent: identity.ID()}
	ours.Key, ours.Installation = identity.DID(), protocol.NewUUID()
	if ok {
		ours.Former = before.all()
	}
	return ours, true, nil
}

// all are the installations by every key of the agent, the present one first.
func (o ownInstallation) all() []keyInstallation {
	return append([]keyInstallation{o.keyInstallation}, o.Former...)
}

// without is the installation without the prekeys that isGone tells, and what it was by earlier keys without them too.
func (o ownInstallation) without(isGone func(keptPrekey) bool) ownInstallation {
	left := func(one keyInstallation) keyInstallation {
		one.Prekeys = slices.DeleteFunc(slices.Clone(one.Prekeys), isGone)
		return one
	}
	now := ownInstallation{keyInstallation: left(o.keyInstallation), Agent: o.Agent}
	for _, one := range o.Former {
		if one = left(one); len(one.Prekeys) > 0 {
			now.Former = append(now.Former, one)
		}
	}
	return now
}

// withoutOld is the installation without the prekeys that can no longer be needed.
func (o ownInstallation) withoutOld(now int64) ownInstallation {
	return o.without(func(prekey keptPrekey) bool { return now >= prekey.Expires+longestDMLife })
}

func (i keyInstallation) prekey(id string) (protocol.PrekeySecret, bool) {
	at := slices.IndexFunc(i.Prekeys, func(one keptPrekey) bool { return one.ID == id })
	if at < 0 {
		return protocol.PrekeySecret{}, false
	}
	return i.Prekeys[at].PrekeySecret, true
}
