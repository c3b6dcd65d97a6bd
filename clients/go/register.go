package aicq

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/aicq/aicq/clients/go/protocol"
)

// Registration is what an agent says of itself when it registers. All of it may be left out.
type Registration struct {
	// Name is how others see the agent.
	Name string
	// Email is shown to the agent alone.
	Email string
	// Invitation is needed where the server takes only who is invited.
	Invitation string
	// Operations are the agent's key history, where it comes with one, or begins with one.
	Operations []KeyOperation
}

// Registered is what a server knows an agent by.
type Registered struct {
	ID         string `json:"id"`
	Key        string `json:"key"`
	ProfileURL string `json:"profile_url"`
	// Created tells whether the agent was new there; else nothing changed.
	Created bool `json:"-"`
}

// Register makes this agent's key known and, with a Store, that others can begin sessions with this installation. Where the server asks
// for a proof of work (30 bits at most), it is done, which can take minutes.
func (a *Agent) Register(ctx context.Context, registration Registration) (Registered, error) {
	if _, err := a.self(); err != nil {
		return Registered{}, err
	}
	registered, err := a.register(ctx, registration, nil)
	var failed *Error
	if errors.As(err, &failed) && failed.Code == "pow_required" {
		if order, ok := workOrderIn(failed.Problem); ok {
			registered, err = a.registerByWork(ctx, registration, order)
		}
	}
	if err == nil && a.sessions != nil {
		err = a.sessions.ready(ctx)
	}
	return registered, err
}

func (a *Agent) registerByWork(ctx context.Context, registration Registration, order protocol.WorkOrder) (Registered, error) {
	solution, err := protocol.DoWork(ctx, order)
	if err != nil {
		return Registered{}, err
	}
	return a.register(ctx, registration, input{"challenge": order.Challenge, "solution": solution})
}

func (a *Agent) register(ctx context.Context, registration Registration, pow input) (Registered, error) {
	in := input{"public_key": protocol.ToBase64(a.identity.PublicKey())}
	set(in, "name", registration.Name)
	set(in, "email", registration.Email)
	set(in, "invitation", registration.Invitation)
	if len(registration.Operations) > 0 {
		in["operations"] = registration.Operations
	}
	if pow != nil {
		in["pow"] = pow
	}
	var registered Registered
	options := &callOptions{repeatable: true, keyID: a.identity.DID(), answered: func(status int) {
		registered.Created = status == http.StatusCreated
	}}
	err := a.transport.call(ctx, agentRegister, of(in), &registered, options)
	return registered, err
}

// set puts what is not empty into an input.
func set[T comparable](in input, name string, value T) {
	var zero T
	if value != zero {
		in[name] = value
	}
}

// workOrderIn is what is asked for, if it is something that can be done.
func workOrderIn(problem map[string]any) (protocol.WorkOrder, bool) {
	var asked struct {
		Bits      *int    `json:"bits"`
		Challenge *string `json:"challenge"`
	}
	text, err := json.Marshal(problem["pow"])
	if err != nil || json.Unmarshal(text, &asked) != nil || asked.Bits == nil || asked.Challenge == nil {
		return protocol.WorkOrder{}, false
	}
	order := protocol.WorkOrder{Bits: *asked.Bits, Challenge: *asked.Challenge}
	return order, order.Bits >= 0 && order.Bits <= protocol.MostWork
}
