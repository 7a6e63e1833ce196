package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrNoWorkerd is returned where workerd is not to be found.
var ErrNoWorkerd = errors.New("workerd is not here: install it with `npm install workerd`, or give its path with --workerd")

// FindWorkerd looks at the value of a flag, the PATH, and the node_modules of this directory and those above.
func FindWorkerd(flag string) (string, error) {
	if flag != "" {
		path, err := exec.LookPath(flag)
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
	for {
		if path := inNodeModules(filepath.Join(dir, "node_modules")); path != "" {
			return path, nil
		}
		if dir == filepath.Dir(dir) {
			return "", ErrNoWorkerd
		}
		dir = filepath.Dir(dir)
	}
}

// inNodeModules prefers the package that holds the binary itself: the one named workerd may hold a
// script in its place, which would stand between us and the process we stop.
func inNodeModules(dir string) string {
	own, _ := filepath.Glob(filepath.Join(dir, "@cloudflare", "workerd-*", "bin", "workerd")) // the pattern is well formed
	for _, path := range append(own, filepath.Join(dir, "workerd", "bin", "workerd")) {
		if _, err := exec.LookPath(path); err == nil {
			return path
		}
	}
	return ""
}

// Version is what a program says to --version.
func Version(ctx context.Context, path string) (string, error) {
	said, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", path, err)
	}
	return strings.TrimSpace(string(said)), nil
}

// Build builds durabench from this module into a directory, and gives the binary's path.
func Build(ctx context.Context, dir string) (path string, err error) {
	path = filepath.Join(dir, "durabench")
	build := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/durabench/durabench")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build durabench: %w: %s", err, out)
	}
	return path, nil
}

// FreeAddr finds a loopback port nobody listens on. Another process could take it before the server
// does; the server then says so and ends.
func FreeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
