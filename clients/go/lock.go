package aicq

import (
	"context"
	"time"
)

// lockFile locks a file against all other programs, and everybody else in this one; gives what unlocks it. A holder that ended without
// unlocking holds it no longer: the system sees to that. Errors: state_in_use, that of ctx.
func lockFile(ctx context.Context, path string) (func(), error) {
	for until := time.Now().Add(lockPatient); ; {
		unlock, isFree, err := tryLock(path)
		if err != nil || isFree {
			return unlock, err
		}
		if time.Now().After(until) {
			failed := clientError(StateInUse, "another program holds "+path, nil)
			failed.Retryable = true
			return nil, failed
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return nil, err
		}
	}
}
