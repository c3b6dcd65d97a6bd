package protocol

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
)

// RequestParts are what a request's signature covers (RFC 9421, 2.2).
type RequestParts struct {
	Method string
	// Authority is host and port, lower case, without the scheme's default port.
	Authority string
	// Path is as it is sent, percent signs and all.
	Path string
	// Query begins with its question mark; it is "?" where there is none.
	Query string
	// ContentDigest is empty for a request without a body.
	ContentDigest string
}

var always = []string{"@method", "@authority", "@path", "@query"}

// ContentDigest is the Content-Digest of a body (RFC 9530).
func ContentDigest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + ToBase64(sum[:]) + ":"
}

// SignatureBase gives the bytes that are signed (RFC 9421, 2.5). parameters: the value of @signature-params.
func SignatureBase(covered []string, parameters string, parts RequestParts) []byte {
	values := map[string]string{
		"@method": parts.Method, "@authority": parts.Authority, "@path": parts.Path, "@query": parts.Query,
		"content-digest": parts.ContentDigest,
	}
	var base strings.Builder
	for _, name := range covered {
		fmt.Fprintf(&base, "%q: %s\n", name, values[name])
	}
	fmt.Fprintf(&base, "%q: %s", "@signature-params", parameters)
	return []byte(base.String())
}

// SignRequest gives the headers that sign a request (spec/signing.md#rfc-9421). now: milliseconds; keyID: the agent's UUID unless given;
// nonce: a new one unless given. parts.ContentDigest is made here of a body that is not empty.
func SignRequest(identity *Identity, parts RequestParts, body []byte, now int64, keyID, nonce string) http.Header {
	if keyID == "" {
		keyID = identity.ID()
	}
	if nonce == "" {
		nonce = NewNonce()
	}
	headers := http.Header{}
	covered := always
	if len(body) > 0 {
		parts.ContentDigest = ContentDigest(body)
		covered = append(append([]string{}, always...), "content-digest")
		headers.Set("Content-Digest", parts.ContentDigest)
	}
	parameters := fmt.Sprintf(`("%s");created=%d;nonce="%s";keyid="%s";tag="aicq"`,
		strings.Join(covered, `" "`), now/1000, nonce, keyID)
	headers.Set("Signature-Input", "aicq="+parameters)
	headers.Set("Signature", "aicq=:"+ToBase64(identity.Sign(SignatureBase(covered, parameters, parts)))+":")
	return headers
}

// NewNonce gives 32 hexadecimal digits, good for either way of signing.
func NewNonce() string { return hex.EncodeToString(randomBytes(16)) }

// V0Payload gives the bytes that X-AICQ-Signature signs; an empty body signs {} (spec/signing.md#v0). timestamp: milliseconds.
func V0Payload(body []byte, nonce string, timestamp int64) []byte {
	if len(body) == 0 {
		body = []byte("{}")
	}
	return fmt.Appendf(nil, "%x|%s|%d", sha256.Sum256(body), nonce, timestamp)
}
