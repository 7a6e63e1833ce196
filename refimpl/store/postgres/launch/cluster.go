package launch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	startPatience = time.Minute      // initdb and the first answer, on a busy machine
	stopPatience  = 30 * time.Second // a fast shutdown writes a checkpoint
)

// settings are what a private cluster runs with. None of them weakens
// durability: fsync, synchronous_commit and full_page_writes stay as they are.
var settings = map[string]string{
	"shared_buffers":            "256MB",
	"max_wal_size":              "2GB", // fewer checkpoints within a run
	"checkpoint_timeout":        "15min",
	"wal_level":                 "minimal", // nobody replicates a private cluster
	"max_wal_senders":           "0",
	"max_connections":           "200",
	"max_locks_per_transaction": "256", // one lock per owned slot
	"jit":                       "off",
	"update_process_title":      "off", // a system call per statement
}

// cluster is a Postgres in a directory of its own, reached by a socket in it.
//
//	dir/          0700, owned by the user the server runs as
//	  lock        held by this process while it lives (see sweep)
//	  data/       the cluster
//	  log         what the server says
//	  .s.PGSQL…   the socket
type cluster struct {
	dir   string
	bin   string
	user  *account // nil: the user we are
	lock  *os.File
	child *child
}

// startCluster makes and starts a cluster with the programs in bin; extra is
// added to their environment.
func startCluster(ctx context.Context, spec Spec, bin string, extra []string) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	user, err := serverAccount()
	if err != nil {
		return nil, err
	}
	c := &cluster{bin: bin, user: user}
	if err := c.makeDir(); err != nil {
		return nil, err
	}
	server, err := c.start(ctx, spec, extra)
	if err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return server, nil
}

// start makes the data directory and runs the server until it answers.
func (c *cluster) start(ctx context.Context, spec Spec, extra []string) (*Server, error) {
	spec.Say("starting a private Postgres from " + c.bin)
	data := filepath.Join(c.dir, "data")
	initdb := c.command(ctx, extra, "initdb", "-D", data, "-U", "durabench",
		"--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("create cluster: %w: %s", err, lastLines(string(out)))
	}
	log, err := os.Create(filepath.Join(c.dir, "log"))
	if err != nil {
		return nil, fmt.Errorf("create log: %w", err)
	}
	defer func() { _ = log.Close() }()
	arguments := []string{"-D", data, "-k", c.dir, "-c", "listen_addresses="}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		arguments = append(arguments, "-c", name+"="+settings[name])
	}
	// The server outlives ctx, which bounds its start only.
	postgres := c.command(context.WithoutCancel(ctx), extra, "postgres", arguments...)
	postgres.Stdout, postgres.Stderr = log, log
	if c.child, err = startChild(postgres); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	dsn := "postgres://durabench@/postgres?host=" + url.QueryEscape(c.dir)
	version, err := askUntil(ctx, dsn, c.child.ended)
	if err != nil {
		said, _ := os.ReadFile(log.Name())
		return nil, fmt.Errorf("%w: %s", err, lastLines(string(said)))
	}
	return &Server{
		DSN:    dsn,
		Source: "private Postgres " + version + " from " + c.bin,
		Facts:  facts(settings),
		stop:   c.stop,
	}, nil
}

// command prepares one of the cluster's programs, in its directory and as its user.
func (c *cluster) command(ctx context.Context, extra []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	// Nothing of PGDATA, PGOPTIONS or the locale may reach a private cluster.
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "LC_ALL=C", "TZ=UTC"}, extra...)
	cmd.SysProcAttr = childAttributes(c.user)
	return cmd
}

// stop ends the server, if it runs, and removes the directory.
func (c *cluster) stop() error {
	var failure error
	if c.child != nil {
		failure = c.child.stop(stopPatience, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL)
	}
	if err := os.RemoveAll(c.dir); err != nil && failure == nil {
		failure = fmt.Errorf("remove cluster: %w", err)
	}
	if c.lock != nil {
		_ = c.lock.Close()
	}
	return failure
}

// lastLines is enough of a program's output for one error message.
func lastLines(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " | ")
}
