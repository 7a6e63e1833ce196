package launch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const dirPrefix = "durabench-pg-"

// longestDir keeps the socket's path under the 103 bytes that every system takes.
const longestDir = 103 - len("/.s.PGSQL.65535")

// makeDir makes the cluster's directory where its user can reach it.
func (c *cluster) makeDir() error {
	parent, err := c.parent()
	if err != nil {
		return err
	}
	sweep(parent)
	if c.dir, err = os.MkdirTemp(parent, dirPrefix); err != nil {
		return fmt.Errorf("make cluster directory: %w", err)
	}
	if err := c.claim(); err != nil {
		return errors.Join(err, c.stop())
	}
	return nil
}

// claim locks the directory and gives it to the server's user.
func (c *cluster) claim() error {
	lock, err := os.Create(filepath.Join(c.dir, "lock"))
	if err != nil {
		return fmt.Errorf("claim cluster directory: %w", err)
	}
	c.lock = lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("claim cluster directory: %w", err)
	}
	if c.user == nil {
		return nil
	}
	if err := os.Chown(c.dir, int(c.user.uid), int(c.user.gid)); err != nil {
		return fmt.Errorf("hand cluster directory to user %s: %w", c.user.name, err)
	}
	return nil
}

// parent picks a directory for temporary files that the server's user may enter
// and that leaves room for the name of a socket.
func (c *cluster) parent() (string, error) {
	for _, dir := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		if len(dir)+len("/"+dirPrefix+"4294967295") <= longestDir && (c.user == nil || openToAll(dir)) {
			return dir, nil
		}
	}
	return "", errors.New("no directory for temporary files that the server's user can enter")
}

// openToAll says whether every user may enter a directory.
func openToAll(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		up := filepath.Dir(dir)
		if up == dir {
			return true
		}
		dir = up
	}
}

// sweep removes what launchers that were killed left behind: directories whose
// lock nobody holds and whose server is gone.
func sweep(parent string) {
	left, _ := filepath.Glob(filepath.Join(parent, dirPrefix+"*"))
	for _, dir := range left {
		lock, err := os.Open(filepath.Join(dir, "lock"))
		if err != nil {
			continue
		}
		// A launcher that has just made its lock may not hold it yet.
		made, err := lock.Stat()
		if err != nil || time.Since(made.ModTime()) < startPatience {
			_ = lock.Close()
			continue
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil && !serverRuns(dir) {
			_ = os.RemoveAll(dir) // another user's stays; that is theirs to sweep
		}
		_ = lock.Close()
	}
}

// serverRuns reads the postmaster's own note of its process.
func serverRuns(dir string) bool {
	note, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist)
	}
	first, _, _ := strings.Cut(string(note), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	return err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
