package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/store/postgres/launch"
)

// limit is the limiter of both systems: few tokens, and an hour to get them back, so that a slow
// machine refills nothing in between. worker.capnp and classes.js say the same.
const limit = "5/1h"

// ttl is how long a session lives on both systems: long beside a request, short beside a scenario.
const ttl = "8s"

const (
	module        = "github.com/durabench/durabench"
	readyPatience = 60 * time.Second
)

//go:embed worker.capnp worker.js probe.js classes.js document.js text.js
var worker embed.FS

// errAbsent is returned where one of the two systems is not to be had on this machine.
var errAbsent = errors.New("skipped")

// system is one of the two that are compared, running as a process of its own.
type system struct {
	Name    string
	Version string
	binary  string
	args    func(addr string) []string
	addr    string
	child   *child
}

// Address is part of stage.
func (s *system) Address() string { return s.addr }

// start starts the process on a free port and waits until it answers.
func (s *system) start(ctx context.Context) error {
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	c, err := startChild(s.binary, s.args(addr)...)
	if err != nil {
		return err
	}
	s.addr, s.child = addr, c
	return s.ready(ctx)
}

// Restart kills the process and starts it again on what it had made durable.
func (s *system) Restart(ctx context.Context) error {
	s.child.kill()
	return s.start(ctx)
}

func (s *system) stop() error {
	if s.child == nil {
		return nil
	}
	return s.child.stop()
}

func (s *system) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	for {
		if s.answers(ctx) {
			return nil
		}
		select {
		case <-s.child.done:
			return fmt.Errorf("%s ended by itself (%s), saying: %s", s.Name, s.child.cmd.ProcessState, s.child.said)
		case <-ctx.Done():
			return fmt.Errorf("wait for %s to answer: %w; it said: %s", s.Name, ctx.Err(), s.child.said)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *system) answers(ctx context.Context) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+"/counter/value?id=ready", nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close() // nothing is read from it
	return answer.StatusCode == http.StatusOK
}

// newWorkerd lays out the worker in dir.
func newWorkerd(ctx context.Context, path, dir string) (*system, error) {
	path, err := findWorkerd(path)
	if err != nil {
		return nil, err
	}
	version, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	objects, config := filepath.Join(dir, "objects"), filepath.Join(dir, "worker.capnp")
	if err := errors.Join(os.CopyFS(dir, worker), os.Mkdir(objects, 0o700)); err != nil {
		return nil, fmt.Errorf("lay out the worker: %w", err)
	}
	return &system{Name: "workerd", Version: strings.TrimSpace(string(version)), binary: path, args: func(addr string) []string {
		return []string{"serve", config, "--socket-addr", "http=" + addr, "--directory-path", "objects=" + objects}
	}}, nil
}

// findWorkerd looks at the flag, the PATH, and the node_modules of this directory and those above.
func findWorkerd(given string) (string, error) {
	if given != "" {
		path, err := exec.LookPath(given)
		if err != nil {
			return "", fmt.Errorf("--workerd: %w", err)
		}
		return filepath.Abs(path)
	}
	if path, err := exec.LookPath("workerd"); err == nil {
		return filepath.Abs(path)
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("look for workerd: %w", err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		own, _ := filepath.Glob(filepath.Join(dir, "node_modules", "@cloudflare", "workerd-*", "bin", "workerd")) // the pattern is well formed
		for _, path := range append(own, filepath.Join(dir, "node_modules", "workerd", "bin", "workerd")) {
			if _, err := exec.LookPath(path); err == nil {
				return path, nil
			}
		}
	}
	return "", fmt.Errorf("%w: workerd is not here: install it with `npm install workerd`, or give its path with --workerd", errAbsent)
}

// newDurabench builds the command, unless it is given.
func newDurabench(ctx context.Context, path, dir, dsn string) (*system, error) {
	if path == "" {
		path = filepath.Join(dir, "durabench")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, module).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build durabench: %w: %s", err, out)
		}
	}
	return &system{Name: "durabench", binary: path, args: func(addr string) []string {
		return []string{"serve", "--probe", "--listen", addr, "--postgres", dsn, "--limit", limit, "--ttl", ttl}
	}}, nil
}

// newPostgres gets a server that outlives the restarts of durabench.
func newPostgres(ctx context.Context, from string) (*launch.Server, error) {
	server, err := launch.Launch(ctx, launch.Spec{From: from})
	var none *launch.NoneError
	if errors.As(err, &none) {
		return nil, fmt.Errorf("%w: %w", errAbsent, err)
	}
	return server, err
}

// freeAddr finds a loopback port nobody listens on. Another process could take it before the child
// does; the child then says so and ends.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
