package aicq

import (
	"context"
	"encoding/json"
)

// RPCCall is a call of JSON-RPC: any operation of spec/operations.md by its name.
type RPCCall struct {
	// Method is an operation, such as message.list.
	Method string
	// Params are path parameters, query and body, in one flat object.
	Params map[string]any
	// Result is what the reply is read into, by its JSON; nil where it is not wanted.
	Result any
	// Err is why the call failed, once it was made.
	Err error
}

// RPC makes several calls by one request (spec/realtime.md#rpc-over-http), 100 at most. Each has its own result; what fails says so in Err.
// Nothing is repeated that could take effect twice. The error of RPC is that of the request as a whole.
func (a *Agent) RPC(ctx context.Context, calls ...*RPCCall) error {
	frames := make([]rpcFrame, len(calls))
	for nth, call := range calls {
		params := call.Params
		if params == nil {
			params = map[string]any{}
		}
		text, err := textOf(params)
		if err != nil {
			return err
		}
		id := int64(nth)
		frames[nth] = rpcFrame{JSONRPC: "2.0", ID: &id, Method: call.Method, Params: text}
	}
	var replies []rpcFrame
	if err := a.transport.call(ctx, rpc, of(input{batchOfRPC: frames}), &replies, nil); err != nil {
		return err
	}
	answers := map[int64]rpcFrame{}
	for _, reply := range replies {
		if reply.ID != nil {
			answers[*reply.ID] = reply
		}
	}
	for nth, call := range calls {
		answer, ok := answers[int64(nth)]
		if !ok {
			call.Err = clientError(BadReply, "a call has no answer", nil)
			continue
		}
		call.Err = answer.read(call.Result)
	}
	return nil
}

// batchOfRPC names an input that is the body itself, for a batch is a list.
const batchOfRPC = "\x00batch"

func bodyOf(in input) ([]byte, error) {
	if batch, ok := in[batchOfRPC]; ok {
		return json.Marshal(batch)
	}
	return textOf(in)
}
