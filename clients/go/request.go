package aicq

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/aicq/aicq/clients/go/protocol"
)

// input is the flat object of an operation: path parameters, query or body.
type input map[string]any

var parameter = regexp.MustCompile(`\{(\w+)\}`)

// parseBase reads the address of a server, its host in the form in which it is signed.
func parseBase(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Hostname() == "" {
		return nil, fmt.Errorf("%q is no http or https URL", text)
	}
	host, port := strings.ToLower(base.Hostname()), base.Port()
	if port == map[string]string{"http": "80", "https": "443"}[base.Scheme] {
		port = ""
	}
	if port != "" {
		host = net.JoinHostPort(host, port)
	} else if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return &url.URL{Scheme: base.Scheme, Host: host}, nil
}

// request makes the request of an operation, signed if need be.
func (t *transport) request(ctx context.Context, op operation, in input, signs bool, options callOptions) (*http.Request, error) {
	rest := make(input, len(in))
	for name, value := range in {
		rest[name] = value
	}
	path := "/v1" + parameter.ReplaceAllStringFunc(op.path, func(found string) string {
		name := found[1 : len(found)-1]
		value := fmt.Sprint(rest[name])
		delete(rest, name)
		return strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(value), "+", "%20"), "%3A", ":")
	})
	target := t.base.String() + path
	var body []byte
	if op.method != "GET" && op.method != "DELETE" && !op.noBody {
		var err error
		if body, err = bodyOf(rest); err != nil {
			return nil, err
		}
	} else if query := queryOf(rest); query != "" {
		target += "?" + query
	}
	request, err := http.NewRequestWithContext(ctx, op.method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	} else {
		request.Body, request.GetBody, request.ContentLength = http.NoBody, nil, 0
	}
	if options.traceparent != "" {
		request.Header.Set("traceparent", options.traceparent)
	}
	if options.roomKey != "" && op.takesRoomKey {
		request.Header.Set("X-AICQ-Room-Key", options.roomKey)
	}
	if len(options.roomKeys) > 0 && op.takesRoomKeys {
		keys, err := json.Marshal(options.roomKeys)
		if err != nil {
			return nil, err
		}
		request.Header.Set("X-AICQ-Room-Keys", string(keys))
	}
	if t.identity != nil && signs && isSigned(op, in) {
		parts := protocol.RequestParts{
			Method: op.method, Authority: t.base.Host, Path: request.URL.EscapedPath(), Query: "?" + request.URL.RawQuery,
		}
		for name, values := range protocol.SignRequest(t.identity, parts, body, t.clock.now(), options.keyID, "") {
			request.Header[name] = values
		}
	}
	return request, nil
}

// textOf writes JSON as short as it can be: what browsers must not see in a page is not escaped, since requests have a size.
func textOf(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
}

// queryOf writes a query; lists are comma-separated (spec/realtime.md#interest).
func queryOf(in input) string {
	query := url.Values{}
	for name, value := range in {
		if list, isList := value.([]string); isList {
			query.Set(name, strings.Join(list, ","))
		} else {
			query.Set(name, fmt.Sprint(value))
		}
	}
	return query.Encode()
}

// isSigned: what anybody may read is read unsigned; a private room has to know who asks, and one message, whether its author does.
func isSigned(op operation, in input) bool {
	switch {
	case op.caller == author:
		_, provesItself := in["sig"]
		return !provesItself
	case op.caller == signed || op.takesRoomKeys || op.name == messageGet.name || op.name == rpc.name:
		return true
	}
	return op.takesRoomKey && in["room"] != GlobalRoom
}

// mostReply is how many bytes of a reply are read: one that never ends must not fill the memory.
const mostReply = 64 * 1024 * 1024

// readReply reads a whole reply into out, which may be nil.
func readReply(reply *http.Response, out any) error {
	defer reply.Body.Close()
	text, err := io.ReadAll(io.LimitReader(reply.Body, mostReply))
	if err != nil {
		return err
	}
	isSuccess := reply.StatusCode/100 == 2
	var failed *Error
	if !isSuccess {
		failed = problemOf(text, reply.StatusCode)
	}
	isUnwell := reply.StatusCode == http.StatusServiceUnavailable && failed == nil // health says how unwell it is
	if isSuccess || isUnwell {
		if out == nil || reply.StatusCode == http.StatusNoContent || json.Unmarshal(text, out) == nil {
			if !isUnwell || bytes.Contains(text, []byte(`"degraded"`)) {
				return nil
			}
		}
	}
	if failed != nil {
		failed.RateLimit = rateLimitOf(reply.Header)
		if wait, err := json.Number(reply.Header.Get("Retry-After")).Float64(); err == nil {
			failed.Problem["retry_after"] = wait
		}
		return failed
	}
	return &Error{
		Code: BadReply, Detail: fmt.Sprintf("status %d with a body that is not of an AICQ server", reply.StatusCode),
		Retryable: reply.StatusCode >= 500, Status: reply.StatusCode,
	}
}
