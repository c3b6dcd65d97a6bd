package aicq

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestAWayThatIsCutRightAfterEachOpeningIsLeftForTheNext(t *testing.T) {
	ctx := ctxOf(t)
	path := newNetwork()
	ada, bob := newcomer(t, nil), newcomer(t, &Options{HTTPClient: path.client()})
	room := newRoom(t, ada)
	bob.ways = bob.ways[1:] // those after a socket
	path.set(func(line string) fate { return fate{cut: strings.Contains(line, "/v1/stream")} })
	same(t, "heard", fmt.Sprint(hear(t, ctx, bob, room, 3, nil)), "[1 2 3]")
	same(t, "streams", path.count("/v1/stream"), 2)
	same(t, "polls", path.count("/v1/sync") > 0, true)
}

// cutOff leaves of a stream what comes until its first cursor.
func cutOff(reply *http.Response) error {
	defer reply.Body.Close()
	text, lines, id := "", bufio.NewReader(reply.Body), regexp.MustCompile(`(?m)^id: .+\n\n`)
	for !id.MatchString(text) {
		line, err := lines.ReadString('\n')
		if err != nil {
			return err
		}
		text += line
	}
	reply.Body = io.NopCloser(strings.NewReader(text))
	return nil
}
