package process

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFindWorkerdInNodeModulesAbove(t *testing.T) {
	root := t.TempDir()
	t.Setenv("PATH", "")
	deep := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(deep)
	if _, err := FindWorkerd(""); err == nil || !strings.Contains(err.Error(), "npm install workerd") {
		t.Errorf("without workerd the sentence should tell how to install it, got %v", err)
	}
	script := place(t, root, "node_modules/workerd/bin/workerd")
	if got, err := FindWorkerd(""); err != nil || got != script {
		t.Errorf("FindWorkerd = %q, %v; want %q", got, err, script)
	}
	binary := place(t, root, "node_modules/@cloudflare/workerd-linux-64/bin/workerd")
	if got, err := FindWorkerd(""); err != nil || got != binary {
		t.Errorf("FindWorkerd = %q, %v; want the binary itself, %q", got, err, binary)
	}
}

func place(t *testing.T, root, name string) string {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTailKeepsTheNewest(t *testing.T) {
	var out tail
	if got := out.last(); got != "nothing" {
		t.Errorf("a silent child said %q", got)
	}
	for range 100 {
		if _, err := out.Write(bytes.Repeat([]byte("x\n"), 1000)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := out.Write([]byte("the end\n")); err != nil {
		t.Fatal(err)
	}
	if got := out.last(); got != "x | x | the end" || len(out.buf) != tailBytes {
		t.Errorf("tail holds %d bytes ending in %q", len(out.buf), got)
	}
}

func TestChildThatDiesTellsWhy(t *testing.T) {
	c, err := Start("server", "/bin/sh", "-c", "echo port in use; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	err = c.Ready(t.Context(), time.Minute, func(context.Context) bool { return false })
	if err == nil {
		t.Fatal("a server that has ended is ready")
	}
	if got := err.Error(); !strings.Contains(got, "exit status 3") || !strings.Contains(got, "port in use") {
		t.Errorf("died says %q", got)
	}
	if err := c.Stop(); err != nil {
		t.Errorf("stopping one that has ended: %v", err)
	}
}

func TestPatienceEnds(t *testing.T) {
	c, err := Start("server", "/bin/sleep", "60")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Kill()
	if err := c.Ready(t.Context(), 0, func(context.Context) bool { return true }); err != nil {
		t.Errorf("a server that answers at once: %v", err)
	}
	err = c.Ready(t.Context(), 0, func(context.Context) bool { return false })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a server that does not answer: %v", err)
	}
}

func TestChildIsAskedToEnd(t *testing.T) {
	c, err := Start("server", "/bin/sh", "-c", `trap "echo bye; exit 0" TERM; echo up; while :; do read x; done`)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
	if c.cmd.ProcessState == nil {
		t.Error("stop returned before the child was waited for")
	}
}
