package protocol

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// ErrNoCanonicalForm says that a text is not UTF-8, so that nothing of it can be signed.
var ErrNoCanonicalForm = errors.New("what is not valid UTF-8 has no canonical JSON (RFC 8785)")

// canonical is the RFC 8785 canonical JSON of an object of texts and whole numbers, which all signed things are. Names are ASCII, so that
// their order by bytes is that of the RFC.
func canonical(members map[string]any) ([]byte, error) {
	out := []byte{'{'}
	for nth, name := range slices.Sorted(maps.Keys(members)) {
		if nth > 0 {
			out = append(out, ',')
		}
		out = append(appendText(out, name), ':')
		switch value := members[name].(type) {
		case string:
			if !utf8.ValidString(value) {
				return nil, ErrNoCanonicalForm
			}
			out = appendText(out, value)
		case int64:
			out = strconv.AppendInt(out, value, 10)
		default:
			return nil, fmt.Errorf("%s has no canonical form here", name)
		}
	}
	return append(out, '}'), nil
}

var escapes = map[byte]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

func appendText(out []byte, text string) []byte {
	out = append(out, '"')
	for at := range len(text) {
		char := text[at]
		if escape, ok := escapes[char]; ok {
			out = append(out, escape...)
		} else if char < 0x20 {
			out = fmt.Appendf(out, `\u%04x`, char)
		} else {
			out = append(out, char)
		}
	}
	return append(out, '"')
}
