package protocol

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

func TestASolutionIsFoundAndHasTheBitsThatWereAskedFor(t *testing.T) {
	for _, bits := range []int{0, 1, 7, 8, 9, 13} {
		order := WorkOrder{bits, fmt.Sprintf("a challenge of %d", bits)}
		solution, err := DoWork(context.Background(), order)
		same(t, "error", err, nil)
		written := strings.Builder{}
		for _, one := range sha256.Sum256([]byte("aicq:pow:1:" + order.Challenge + ":" + solution)) {
			fmt.Fprintf(&written, "%08b", one)
		}
		same(t, "zeros", strings.HasPrefix(written.String(), strings.Repeat("0", bits)), true)
		same(t, "done", IsWorkDone(order, solution), true)
	}
}

func TestWorkWithoutEndIsNotBegunAndWorkCanBeStopped(t *testing.T) {
	for _, bits := range []int{-1, 31, 256} {
		if _, err := DoWork(context.Background(), WorkOrder{bits, "c"}); err == nil {
			t.Errorf("%d bits are worked for", bits)
		}
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	_, err := DoWork(stopped, WorkOrder{30, "c"})
	same(t, "error", err, context.Canceled)
}

func TestTheVectorsAreSolvedByTheSameNumberAndJudgedAlike(t *testing.T) {
	known := vectors[struct {
		Orders []struct {
			WorkOrder
			First string `json:"first"`
		} `json:"orders"`
		Solutions []struct {
			WorkOrder
			Solution string `json:"solution"`
			Expect   string `json:"expect"`
		} `json:"solutions"`
	}](t, "work.json")
	for _, order := range known.Orders {
		solution, err := DoWork(context.Background(), order.WorkOrder)
		same(t, "error", err, nil)
		same(t, "first", solution, order.First)
	}
	for _, one := range known.Solutions {
		same(t, one.Solution, IsWorkDone(one.WorkOrder, one.Solution), one.Expect == "accepted")
	}
	same(t, "enough", len(known.Solutions) > 20, true)
}
