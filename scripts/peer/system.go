package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/durabench/durabench/scripts/process"
)

const (
	workerdName   = "workerd"
	durabenchName = "durabench"

	readyPatience = 90 * time.Second // durabench may first have to find and start a Postgres
)

//go:embed worker.js
var workerJS []byte

//go:embed worker.capnp
var workerCapnp []byte

// system is one of the two things compared, running.
type system struct {
	Name       string
	Version    string
	Durability string
	addr       string // host:port on loopback
	admin      string // where a Go server shows its profiles; empty: nowhere
	child      *process.Process
}

// startSystems starts what was asked for and waits until each answers. Those that started are
// returned also with an error: the caller stops them.
func startSystems(ctx context.Context, opt options, dir string, progress io.Writer) ([]*system, error) {
	starts := []struct {
		name  string
		start func(context.Context, options, string) (*system, error)
	}{{workerdName, startWorkerd}, {durabenchName, startDurabench}}
	var running []*system
	for _, s := range starts {
		if opt.Only != "" && opt.Only != s.name {
			continue
		}
		fmt.Fprintf(progress, "peer: starting %s\n", s.name)
		sys, err := s.start(ctx, opt, dir)
		if err != nil {
			return running, err
		}
		running = append(running, sys)
		if err := sys.ready(ctx); err != nil {
			return running, err
		}
	}
	return running, nil
}

func startWorkerd(ctx context.Context, opt options, dir string) (*system, error) {
	path, err := process.FindWorkerd(opt.Workerd)
	if err != nil {
		return nil, err
	}
	version, err := process.Version(ctx, path)
	if err != nil {
		return nil, err
	}
	objects := filepath.Join(dir, "objects")
	config := filepath.Join(dir, "worker.capnp")
	if err := errors.Join(
		os.Mkdir(objects, 0o700),
		os.WriteFile(config, workerCapnp, 0o600),
		os.WriteFile(filepath.Join(dir, "worker.js"), workerJS, 0o600),
	); err != nil {
		return nil, fmt.Errorf("lay out the worker: %w", err)
	}
	addr, err := process.FreeAddr()
	if err != nil {
		return nil, err
	}
	c, err := process.Start(workerdName, path, "serve", config, "--socket-addr", "http="+addr, "--directory-path", "objects="+objects)
	if err != nil {
		return nil, err
	}
	return &system{
		Name:       workerdName,
		Version:    version,
		Durability: "SQLite on local disk, one file per object, write-ahead log, one fsync per commit",
		addr:       addr, child: c,
	}, nil
}

func startDurabench(ctx context.Context, opt options, dir string) (*system, error) {
	path, version := opt.Durabench, "as given with --durabench"
	if path == "" {
		var err error
		if path, err = process.Build(ctx, dir); err != nil {
			return nil, err
		}
		version = "built from this tree" + commit(ctx)
	}
	addr, err := process.FreeAddr()
	if err != nil {
		return nil, err
	}
	admin, err := process.FreeAddr()
	if err != nil {
		return nil, err
	}
	c, err := process.Start(durabenchName, path, "serve", "--listen", addr, "--admin", admin, "--postgres", opt.Postgres)
	if err != nil {
		return nil, err
	}
	return &system{Name: durabenchName, Version: version, addr: addr, admin: admin, child: c}, nil
}

// commit names what the tree was built from; a tree without git simply has no name.
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--tags").Output()
	if err != nil {
		return ""
	}
	return ", " + firstLine(out)
}

// ready returns when the system answers a read of a counter.
func (s *system) ready(ctx context.Context) error {
	err := s.child.Ready(ctx, readyPatience, func(ctx context.Context) bool {
		_, err := s.count(ctx, "ready")
		return err == nil
	})
	if err == nil {
		s.Durability = s.durability()
	}
	return err
}

// durability is what is known of it, or for durabench what the server itself said about its Postgres.
func (s *system) durability() string {
	if s.Durability != "" {
		return s.Durability
	}
	var said []string
	for _, line := range s.child.Lines() {
		if strings.Contains(line, "fsync") || strings.Contains(line, "synchronous_commit") {
			said = append(said, strings.TrimSpace(line))
		}
	}
	if len(said) == 0 {
		return "Postgres as it was found; the server did not say its settings"
	}
	return strings.Join(said, "; ")
}

// count reads a counter over plain HTTP, outside any measurement.
func (s *system) count(ctx context.Context, id string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+"/counter/value?id="+id, nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return readCount(resp)
}

func firstLine(out []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}
