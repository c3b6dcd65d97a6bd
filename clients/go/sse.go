package aicq

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// frame is one of Server-Sent Events. hasData tells data that is empty from none.
type frame struct {
	id, data string
	hasData  bool
}

// longestFrame is how many bytes a line and a frame have at most: one that never ends must not fill the memory.
const longestFrame = 4 * 1024 * 1024

// frames reads text/event-stream (WHATWG HTML, 9.2.6).
type frames struct {
	lines *bufio.Scanner
}

func framesOf(body io.Reader) *frames {
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 4096), longestFrame)
	lines.Split(splitLines)
	return &frames{lines}
}

// splitLines takes lines that end with a line feed, with or without a carriage return before it, or with a carriage return alone.
func splitLines(data []byte, atEnd bool) (int, []byte, error) {
	for at, one := range data {
		switch {
		case one == '\n':
			return at + 1, data[:at], nil
		case one == '\r' && at+1 < len(data) && data[at+1] == '\n':
			return at + 2, data[:at], nil
		case one == '\r' && at+1 < len(data):
			return at + 1, data[:at], nil
		}
	}
	if atEnd {
		return len(data), nil, nil // what is not ended is not told
	}
	return 0, nil, nil
}

// next gives the next frame that says something. Errors: io.EOF, that of the connection, that a frame is too long.
func (f *frames) next() (frame, error) {
	made, hasAny := frame{}, false
	for f.lines.Scan() {
		line := f.lines.Text()
		if line == "" {
			if hasAny {
				return made, nil
			}
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case name == "id" && !strings.Contains(value, "\x00"):
			made.id, hasAny = value, true
		case name == "data" && made.hasData:
			made.data += "\n" + value
		case name == "data":
			made.data, made.hasData, hasAny = value, true, true
		}
		if len(made.data) > longestFrame {
			return made, errors.New("a frame is too long")
		}
	}
	if err := f.lines.Err(); err != nil {
		return made, err
	}
	return made, io.EOF
}
