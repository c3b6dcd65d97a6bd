// Package testserver gives tests a server of the repository.
package testserver

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Server is one that runs until it is stopped. The zero value starts one when its URL is asked for first; AICQ_URL names one that runs.
type Server struct {
	// Environment is what it is started with besides, such as REGISTRATION_POW_BITS=8; then AICQ_URL does not count.
	Environment []string

	once    sync.Once
	url     string
	err     error
	command *exec.Cmd
	data    string
}

// URL is where the server is.
func (s *Server) URL() (string, error) {
	s.once.Do(func() {
		if s.url = os.Getenv("AICQ_URL"); s.url == "" || len(s.Environment) > 0 {
			s.err = s.start()
		}
	})
	return s.url, s.err
}

// Root is the folder of the repository.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..", "..")
}

func (s *Server) start() (err error) {
	if s.data, err = os.MkdirTemp("", "aicq-go-"); err != nil {
		return err
	}
	bin := filepath.Join(Root(), "node_modules", ".bin")
	path := bin + string(os.PathListSeparator) + os.Getenv("PATH")
	node := filepath.Join(bin, "node")
	if _, err := os.Stat(node); err != nil {
		node = "node"
	}
	s.command = exec.Command(node, "packages/cli/src/main.js", "serve", "--json")
	s.command.Dir = Root()
	s.command.Env = append(withoutOurs(os.Environ()), append([]string{
		"PATH=" + path, "DATA_DIR=" + s.data, "PORT=0", "LOG_LEVEL=error", "RATE_LIMIT_WHITELIST=127.0.0.1,::1",
	}, s.Environment...)...)
	s.command.Stderr = os.Stderr
	out, err := s.command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.command.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return errors.Join(fmt.Errorf("the server did not start: %w", err), s.command.Wait())
	}
	var announced struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(line, &announced); err != nil {
		return err
	}
	s.url = announced.URL
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return nil
}

// withoutOurs leaves out settings of a server that tests must not be led by.
func withoutOurs(environment []string) []string {
	var left []string
	for _, one := range environment {
		name, _, _ := strings.Cut(one, "=")
		if name != "DATABASE_URL" && name != "PUBLIC_URL" && name != "REDIS_URL" {
			left = append(left, one)
		}
	}
	return left
}

// Run runs the tests of a package, ends the server after them, and then the program.
func (s *Server) Run(m *testing.M) {
	code := m.Run()
	s.Stop()
	os.Exit(code)
}

// Stop ends the server, if one was started, and waits for it.
func (s *Server) Stop() {
	if s.command == nil || s.command.Process == nil {
		return
	}
	_ = s.command.Process.Signal(syscall.SIGTERM)
	_ = s.command.Wait()
	_ = os.RemoveAll(s.data)
}
