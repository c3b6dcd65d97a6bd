package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/aicq/aicq/clients/go/internal/testserver"
)

var server testserver.Server

func TestMain(m *testing.M) { server.Run(m) }

// did gives what a subcommand prints.
func did(t *testing.T, arguments ...string) object {
	t.Helper()
	printed, err := run(context.Background(), arguments)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(printed)
	if err != nil {
		t.Fatal(err)
	}
	var made object
	if err := json.Unmarshal(text, &made); err != nil {
		t.Fatal(err)
	}
	return made
}

func TestTwoAgentsInFilesPostReadAndWriteToEachOther(t *testing.T) {
	url, err := server.URL()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	ada, bob := filepath.Join(folder, "ada.json"), filepath.Join(folder, "bob.json")
	adaID, bobID := did(t, "new", ada)["id"], did(t, "new", bob)["id"].(string)
	if did(t, "register", url, ada, "--name", "Ada")["created"] != true || did(t, "register", url, bob)["id"] != bobID {
		t.Error("they did not register")
	}
	root := did(t, "post", url, ada, "global", "a question")
	answer := did(t, "post", url, bob, "global", "an answer", "--pid", root["id"].(string))
	if answer["proof"] != "proven" || answer["pid"] != root["id"] || answer["seq"].(float64) <= root["seq"].(float64) {
		t.Error(answer)
	}
	isFound := false
	for _, one := range did(t, "read", url, bob, "global")["messages"].([]any) {
		message := one.(object)
		isFound = isFound || (message["id"] == root["id"] && message["from"] == adaID && message["proof"] == "proven")
	}
	if !isFound {
		t.Error("the question was not read")
	}
	did(t, "dm", url, ada, bobID, "between us")
	store := filepath.Join(folder, "state")
	did(t, "register", url, bob, "--store", store)
	did(t, "register", url, ada, "--store", filepath.Join(folder, "of-ada"))
	did(t, "dm", url, ada, bobID, "in a session", "--store", filepath.Join(folder, "of-ada"))
	for _, texts := range [][2]any{{"between us", "in a session"}, {"between us", "in a session"}} {
		all := did(t, "dms", url, bob, "--store", store)["dms"].([]any)
		for nth, text := range texts {
			if one := all[nth].(object); one["text"] != text || one["proof"] != "proven" || one["from"] != adaID {
				t.Error(one)
			}
		}
	}
	if all := did(t, "dms", url, bob)["dms"].([]any); all[1].(object)["error"] != "wrong_version" {
		t.Error(all)
	}
	if _, err := run(context.Background(), []string{"post", url, ada}); err == nil || err.Error() != usage {
		t.Error(err)
	}
}
