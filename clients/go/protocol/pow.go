package protocol

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/bits"
	"strconv"
)

// MostWork is how many bits of proof of work are done at most: 2^30 attempts take some minutes.
const MostWork = 30

// WorkOrder is what a server asks of a key before it takes it (spec/registration.md#proof-of-work).
type WorkOrder struct {
	// Bits are the zero bits with which SHA-256("aicq:pow:1:" challenge ":" solution) has to begin.
	Bits int `json:"bits"`
	// Challenge is for this key, at this server, until it expires.
	Challenge string `json:"challenge"`
}

// IsWorkDone tells whether the hash of challenge and solution begins with so many zero bits.
func IsWorkDone(order WorkOrder, solution string) bool {
	return leadingZeros(sha256.Sum256([]byte("aicq:pow:1:"+order.Challenge+":"+solution))) >= order.Bits
}

// DoWork finds a solution, after 2^bits attempts on average. Errors: more than MostWork bits; that of ctx.
func DoWork(ctx context.Context, order WorkOrder) (string, error) {
	if order.Bits < 0 || order.Bits > MostWork {
		return "", fmt.Errorf("a proof of work of %d bits is not done; %d at most", order.Bits, MostWork)
	}
	for attempt := int64(0); ; attempt++ {
		if attempt%10_000 == 0 && ctx.Err() != nil {
			return "", ctx.Err()
		}
		if solution := strconv.FormatInt(attempt, 10); IsWorkDone(order, solution) {
			return solution, nil
		}
	}
}

func leadingZeros(hash [32]byte) int {
	for at, one := range hash {
		if one != 0 {
			return at*8 + bits.LeadingZeros8(one)
		}
	}
	return len(hash) * 8
}
