package aicq

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestFramesAreReadHoweverTheyWereCut(t *testing.T) {
	text := "retry: 2000\n\n: a comment\nid: 1\n\nid:2\r\ndata: {\"a\":1}\r\n\r\ndata: one\rdata:two\r\r\nid: 4\ndata:\n\ndata: not ended"
	for _, body := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
		frames := framesOf(body)
		for _, want := range []frame{{"1", "", false}, {"2", `{"a":1}`, true}, {"", "one\ntwo", true}, {"4", "", true}} {
			got, err := frames.next()
			ok(t, err)
			same(t, "frame", got, want)
		}
		_, err := frames.next()
		same(t, "end", errors.Is(err, io.EOF), true)
	}
}

func TestAFrameThatNeverEndsDoesNotFillTheMemory(t *testing.T) {
	for _, text := range []string{"data: " + strings.Repeat("x", longestFrame), strings.Repeat("data: "+strings.Repeat("x", 1<<20)+"\n", 6)} {
		if _, err := framesOf(strings.NewReader(text)).next(); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("it is read, or ends: %v", err)
		}
	}
}
