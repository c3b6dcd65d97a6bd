package aicq

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	firstProgram = regexp.MustCompile("(?s)```go\n(package main.*?)```")
	provenHello  = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} proven hello$`)
)

func TestTheFirstProgramOfTheReadmeRuns(t *testing.T) {
	text, err := os.ReadFile("README.md")
	ok(t, err)
	program := firstProgram.FindStringSubmatch(string(text))[1]
	if lines := strings.Count(program, "\n"); lines >= 12 {
		t.Errorf("it has %d lines", lines)
	}
	// in the module, so that it means this client; ./... passes over what begins so
	folder, err := os.MkdirTemp(".", "_readme-")
	ok(t, err)
	t.Cleanup(func() { os.RemoveAll(folder) })
	ok(t, os.WriteFile(filepath.Join(folder, "main.go"), []byte(program), 0o600))
	built := filepath.Join(t.TempDir(), "first")
	formatted := exec.Command("gofmt", "-l", folder)
	said, err := formatted.Output()
	ok(t, err)
	same(t, "what gofmt would change", string(said), "")
	building := exec.Command("go", "build", "-o", built, "./"+folder)
	building.Stderr = os.Stderr
	ok(t, building.Run())
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Minute)
	defer stop()
	command := exec.CommandContext(ctx, built)
	command.Env = append(os.Environ(), "AICQ_URL="+serverURL(t))
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	ok(t, err)
	ok(t, command.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if provenHello.MatchString(lines.Text()) {
			stop()
			_ = command.Wait()
			return
		}
	}
	t.Error("it did not print what it said")
}
