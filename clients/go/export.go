package aicq

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"

	"github.com/aicq/aicq/clients/go/protocol"
)

// Exported is one line of an export (spec/leaving.md#export).
type Exported struct {
	// Section is manifest, the name of a section, or checksums.
	Section string
	Data    json.RawMessage
	// Line is the line as it was sent, over which checksums go, without its end.
	Line string
}

// Export gives everything that the server holds about this agent, line by line as it comes. The checksums are checked on the way: an export
// that is not whole, or not what they say, ends with export_damaged.
func (a *Agent) Export(ctx context.Context) iter.Seq2[Exported, error] {
	return func(yield func(Exported, error) bool) {
		self, err := a.self()
		if err != nil {
			yield(Exported{}, err)
			return
		}
		reading, stop := context.WithCancel(ctx)
		defer stop()
		reply, err := a.transport.open(reading, agentExport, of(input{"agent": self}), nil)
		if err != nil {
			yield(Exported{}, err)
			return
		}
		defer reply.Body.Close()
		hasLeft, err := readExport(reply.Body, yield)
		if hasLeft || err == nil {
			return
		}
		if ctx.Err() != nil {
			yield(Exported{}, context.Cause(ctx))
			return
		}
		damaged := clientError(ExportDamaged, err.Error(), err)
		damaged.Retryable = true
		yield(Exported{}, damaged)
	}
}

func readExport(body io.Reader, yield func(Exported, error) bool) (hasLeft bool, err error) {
	check := &protocol.ExportCheck{}
	for reader := bufio.NewReader(body); ; {
		line, err := readLine(reader)
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return false, check.End()
		}
		if err != nil {
			return false, err // what is not ended broke off
		}
		line = bytes.TrimSuffix(line, []byte{'\n'})
		parsed, err := check.Add(line)
		if err != nil {
			return false, err
		}
		if !yield(Exported{parsed.Section, parsed.Data, string(line)}, nil) {
			return true, nil
		}
	}
}

// longestLine is how many bytes a line of an export has at most: one that never ends must not fill the memory.
const longestLine = 16 * 1024 * 1024

// readLine reads a line with its end.
func readLine(reader *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := reader.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > longestLine {
			return line, errors.New("a line of the export is too long")
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
