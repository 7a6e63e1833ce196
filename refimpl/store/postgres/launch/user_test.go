//go:build linux

package launch_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// An ordinary user launches a server: this binary, copied to where that user may
// run it.
func TestLocalAsOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("we are an ordinary user: TestLocal is this test")
	}
	needBinaries(t)
	dir := shortTempDir(t)
	const nobody = 65534
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	binary := filepath.Join(dir, "launcher")
	copyProgram(t, os.Args[0], binary)
	cmd, stdin, _ := other(t, binary, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}})
	_ = stdin.Close() // its sign to stop the server and end
	if err := cmd.Wait(); err != nil {
		t.Error("the ordinary user's launcher:", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "durabench-pg-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func copyProgram(t *testing.T, from, to string) {
	t.Helper()
	program, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, program, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}
