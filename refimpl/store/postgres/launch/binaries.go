package launch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// fromBinaries starts a private cluster from the newest binaries of this machine
// that work.
func fromBinaries(ctx context.Context, spec Spec) (*Server, error) {
	dirs := binaryDirs(ctx)
	if len(dirs) == 0 {
		return nil, errors.New("no initdb and postgres in PATH, in /usr/lib/postgresql/*/bin, or where pg_config says")
	}
	var failures []error
	for _, dir := range dirs {
		server, err := startCluster(ctx, spec, dir, nil)
		if err == nil {
			return server, nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", dir, err))
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(failures...)
}

// binaryDirs lists the directories that hold both programs, newest version
// first among those of one place, and each once.
func binaryDirs(ctx context.Context) []string {
	var candidates []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			candidates = append(candidates, filepath.Dir(real))
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
	} {
		found, _ := filepath.Glob(pattern) // the patterns are well-formed
		slices.SortFunc(found, func(a, b string) int { return versionIn(b) - versionIn(a) })
		candidates = append(candidates, found...)
	}
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		candidates = append(candidates, strings.TrimSpace(string(out)))
	}
	var dirs []string
	for _, dir := range candidates {
		if runnable(filepath.Join(dir, "initdb")) && runnable(filepath.Join(dir, "postgres")) && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// versionIn reads the number out of a path such as /usr/lib/postgresql/17/bin.
func versionIn(path string) int {
	digits := strings.FieldsFunc(path, func(r rune) bool { return r < '0' || r > '9' })
	if len(digits) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(digits[0])
	return n
}

func runnable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}
