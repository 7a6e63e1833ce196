package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/durabench/durabench/refimpl/store/postgres/launch"
	"github.com/durabench/durabench/scripts/process"
)

// limit is the limiter of both systems: few tokens, and an hour to get them back, so that a slow
// machine refills nothing in between. worker.capnp and classes.js say the same.
const limit = "5/1h"

// ttl is how long a session lives on both systems: long beside a request, short beside a scenario.
const ttl = "8s"

const readyPatience = 60 * time.Second

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
	child   *process.Process
}

// Address is part of stage.
func (s *system) Address() string { return s.addr }

// start starts the process on a free port and waits until it answers.
func (s *system) start(ctx context.Context) error {
	addr, err := process.FreeAddr()
	if err != nil {
		return err
	}
	c, err := process.Start(s.Name, s.binary, s.args(addr)...)
	if err != nil {
		return err
	}
	s.addr, s.child = addr, c
	return c.Ready(ctx, readyPatience, s.answers)
}

// Restart kills the process and starts it again on what it had made durable.
func (s *system) Restart(ctx context.Context) error {
	s.child.Kill()
	return s.start(ctx)
}

func (s *system) stop() error {
	if s.child == nil {
		return nil
	}
	return s.child.Stop()
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
	path, err := process.FindWorkerd(path)
	switch {
	case errors.Is(err, process.ErrNoWorkerd):
		return nil, fmt.Errorf("%w: %w", errAbsent, err)
	case err != nil:
		return nil, err
	}
	version, err := process.Version(ctx, path)
	if err != nil {
		return nil, err
	}
	objects, config := filepath.Join(dir, "objects"), filepath.Join(dir, "worker.capnp")
	if err := errors.Join(os.CopyFS(dir, worker), os.Mkdir(objects, 0o700)); err != nil {
		return nil, fmt.Errorf("lay out the worker: %w", err)
	}
	return &system{Name: "workerd", Version: version, binary: path, args: func(addr string) []string {
		return []string{"serve", config, "--socket-addr", "http=" + addr, "--directory-path", "objects=" + objects}
	}}, nil
}

// newDurabench builds the command, unless it is given.
func newDurabench(ctx context.Context, path, dir, dsn string) (*system, error) {
	if path == "" {
		var err error
		if path, err = process.Build(ctx, dir); err != nil {
			return nil, err
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
