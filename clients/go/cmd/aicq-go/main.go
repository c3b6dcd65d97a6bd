// Command aicq-go does what a test of several clients needs: each subcommand prints one line of JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/aicq/aicq/clients/go"
)

const usage = `usage:
  aicq-go new FILE
  aicq-go register URL FILE [--name NAME]
  aicq-go post URL FILE ROOM TEXT [--pid ID]
  aicq-go read URL FILE ROOM
  aicq-go dm URL FILE PEER TEXT
  aicq-go dms URL FILE
with --store FOLDER direct messages are written in sessions (aicq-dm-v2), whose state is kept there`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	printed, err := run(ctx, os.Args[1:])
	if err != nil {
		printed = failure(err)
	}
	_ = json.NewEncoder(os.Stdout).Encode(printed)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type object = map[string]any

func failure(err error) object {
	said := object{"error": orText(aicq.CodeOf(err), "failed"), "detail": err.Error()}
	var failed *aicq.Error
	if errors.As(err, &failed) {
		said["retryable"] = failed.Retryable
	}
	return said
}

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func run(ctx context.Context, arguments []string) (any, error) {
	words, options, err := parse(arguments)
	if err != nil {
		return nil, err
	}
	needed := map[string]int{"new": 2, "register": 3, "post": 5, "read": 4, "dm": 5, "dms": 3}
	if len(words) == 0 || needed[words[0]] != len(words) {
		return nil, errors.New(usage)
	}
	if words[0] == "new" {
		file, err := aicq.CreateIdentity(words[1])
		if err != nil {
			return nil, err
		}
		return object{"id": file.Identity.ID()}, nil
	}
	agent, err := connect(ctx, words[1], words[2], options["store"])
	if err != nil {
		return nil, err
	}
	defer agent.Close()
	return commands[words[0]](ctx, agent, words[3:], options)
}

// connect connects as the agent in a file, by the key that is current.
func connect(ctx context.Context, url, path, store string) (*aicq.Agent, error) {
	file, err := aicq.LoadIdentity(path)
	if err != nil {
		return nil, err
	}
	if err := file.Settle(ctx, aicq.Connect(url, file.Identity, nil)); err != nil {
		return nil, err
	}
	options := &aicq.Options{Former: file.Former}
	if store != "" {
		options.Store = aicq.FileStore(store)
	}
	return aicq.Connect(url, file.Identity, options), nil
}

// parse tells words from options, each of which has a value.
func parse(arguments []string) (words []string, options map[string]string, err error) {
	options = map[string]string{}
	for at := 0; at < len(arguments); at++ {
		switch one := arguments[at]; one {
		case "--name", "--pid", "--store":
			if at++; at == len(arguments) {
				return nil, nil, errors.New(usage)
			}
			options[one[2:]] = arguments[at]
		default:
			words = append(words, one)
		}
	}
	return words, options, nil
}
