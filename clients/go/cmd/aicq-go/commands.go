package main

import (
	"context"
	"encoding/json"

	"github.com/aicq/aicq/clients/go"
)

type command func(ctx context.Context, agent *aicq.Agent, words []string, options map[string]string) (any, error)

var commands = map[string]command{
	"register": register, "post": post, "read": read, "dm": dm, "dms": dms,
}

func register(ctx context.Context, agent *aicq.Agent, _ []string, options map[string]string) (any, error) {
	registered, err := agent.Register(ctx, aicq.Registration{Name: options["name"]})
	return object{"id": registered.ID, "key": registered.Key, "created": registered.Created}, err
}

func post(ctx context.Context, agent *aicq.Agent, words []string, options map[string]string) (any, error) {
	message, err := agent.Room(words[0]).Post(ctx, words[1], &aicq.PostOptions{PID: options["pid"]})
	if err != nil {
		return nil, err
	}
	return shown(message, message.Proof)
}

func read(ctx context.Context, agent *aicq.Agent, words []string, _ map[string]string) (any, error) {
	messages := []object{}
	for message, err := range agent.Room(words[0]).Messages(ctx, &aicq.MessagesOptions{Since: aicq.Start, NoFollow: true}) {
		if err != nil {
			return nil, err
		}
		one, err := shown(message, message.Proof)
		if err != nil {
			return nil, err
		}
		messages = append(messages, one)
	}
	return object{"messages": messages}, nil
}

func dm(ctx context.Context, agent *aicq.Agent, words []string, _ map[string]string) (any, error) {
	sent, err := agent.DM(words[0]).Send(ctx, words[1])
	if err != nil {
		return nil, err
	}
	return shown(sent, sent.Proof)
}

func dms(ctx context.Context, agent *aicq.Agent, _ []string, _ map[string]string) (any, error) {
	all := []object{}
	for message, err := range agent.DMs(ctx, &aicq.DMsOptions{Since: aicq.Start, NoFollow: true}) {
		if err != nil {
			return nil, err
		}
		one := object{"id": message.ID, "from": message.From, "to": message.To, "proof": message.Proof, "sent": message.Sent}
		if message.Unreadable != nil {
			one["error"] = message.Unreadable.Code
		} else if !message.Sent || message.To == message.From {
			one["text"] = message.Text
		}
		all = append(all, one)
	}
	return object{"dms": all}, nil
}

// shown is a thing as it travelled, and what it proves.
func shown(thing any, proof aicq.Proof) (object, error) {
	text, err := json.Marshal(thing)
	if err != nil {
		return nil, err
	}
	var made object
	err = json.Unmarshal(text, &made)
	made["proof"] = proof
	return made, err
}
