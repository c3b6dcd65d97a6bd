package aicq

import (
	"context"
	"time"

	"github.com/aicq/aicq/clients/go/protocol"
)

const (
	// oneTimePrekeys are those that a server should have: so many are made when there are fewer than half.
	oneTimePrekeys = 50
	// mostInstallations of an agent are kept by a server.
	mostInstallations = 8
)

var (
	// prekeyLife is for how many milliseconds a prekey is good: what every server allows.
	prekeyLife = (28 * 24 * time.Hour).Milliseconds()
	// prekeyRenewal is after how many milliseconds the signed and the last-resort prekey are renewed.
	prekeyRenewal = (7 * 24 * time.Hour).Milliseconds()
)

// published is an installation of ours as a server has it.
type published struct {
	Installation string           `json:"installation"`
	Signed       *protocol.Prekey `json:"signed"`
	LastResort   *protocol.Prekey `json:"last_resort"`
	OneTime      int              `json:"one_time"`
}

// keepPrekeys makes sure that others can begin sessions with this installation: makes it if there is none, renews what is old and fills up
// what was used. Secrets are kept before their other halves are published.
func (s *sessions) keepPrekeys(ctx context.Context) error {
	var mine struct {
		Installations []published `json:"installations"`
	}
	if err := s.transport.call(ctx, prekeysMine, nothing, &mine, nil); err != nil {
		return err
	}
	var installation string
	var own *published
	var fresh []protocol.Prekey
	err := s.store.Exclusively(ctx, func(kept Kept) (err error) {
		installation, own, fresh, err = s.makePrekeys(kept, mine.Installations)
		return err
	})
	if err != nil || len(fresh) == 0 {
		return err
	}
	if own == nil {
		if err := s.makeRoom(ctx, mine.Installations); err != nil {
			return err
		}
	}
	in := of(input{"installation": installation, "prekeys": fresh})
	err = s.transport.call(ctx, prekeysPublish, in, nil, repeatably)
	if own != nil && CodeOf(err) == "quota_reached" {
		return nil // another program with this installation has filled it up meanwhile
	}
	return err
}

// makePrekeys makes what is missing, and keeps its secrets.
func (s *sessions) makePrekeys(kept Kept, mine []published) (string, *published, []protocol.Prekey, error) {
	now := s.transport.clock.now()
	ours, isNew, err := readInstallation(kept, s.identity)
	if err != nil {
		return "", nil, nil, err
	}
	var own *published
	for nth := range mine {
		if mine[nth].Installation == ours.Installation {
			own = &mine[nth]
		}
	}
	var fresh []protocol.Prekey
	for _, purpose := range ours.missing(own, now) {
		use := protocol.Prekey{Purpose: purpose, Installation: ours.Installation, Created: now, Expires: now + prekeyLife}
		prekey, secret, err := protocol.NewPrekey(s.identity, use, protocol.RandomSecret)
		if err != nil {
			return "", nil, nil, err
		}
		fresh = append(fresh, prekey)
		ours.Prekeys = append(ours.Prekeys, keptPrekey{secret, prekey.Expires})
	}
	made := changes{}.put(installationName, ours.withoutOld(now))
	if isNew {
		ended, err := endedSessions(kept)
		if err != nil {
			return "", nil, nil, err
		}
		made.and(ended)
	}
	old, err := withoutOldTexts(kept, now)
	if err != nil {
		return "", nil, nil, err
	}
	return ours.Installation, own, fresh, kept.Write(made.and(old))
}

// missing is what has to be made. A prekey at the server whose secret we have not is as good as none.
func (i keyInstallation) missing(own *published, now int64) []string {
	isGood := func(prekey *protocol.Prekey) bool {
		if prekey == nil || now >= prekey.Created+prekeyRenewal {
			return false
		}
		_, ok := i.prekey(prekey.ID)
		return ok
	}
	var purposes []string
	if own == nil {
		own = &published{}
	}
	if !isGood(own.Signed) {
		purposes = append(purposes, "signed")
	}
	if !isGood(own.LastResort) {
		purposes = append(purposes, "last-resort")
	}
	if own.OneTime*2 < oneTimePrekeys {
		for range oneTimePrekeys - own.OneTime {
			purposes = append(purposes, "one-time")
		}
	}
	return purposes
}

// makeRoom gives up the installation that was not heard of for the longest time, where there are as many as may be.
func (s *sessions) makeRoom(ctx context.Context, all []published) error {
	if len(all) < mostInstallations {
		return nil
	}
	oldest := all[0]
	for _, one := range all {
		if one.Signed != nil && oldest.Signed != nil && one.Signed.Created < oldest.Signed.Created {
			oldest = one
		}
	}
	return s.transport.call(ctx, prekeysWithdraw, of(input{"installation": oldest.Installation}), nil, repeatably)
}
